"""Commits: what a drill does to the repository, and when Argo CD has answered.

A commit is told to Argo CD as a forge's webhook tells it: every Application is asked to look again. Argo CD takes the request off
an Application when it has looked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from homelab.cluster.api import Api, ApiRefused, ApiSilent, Object
from homelab.kube.inventory import Inventory
from homelab.kube.resource import dig
from homelab.twin.applied import ARGO, REFRESH, STEADY, application, applications, refresh
from homelab.twin.argo import NAMESPACE
from homelab.twin.drills.at_objects import CLAIM, tracked
from homelab.twin.drills.looks import Look
from homelab.twin.drills.scene import Rehearsed

SET_REFRESH = "argocd.argoproj.io/application-set-refresh"
PACE = 1.0
AGAIN = 15.0
"""Seconds after which an Application that has not seen the last commit is asked once more."""
COMMIT = re.compile(r"[0-9a-f]{40}")


def commit(twin: Rehearsed, texts: Mapping[str, str], message: str) -> str:
    """Commit a state of the repository and tell Argo CD; the commit."""
    made = twin.publish(texts, message)
    ask(twin.api)
    return made


def ask(api: Api) -> None:
    """Ask every Application, and the set that makes them, to look at the repository again."""
    for body in api.list(ARGO, "ApplicationSet", NAMESPACE):
        api.merge(body, {"metadata": {"annotations": {SET_REFRESH: "true"}}})
    for body in api.list(ARGO, "Application", NAMESPACE):
        refresh(api, body["metadata"]["name"])


def looked_at(twin: Rehearsed, at_most: float) -> None:
    """Wait until every Application has looked again, but not longer than `at_most` seconds."""
    for bodies in _looks(twin, at_most):
        if not any(_asked(body) or _working(body) for body in bodies):
            return


def synced(
    twin: Rehearsed, expected: Iterable[str], made: str | None, at_most: float, unwell: Collection[str] = ()
) -> None:
    """Wait until exactly the expected Applications are there, have seen a commit, and are well but for the `unwell`.

    At most `at_most` seconds.
    """
    asked = time.monotonic()
    names, steady = frozenset(expected), 0
    for bodies in _looks(twin, at_most):
        there = {body["metadata"]["name"] for body in bodies}
        busy = {body["metadata"]["name"] for body in bodies if _asked(body) or _working(body)}
        stale = {body["metadata"]["name"] for body in bodies if not _saw(body, made)}
        stale |= {each.name for each in map(application, bodies) if each.good is (each.name in unwell)}
        steady = steady + 1 if there == names and not busy | stale else 0
        if steady == STEADY:
            return
        if stale and time.monotonic() > asked + AGAIN:
            asked = time.monotonic()
            # not all of them: the mark on an Application is a difference to whoever deploys that Application
            for name in stale - busy:
                refresh(twin.api, name)


def _looks(twin: Rehearsed, at_most: float) -> Iterator[list[Object]]:
    """The Applications again and again, for at most so many seconds; programs that fall meanwhile are started anew."""
    late = time.monotonic() + at_most
    while time.monotonic() < late:
        twin.mend()
        with suppress(ApiSilent):
            yield twin.api.list(ARGO, "Application", NAMESPACE)
        time.sleep(PACE)


def _asked(body: Object) -> bool:
    return REFRESH in (body["metadata"].get("annotations") or {})


def _working(body: Object) -> bool:
    return "operation" in body or dig(body, ["status", "operationState", "phase"]) == "Running"


def _saw(body: Object, made: str | None) -> bool:
    """Whether an Application was compared as it is now, and with the last commit where it reads the repository."""
    sync, spec = dig(body, ["status", "sync"], {}), body["spec"]
    compared = sync.get("comparedTo") or {}
    revisions = [str(each) for each in (sync.get("revision"), *(sync.get("revisions") or ())) if each]
    same = all(compared.get(each) == spec.get(each) for each in ("source", "sources") if spec.get(each))
    return same and all(each == made for each in revisions if made and COMMIT.fullmatch(each))


def witnessed(api: Api, look: Look, inventories: Iterable[Inventory]) -> Look:
    """A look with what Argo CD tracks, all claims, and the Applications that are not well."""
    known = {each.identity: each for one in inventories for each in one.resources if tracked(each)}
    kinds = {(each.api_version, each.kind) for each in known.values()}
    declared = {str(each.subject) for each in known.values()}
    there = {name for version, kind in sorted(kinds) for name in _names(api, version, kind)}
    claims = sorted(name.replace(f"/{CLAIM}/", "/") for name in _names(api, "v1", CLAIM))
    unwell = sorted(each.name for each in applications(api) if not each.good)
    return replace(look, objects=tuple(sorted(there & declared)), claims=tuple(claims), unwell=tuple(unwell))


def _names(api: Api, version: str, kind: str) -> Iterator[str]:
    """Every object of a kind as `namespace/Kind/name`; one that is being deleted counts as gone."""
    try:
        bodies = api.list(version, kind)
    except ApiRefused as refused:
        if refused.reason != "NotFound":
            raise
        return  # the definition of the kind went
    for body in bodies:
        meta = body["metadata"]
        if "deletionTimestamp" not in meta:
            yield "/".join(part for part in (meta.get("namespace", ""), kind, meta["name"]) if part)
