"""Watch: what happens to pods and nodes while a drill goes on, each with its second, as the API's own watches tell it.

The moments are those at which a change arrived here; the API's own time stamps have whole seconds, which a fast clock
stretches to minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from homelab.cluster.api import Api, ApiRefused, ApiSilent
from homelab.twin.drills.looks import Look, NodeSeen, PodSeen, finished, node_of, pod_of

TURN = 4
"""Seconds of one watch; then it is asked anew, from where it ended."""
PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened: `at` in seconds of this machine since the drill began.

    Attributes:
        what: `node silent`, `node back`, `pod given up`, `pod gone`, `pod made`, `pod placed`, `pod marked` as not ready, or a step of the scenario.
        name: of the node or pod, or the step's words.
        of: the pod's workload, as text.
        node: the pod's.
        uid: the pod's.
    """

    at: float
    what: str
    name: str
    of: str = ""
    node: str = ""
    uid: str = ""


@dataclass
class Watch:
    """Two watches in threads of their own, between entering and leaving; `begun` is the moment that counts as 0."""

    api: Api
    begun: float = field(default_factory=time.monotonic)
    happened: list[Happened] = field(default_factory=list)
    _pods: dict[str, PodSeen] = field(default_factory=dict)
    _nodes: dict[str, NodeSeen] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        for kind, heard in (("Pod", self._pod), ("Node", self._node)):
            thread = threading.Thread(target=self._follow, args=(kind, heard), name=f"watch of {kind}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(TURN * 3)

    @property
    def now(self) -> float:
        """Seconds since the drill began."""
        return round(time.monotonic() - self.begun, 3)

    def knows(self, seen: Look) -> None:
        """What is there already: only what differs from it happens."""
        self._pods.update({pod.uid: pod for pod in seen.pods})
        self._nodes.update({node.name: node for node in seen.nodes})

    def say(self, what: str, name: str) -> None:
        """Write down a step of the scenario."""
        self.happened.append(Happened(self.now, what, name))

    def names(self, what: str) -> set[str]:
        """The names of nodes or pods to which something happened."""
        return {each.name for each in self.happened if each.what == what}

    def until(self, asked: Callable[[], bool], at_most: float) -> None:
        """Wait until something holds, but not longer than `at_most` seconds."""
        late = time.monotonic() + at_most
        while time.monotonic() < late and not asked():
            time.sleep(PAUSE)

    def quiet(self, seconds: float, at_most: float) -> None:
        """Wait until nothing has happened for some seconds, but not longer than `at_most`."""
        since = self.now
        self.until(lambda: self.now - max([since, *(each.at for each in self.happened)]) >= seconds, at_most)

    def _follow(self, kind: str, heard: Callable[[str, dict[str, Any]], None]) -> None:
        since = ""
        while not self._over.is_set():
            try:
                for event in self.api.watch("v1", kind, since, TURN):
                    since = event.object["metadata"]["resourceVersion"]
                    if event.type != "BOOKMARK":
                        heard(event.type, event.object)
            except ApiRefused:
                since = ""
                self._over.wait(PAUSE)
            except ApiSilent:
                self._over.wait(PAUSE)
        self.api.close()

    def _pod(self, type_: str, body: dict[str, Any]) -> None:
        new = pod_of(body)
        old = self._pods.get(new.uid)
        if type_ == "DELETED" or finished(body):
            if self._pods.pop(new.uid, None):
                self._tell("pod gone", new)
            return
        self._pods[new.uid] = new
        if old is None:
            self._tell("pod made", new)
        if new.node and not (old and old.node):
            self._tell("pod placed", new)
        if new.leaving and not (old and old.leaving):
            self._tell("pod given up", new)
        elif old and old.ready and not new.ready:
            self._tell("pod marked", new)

    def _node(self, type_: str, body: dict[str, Any]) -> None:
        new = node_of(body)
        old = self._nodes.get(new.name)
        self._nodes[new.name] = new
        if type_ == "DELETED" or old is None or old.ready == new.ready:
            return
        what = {"True": "node back", "Unknown": "node silent"}.get(new.ready, "node not ready")
        self.happened.append(Happened(self.now, what, new.name))

    def _tell(self, what: str, pod: PodSeen) -> None:
        self.happened.append(Happened(self.now, what, pod.name, str(pod.of), pod.node, pod.uid))
