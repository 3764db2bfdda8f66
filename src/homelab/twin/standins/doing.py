"""Doing what stand-ins say: each act once, as long as what it says is so; and what was done, for the report."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from homelab.cluster.api import Api, ApiRefused, Object
from homelab.twin.standins.acts import Act, Change, Keep, Make, Say, merged
from homelab.twin.standins.watching import Watching
from homelab.twin.standins.world import Key, key_of, place_of

MANAGER = "twin-stand-in"
"""The name under which fields are owned."""
Name = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


@dataclass
class Doing:
    """Who carries out acts against an API; what the server answers is learned by `watching` at once."""

    api: Api
    watching: Watching
    made: dict[str, set[str]] = field(default_factory=dict)
    """For each stand-in the objects that it made or keeps, as `Kind namespace/name`."""
    spoken: dict[str, set[str]] = field(default_factory=dict)
    """For each stand-in the objects whose status it says."""
    kinds: dict[str, set[Key]] = field(default_factory=dict)
    """For each stand-in the kinds of what it makes."""
    _kept: dict[Name, str] = field(default_factory=dict)
    _said: dict[Name, tuple[str, object]] = field(default_factory=dict)

    def do(self, act: Act, who: str) -> None:
        """Carry out one act of a stand-in.

        Raises:
            ApiRefused, ApiSilent: the server does not take it.
        """
        known = self.watching.objects_of(key_of(act.body)).get(place_of(act.body))
        if isinstance(act, Make | Keep):
            self.watching.follow([key_of(act.body)])
            self._make(act, known)
            self.made.setdefault(who, set()).add(_words(act.body))
            self.kinds.setdefault(who, set()).add(key_of(act.body))
        elif isinstance(act, Say):
            self._say(act, known or act.body)
            self.spoken.setdefault(who, set()).add(_words(act.body))
        elif isinstance(act, Change):
            self._change(act, known or act.body)
        else:
            self.api.delete(act.body)

    def _make(self, act: Make | Keep, known: Object | None) -> None:
        name, mark = _name(act.body), _mark(act.body)
        absent = known is None and self.watching.knows(name[:2])
        if isinstance(act, Make):
            if absent or (known is None and self._kept.get(name) != mark):
                self._made(act)
                self._kept[name] = mark
        elif absent or self._kept.get(name) != mark:
            self._learn(self.api.apply(act.body, MANAGER), act.body)
            self._kept[name] = mark

    def _made(self, act: Make) -> None:
        try:
            self._learn(self.api.create(act.body), act.body)
        except ApiRefused as refused:
            if refused.code != http.client.CONFLICT:
                raise

    def _say(self, act: Say, known: Object) -> None:
        name, mark, status = _name(known), _mark(act.status), known.get("status") or {}
        if merged(status, act.status) == status or self._said.get(name) == (mark, status):
            return
        if key_of(known) in self.watching.simple:
            answer = self.api.merge(known, {"status": act.status})
        else:
            answer = self.api.status(known, act.status)
        self._said[name] = (mark, answer.get("status") or {})  # fields that a kind does not know are not kept
        self._learn(answer, known)

    def _change(self, act: Change, known: Object) -> None:
        if merged(known, act.patch) != known:
            self._learn(self.api.merge(known, act.patch), known)

    def _learn(self, answer: Object, asked: Object) -> None:
        self.watching.learn({**answer, "apiVersion": asked["apiVersion"], "kind": asked["kind"]})

    def listed(self) -> Iterator[Object]:
        """What was stood in for, by stand-in."""
        for who in sorted({*self.made, *self.spoken}):
            made, said = self.made.get(who, set()), self.spoken.get(who, set())
            yield {"for": who, "made": sorted(made), "said": sorted(said)}


def _words(body: Object) -> str:
    space, name = place_of(body)
    return f"{body['kind']} {space}/{name}" if space else f"{body['kind']} {name}"


def _name(body: Object) -> Name:
    return (*key_of(body), *place_of(body))


def _mark(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
