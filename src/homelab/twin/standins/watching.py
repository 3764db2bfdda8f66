"""Watching kinds: what there is of each, kept up to date, whatever happens to the connection.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes: list, then watch from the version of
the list; a version that is forgotten (410) means to list again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from homelab.cluster.api import PAGE, Api, ApiRefused, ApiSilent, Object
from homelab.twin.standins.world import Key, key_of, place_of

SECONDS = 60
"""How long one watch lasts."""
PAUSE = 0.5
"""Seconds until a failed watch is tried again."""
DEFINITIONS: Key = ("apiextensions.k8s.io", "CustomResourceDefinition")
BUILT_IN: dict[str, str] = {
    "": "v1",
    "apps": "apps/v1",
    "policy": "policy/v1",
    "storage.k8s.io": "storage.k8s.io/v1",
    "apiextensions.k8s.io": "apiextensions.k8s.io/v1",
    "rbac.authorization.k8s.io": "rbac.authorization.k8s.io/v1",
    "autoscaling": "autoscaling/v2",
}
"""Groups that every API server has, with the version that is read."""


class Watching:
    """The objects of some kinds; `changed` hears the kind of everything that happens."""

    def __init__(self, api: Api, changed: Callable[[Key], None]) -> None:
        self._api, self._changed = api, changed
        self._objects: dict[Key, dict[tuple[str, str], Object]] = {}
        self._listed: set[Key] = set()
        self._wanted: set[Key] = set()
        self._threads: dict[Key, threading.Thread] = {}
        self._versions = dict(BUILT_IN)
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self.simple: set[Key] = set()
        """Kinds without a status of its own path."""

    def follow(self, kinds: Iterable[Key]) -> None:
        """Watch these kinds too: at once, or as soon as the API serves them."""
        with self._lock:
            self._wanted |= {DEFINITIONS, *kinds}
            for key in sorted(self._wanted - set(self._threads)):
                if key[0] in BUILT_IN:
                    self._start(key, self._versions[key[0]])
            self._served()  # definitions that are known already are not told again

    def end(self, patience: float = 2.0) -> None:
        """Stop watching; what waits for the server is left to end by itself after `patience` seconds."""
        self._stop.set()
        for each in list(self._threads.values()):
            each.join(patience / max(1, len(self._threads)))

    def objects(self) -> dict[Key, dict[tuple[str, str], Object]]:
        """What there is now."""
        with self._lock:
            return {key: dict(found) for key, found in self._objects.items()}

    def objects_of(self, key: Key) -> dict[tuple[str, str], Object]:
        """What there is now of one kind."""
        with self._lock:
            return dict(self._objects.get(key, {}))

    def knows(self, key: Key) -> bool:
        """Whether all objects of a kind are known: it is watched and was listed."""
        with self._lock:
            return key in self._listed

    def settled(self, kinds: Iterable[Key]) -> bool:
        """Whether all that there is of these kinds is known; a kind that the API does not serve has nothing."""
        with self._lock:
            there = {key for key in kinds if key[0] in BUILT_IN or key in self._threads}
            return {DEFINITIONS, *there} <= self._listed

    def learn(self, body: Object) -> None:
        """Take in what the server answered, before a watch says it; what is older than what is known is let go."""
        with self._lock:
            found, place = self._objects.setdefault(key_of(body), {}), place_of(body)
            known = found.get(place)
            if known is None or _version(body) >= _version(known):
                found[place] = body

    def forget(self, body: Object) -> None:
        """Take out an object that is gone."""
        with self._lock:
            found = self._objects.get(key_of(body), {})
            known = found.get(place_of(body))
            if known and known["metadata"].get("uid") == body["metadata"].get("uid"):
                del found[place_of(body)]

    def _start(self, key: Key, version: str) -> None:
        thread = threading.Thread(target=self._keep, args=(key, version), name=f"watch {key[1]}", daemon=True)
        self._threads[key] = thread
        thread.start()

    def _keep(self, key: Key, version: str) -> None:
        since = ""
        while not self._stop.is_set():
            try:
                since = since or self._list(key, version)
                since = self._watch(key, version, since)
            except ApiRefused:
                since = ""
                self._stop.wait(PAUSE)
            except ApiSilent:
                self._stop.wait(PAUSE)

    def _list(self, key: Key, version: str) -> str:
        """Take in all objects of a kind; the version of the list."""
        path, found, more = self._api.kind(version, key[1]).path(), dict[tuple[str, str], Object](), ""
        while True:
            query = urlencode({"limit": str(PAGE), **({"continue": more} if more else {})})
            answer = self._api.call("GET", f"{path}?{query}")
            for item in answer["items"]:
                found[place_of(item)] = {"apiVersion": version, "kind": key[1], **item}
            more = answer["metadata"].get("continue", "")
            if not more:
                break
        as_of = _version(answer)
        with self._lock:
            before = self._objects.get(key, {})
            newer = {place: body for place, body in before.items() if _version(body) > as_of}
            self._objects[key] = {**found, **newer}  # what was learned while the list was on its way stays
            if key == DEFINITIONS:
                self._served()
            self._listed.add(key)
        self._heard(key)
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, key: Key, version: str, since: str) -> str:
        """Take in what happens; the version up to which it was heard."""
        for event in self._api.watch(version, key[1], since, SECONDS):
            since = event.object["metadata"]["resourceVersion"]
            if event.type == "BOOKMARK":
                continue
            (self.forget if event.type == "DELETED" else self.learn)(event.object)
            self._heard(key)
            if self._stop.is_set():
                break
        return since

    def _heard(self, key: Key) -> None:
        if key == DEFINITIONS:
            self._served()
        self._changed(key)

    def _served(self) -> None:
        """Watch the kinds that are wanted and that the API serves by now."""
        with self._lock:
            for body in self._objects.get(DEFINITIONS, {}).values():
                spec = body["spec"]
                key = (spec["group"], spec["names"]["kind"])
                if not _established(body):
                    continue
                kept = next(each for each in spec["versions"] if each["storage"])
                if "status" not in kept.get("subresources", {}):
                    self.simple.add(key)
                if key in self._wanted and key not in self._threads:
                    self._start(key, f"{spec['group']}/{kept['name']}")


def _established(body: Object) -> bool:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _version(body: Object) -> int:
    """How new an object is: versions of one server grow (Kubernetes 1.35, *Resource versions are comparable*)."""
    with contextlib.suppress(ValueError):
        return int(body["metadata"].get("resourceVersion", 0))
    return 0
