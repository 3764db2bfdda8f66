"""Running stand-ins: whatever has changed, those whom it concerns are asked again, and what they say is done."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homelab.cluster.api import Api, ApiRefused, ApiSilent, Object
from homelab.errors import HomelabError
from homelab.twin.standins.authority import Authority
from homelab.twin.standins.doing import Doing
from homelab.twin.standins.plan import MOODS, REPORT, Plan
from homelab.twin.standins.standin import StandIn
from homelab.twin.standins.watching import Watching
from homelab.twin.standins.world import Key, World

GATHER = 0.1
"""Seconds in which changes are gathered before anybody is asked."""
AGAIN = 2.0
"""Seconds until what was refused is tried again, and until the file of moods is read again."""


@dataclass
class Runner:
    """Some stand-ins at a cluster; `folder` holds what they are told and what they report."""

    api: Api
    folder: Path
    plan: Plan
    standins: tuple[StandIn, ...]
    _stale: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _wake: threading.Event = field(default_factory=threading.Event, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _refused: dict[str, str] = field(default_factory=dict, init=False)
    _moods: Mapping[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.watching = Watching(self.api, self._changed)
        self.doing = Doing(self.api, self.watching)
        self._sign = Authority(Path(self.plan.keys))

    def run(self) -> None:
        """Stand in until somebody says `stop`."""
        for body in self.plan.definitions:
            self._define(body)
        for each in self.standins:
            self.watching.follow(each.watched)
        told = ""
        while not self._stop.is_set():
            self._wake.wait(AGAIN)
            self._stop.wait(GATHER)
            self._wake.clear()
            told = self._report(told) if self._round() else told
        self.watching.end()

    def stop(self) -> None:
        """Let `run` end."""
        self._stop.set()
        self._wake.set()

    def _define(self, body: Object) -> None:
        """Serve a kind that an operator would install at run time."""
        while not self._stop.is_set():
            try:
                self.api.apply(body, "twin-stand-in")
            except ApiSilent:
                self._stop.wait(AGAIN)
            except ApiRefused as refused:
                self._refused[f"CustomResourceDefinition {body['metadata']['name']}"] = refused.message
                return
            else:
                return

    def _changed(self, key: Key) -> None:
        with self._lock:
            self._stale |= {each.name for each in self.standins if self._concerned(each, key)}
        self._wake.set()

    def _concerned(self, standin: StandIn, key: Key) -> bool:
        """Whether a kind matters to a stand-in: it looks at it, or makes objects of it."""
        return key in standin.watched or key in self.doing.kinds.get(standin.name, ())

    def _round(self) -> bool:
        """Ask everybody whom a change concerns; whether there was any."""
        moods = moods_of(self.folder)
        with self._lock:
            stale, self._stale = self._stale, set()
            stale |= {each.name for each in self.standins} if moods != self._moods else set()
        self._moods = moods
        if not stale:
            return False
        for each in self.standins:
            if each.name in stale and not self._stop.is_set() and not self.ask(each):
                with self._lock:
                    self._stale.add(each.name)  # asked again with the next round
        return True

    def ask(self, standin: StandIn) -> bool:
        """Let one stand-in see to all its objects; whether the server took everything."""
        if not self.watching.settled(standin.watched):
            return True  # what comes to be known asks again; half of a cluster is no ground to act on
        world, well = self.world(), True
        if not standin.works(world):
            return True
        for key, stands in standin.kinds.items():
            for body in world.of(*key):
                if body["metadata"].get("deletionTimestamp"):
                    continue
                well = self._see_to(standin, stands(body, world), body) and well
                world = self.world()
        return well

    def _see_to(self, standin: StandIn, acts: Iterable[object], body: Object) -> bool:
        who = f"{body['kind']} {body['metadata'].get('namespace', '')}/{body['metadata']['name']}"
        try:
            for act in acts:
                self.doing.do(act, standin.name)  # type: ignore[arg-type]
        except (ApiRefused, ApiSilent) as refused:
            self._refused[who] = refused.message
            return False
        except (KeyError, TypeError, ValueError, AttributeError, HomelabError) as odd:
            self._refused[who] = f"it is of a shape that its stand-in does not know ({type(odd).__name__}: {odd})"
            return True
        self._refused.pop(who, None)
        return True

    def world(self) -> World:
        """The cluster as it is now."""
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return World(self.watching.objects(), now, self._sign, self._moods, self.plan.pending, self.plan.seed)

    def _report(self, told: str) -> str:
        """Write what was done, where it differs from what is written."""
        whole = {
            "definitions": [each["metadata"]["name"] for each in self.plan.definitions],
            "stood in": list(self.doing.listed()),
            "refused": dict(sorted(self._refused.items())),
        }
        text = json.dumps(whole, indent=1)
        if text != told:
            draft = self.folder / f"{REPORT}.new"
            draft.write_text(text, encoding="utf-8")
            draft.replace(self.folder / REPORT)
        return text


def moods_of(folder: Path) -> dict[str, str]:
    """What a drill wants: `Kind/namespace/name` to a mood, from a file; nothing where there is none."""
    try:
        found = json.loads((folder / MOODS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def reported(folder: Path) -> Iterator[Object]:
    """What was stood in for, as the running stand-ins wrote it: for whom, what they made, of what they said the status."""
    try:
        found = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    yield from found["stood in"]
