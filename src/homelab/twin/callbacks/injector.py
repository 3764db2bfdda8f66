"""Watches everything that tells the API server to call a Service, and writes whom to trust there as soon as it appears.

A change comes with the watch, so that what Argo CD syncs next finds the webhook it needs. Of what it sees it keeps who calls
whom, not the objects: kinds with their schemas are large.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlencode

from homelab.cluster.api import Api, ApiRefused, ApiSilent, Object
from homelab.twin.callbacks.trust import Caller, callers, trusting

HOOKS = "admissionregistration.k8s.io/v1"
KINDS = (
    (HOOKS, "MutatingWebhookConfiguration"),
    (HOOKS, "ValidatingWebhookConfiguration"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
)
"""Kinds that tell the API server to call a Service, and whom to trust there."""
PAGE = 25
"""Objects of one answer to a list: a kind with its schema may be a megabyte."""
PAUSE = 0.3
"""Seconds until a failed watch is tried again."""
GONE = frozenset({404, 409, 410, 422})
"""What the server says of an object, or of a version, that is no longer what it was."""


class Injector:
    """Writes an authority into a cluster's objects; `said` hears what was refused."""

    def __init__(self, api: Api, authority: bytes, said: Callable[[str], None]) -> None:
        self._api, self._authority, self._said = api, authority, said
        self._known: dict[tuple[str, str], list[Caller]] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Watch each kind in a thread of its own, which ends with the process."""
        for version, kind in KINDS:
            threading.Thread(target=self._keep, args=(version, kind), name=f"watch {kind}", daemon=True).start()

    def names(self, service: str, path: str) -> str:
        """The webhooks that call a path of a Service, in order; empty where nobody is known to."""
        return ", ".join(sorted({each.by for each in self._callers() if (each.service, each.path) == (service, path)}))

    def bundles(self, service: str) -> frozenset[bytes]:
        """What those who call a Service trust there."""
        return frozenset(each.bundle for each in self._callers() if each.service == service and each.bundle)

    def _callers(self) -> list[Caller]:
        with self._lock:
            return [each for found in self._known.values() for each in found]

    def _keep(self, version: str, kind: str) -> None:
        since, pause = "", threading.Event()
        while True:
            try:
                since = since or self._list(version, kind)
                since = self._watch(version, kind, since)
            except ApiRefused as refused:
                if refused.code not in GONE:
                    self._said(f"{kind}: {refused.message}")
                since = ""
                pause.wait(PAUSE)
            except ApiSilent:
                since = ""
                pause.wait(PAUSE)

    def _list(self, version: str, kind: str) -> str:
        path, more, names = self._api.kind(version, kind).path(), "", set[str]()
        while True:
            query = urlencode({"limit": str(PAGE), **({"continue": more} if more else {})})
            answer = self._api.call("GET", f"{path}?{query}")
            for item in answer["items"]:
                names.add(item["metadata"]["name"])
                self.learn({"apiVersion": version, "kind": kind, **item})
            more = answer["metadata"].get("continue", "")
            if not more:
                break
        with self._lock:
            for key in [key for key in self._known if key[0] == kind and key[1] not in names]:
                del self._known[key]
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, version: str, kind: str, since: str) -> str:
        for event in self._api.watch(version, kind, since):
            since = event.object["metadata"]["resourceVersion"]
            if event.type == "DELETED":
                with self._lock:
                    self._known.pop((kind, event.object["metadata"]["name"]), None)
            elif event.type != "BOOKMARK":
                self.learn(event.object)
        return since

    def learn(self, body: Object) -> None:
        """Take in who calls whom, and write the authority where it is missing.

        An object that changed in between is refused by its version; the watch brings it again.
        """
        meta = body["metadata"]
        with self._lock:
            self._known[body["kind"], meta["name"]] = callers(body)
        if patch := trusting(body, self._authority):
            same = {"op": "test", "path": "/metadata/resourceVersion", "value": meta["resourceVersion"]}
            try:
                self._api.edit(body, [same, *patch])
            except ApiRefused as refused:
                if refused.code not in GONE:
                    self._said(f"{body['kind']}/{meta['name']}: {refused.message}")
