"""What became of a lab in its twin: Applications on their way, what the real programs refused, and where that is written.

Everything here was said by Argo CD, the API server, its admission, or the scheduler; nothing is a guess.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from homelab.assess.notices import (
    DRAIN_BLOCKED,
    KIND_MISSING,
    OBJECT_REFUSED,
    POD_REFUSED,
    POD_UNSCHEDULED,
    SOURCE_FAILS,
    WAVE_WAITS,
    Notice,
)
from homelab.cluster.api import Api, ApiRefused, ApiSilent, Object
from homelab.findings import Finding, Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import dig, wave_of
from homelab.lab.told import Told, silent
from homelab.twin.argo import NAMESPACE

ARGO = "argoproj.io/v1alpha1"
PACE = 2.0
"""Seconds between two looks."""
STEADY = 3
"""Looks in a row that find everything well before it counts."""
WAITS = re.compile(r"waiting for (?:healthy state|completion of hook) ?(?:of )?[^/]*/([^/]+)/(\S+)(?: and (\d+) more)?")
"""How a sync says that it goes no further: group, kind and name (gitops-engine pkg/sync/sync_context.go, `Sync`)."""
STALE = 10.0
"""Seconds after which an Application that has synced and is called unwell is looked at once more.

Argo CD compares what it made just now with its own copy of the Application, which may be older than its last word: a health that
changed meanwhile is then said after three minutes only, when everything is compared anew (persistAppStatus in
controller/appcontroller.go). Nor does it see a kind that it has defined before it has heard of it, and with each kind it reads all that
the API server describes first (gitops-engine pkg/cache/cluster.go, watchEvents): OutOfSync is then said as long. A person presses
Refresh."""
REFRESH = "argocd.argoproj.io/refresh"
UNKNOWN = re.compile(r'no matches for kind "(\w+)" in version "([^"]+)"')
"""What kubectl's libraries say of an object whose kind the server does not know."""


@dataclass(frozen=True, slots=True)
class Application:
    """One Application as Argo CD judges it; `message` is what its last operation said."""

    name: str
    sync: str
    health: str
    phase: str
    message: str
    wave: int = 0

    @property
    def good(self) -> bool:
        """Synced and Healthy."""
        return self.sync == "Synced" and self.health == "Healthy"

    @property
    def synced(self) -> bool:
        """Whether its last operation ended well, or what is there was found to be what it wants."""
        return self.phase == "Succeeded" or self.sync == "Synced"


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a lab came: its Applications, the seconds it took, and whether all are well."""

    applications: tuple[Application, ...]
    seconds: float

    @property
    def waiting(self) -> tuple[Application, ...]:
        """Those that are not well."""
        return tuple(each for each in self.applications if not each.good)

    @property
    def whole(self) -> bool:
        """Whether there are any, and all are Synced and Healthy."""
        return bool(self.applications) and not self.waiting


def applications(api: Api) -> tuple[Application, ...]:
    """The Applications of a cluster, by wave and name."""
    found = [application(body) for body in api.list(ARGO, "Application", NAMESPACE)]
    return tuple(sorted(found, key=lambda each: (each.wave, each.name)))


def application(body: Object) -> Application:
    """An Application as Argo CD judges it."""
    status = body.get("status") or {}
    operation = status.get("operationState") or {}
    conditions = "; ".join(each.get("message", "") for each in status.get("conditions") or ())
    return Application(
        body["metadata"]["name"],
        (status.get("sync") or {}).get("status", "Unknown"),
        (status.get("health") or {}).get("status", "Unknown"),
        operation.get("phase", ""),
        conditions or operation.get("message", ""),
        wave_of(body),
    )


def tried(api: Api, name: str, seconds: float) -> None:
    """Wait until an Application was synced once, whatever came of it; at most so many seconds."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        body = api.get(ARGO, "Application", name, NAMESPACE) or {}
        if dig(body, ["status", "operationState", "phase"]) or dig(body, ["status", "conditions"]):
            return
        time.sleep(PACE / 4)


def _nothing() -> None:
    return


def awaited(
    api: Api, expected: Iterable[str], seconds: float, told: Told = silent, each_look: Callable[[], None] = _nothing
) -> Applied:
    """Wait until all expected Applications, and whatever else there is, are well; or until `seconds` have passed.

    `each_look` is called with every look: who keeps the programs looks after them by it. A server that does not answer is
    asked again, for as long as there is time.

    Raises:
        ApiSilent: it does not answer in the end.
    """
    began, steady, names = time.monotonic(), 0, frozenset(expected)
    since: dict[Application, float] = {}
    while True:
        each_look()
        try:
            found = applications(api)
            since = refreshed(api, found, since)
        except ApiSilent:
            if time.monotonic() - began > seconds:
                raise
            steady = 0
            time.sleep(PACE)
            continue
        good = sum(each.good for each in found)
        whole = names <= {each.name for each in found} and good == len(found)
        steady = steady + 1 if whole else 0
        passed = time.monotonic() - began
        told(_doing(found), good, max(len(found), len(names)))
        if steady >= STEADY or passed > seconds:
            return Applied(found, passed)
        time.sleep(PACE)


def refreshed(api: Api, found: Iterable[Application], since: Mapping[Application, float]) -> dict[Application, float]:
    """Ask for another look at those that have synced and have been called the same for long; since when each is called so."""
    now = time.monotonic()
    waiting = {each: since.get(each, now) for each in found if each.synced and not each.good}
    for each, begun in waiting.items():
        if now - begun > STALE:
            refresh(api, each.name)
            waiting[each] = now
    return waiting


def refresh(api: Api, name: str) -> None:
    """Ask Argo CD to compare an Application again, as a forge's webhook and the button Refresh do."""
    meta = {"name": name, "namespace": NAMESPACE}
    with suppress(ApiRefused):  # it may be gone by now
        api.merge(
            {"apiVersion": ARGO, "kind": "Application", "metadata": meta},
            {"metadata": {"annotations": {REFRESH: "normal"}}},
        )


def _doing(found: Iterable[Application]) -> str:
    """What is waited for: the lowest wave that is not well."""
    waiting = [each for each in found if not each.good]
    if not waiting:
        return "Argo CD makes the lab"
    wave = min(each.wave for each in waiting)
    return f"wave {wave}: " + ", ".join(each.name for each in waiting if each.wave == wave)


def refused(api: Api, inventory: Inventory) -> list[Finding]:
    """Everything that real programs refused or left waiting, as findings with the place where it is written.

    Objects of a kind that the server does not know are one finding: the first, which counts the others; so are a workload's pods.
    """
    where = _Places(inventory)
    said = (_sources, _objects, _pods, _unscheduled, _waves)
    found = [each for look in said for each in look(api, where)]
    by_order = sorted(_once(found), key=lambda each: (-each.severity, each.check, str(each.subject)))
    unknown: dict[str, list[Finding]] = {}
    for each in by_order:
        if each.group:
            unknown.setdefault(each.group, []).append(each)
    return [each for each in by_order if not each.group] + [_together(kind, many) for kind, many in unknown.items()]


def _once(found: Iterable[Finding]) -> list[Finding]:
    """No finding twice; of the pods of a workload, each of which is refused under its own name, the first."""
    kept: dict[object, Finding] = {}
    for each in found:
        pods = each.check in {POD_REFUSED.id, POD_UNSCHEDULED.id}
        kept.setdefault((each.check, each.subject) if pods else each, each)
    return list(kept.values())


def _together(kind: str, many: list[Finding]) -> Finding:
    others = f", as do {len(many) - 1} more objects" if len(many) > 1 else ""
    message = f"it waits for the kind {kind}, which nobody has defined{others}"
    hint = "an Application that installs it is not there, or has not synced; operators may define kinds when they start"
    return replace(many[0], check=KIND_MISSING.id, message=message, hint=hint)


class _Places:
    """Where objects are written, and what option made them."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._resources = {(r.kind, r.namespace, r.name): r for r in inventory.resources}
        self._bare = {(r.kind, r.name): r for r in inventory.resources}

    def finding(self, notice: Notice, subject: Subject, message: str, hint: str = "") -> Finding:
        """A finding about an object, with the place of its text where the repository holds it."""
        key = (subject.kind, subject.namespace, subject.name)
        resource = self._resources.get(key) or self._bare.get((subject.kind, subject.name))
        place = self._inventory.place(resource) if resource else None
        option = resource.origin.option or None if resource else None
        return Finding(notice.id, notice.severity, subject, message, place, option, hint=hint or None)


def _sources(api: Api, where: _Places) -> Iterator[Finding]:
    """Applications whose objects Argo CD cannot make out, and ApplicationSets that make none."""
    for body in api.list(ARGO, "ApplicationSet", NAMESPACE):
        for condition in (body.get("status") or {}).get("conditions") or ():
            if (condition.get("type"), condition.get("status")) == ("ErrorOccurred", "True"):
                subject = Subject("ApplicationSet", body["metadata"]["name"], NAMESPACE)
                yield where.finding(SOURCE_FAILS, subject, f"Argo CD says: {_line(condition.get('message', ''))}")
    for body in api.list(ARGO, "Application", NAMESPACE):
        for condition in (body.get("status") or {}).get("conditions") or ():
            if condition.get("type") in {"ComparisonError", "InvalidSpecError"}:
                subject = Subject("Application", body["metadata"]["name"], NAMESPACE)
                yield where.finding(SOURCE_FAILS, subject, f"Argo CD says: {_line(condition['message'])}")


def _objects(api: Api, where: _Places) -> Iterator[Finding]:
    """Objects that the API server or its admission did not take."""
    for body in api.list(ARGO, "Application", NAMESPACE):
        operation = (body.get("status") or {}).get("operationState") or {}
        for each in (operation.get("syncResult") or {}).get("resources") or ():
            if each.get("status") == "SyncFailed":
                subject = Subject(each["kind"], each["name"], each.get("namespace", ""))
                said = _line(each["message"])
                found = where.finding(OBJECT_REFUSED, subject, f"the API server says: {said}")
                yield replace(found, group=_unknown_kind(said))


def _unknown_kind(said: str) -> str | None:
    """`CiliumNetworkPolicy of cilium.io/v2`, where the server does not know the kind."""
    match = UNKNOWN.search(said)
    return f"{match[1]} of {match[2]}" if match else None


def _pods(api: Api, where: _Places) -> Iterator[Finding]:
    """Pods that may not be made: Pod Security, quotas, webhooks, missing accounts."""
    for event in api.list("v1", "Event", fieldSelector="reason=FailedCreate"):
        about = event.get("involvedObject") or {}
        subject = _owner(api, Subject(about.get("kind", ""), about.get("name", ""), about.get("namespace", "")))
        yield where.finding(POD_REFUSED, subject, f"its pods are refused: {_line(event.get('message', ''))}")


def _unscheduled(api: Api, where: _Places) -> Iterator[Finding]:
    """Pods that the scheduler finds no node for, with its own reason."""
    for body in api.list("v1", "Pod", fieldSelector="status.phase=Pending"):
        for condition in (body.get("status") or {}).get("conditions") or ():
            if condition.get("reason") == "Unschedulable":
                meta = body["metadata"]
                owners = meta.get("ownerReferences") or [{"kind": "Pod", "name": meta["name"]}]
                subject = _owner(api, Subject(owners[0]["kind"], owners[0]["name"], meta.get("namespace", "")))
                message = f"the scheduler says: {_line(condition.get('message', ''))}"
                yield where.finding(POD_UNSCHEDULED, subject, message)


def _waves(api: Api, where: _Places) -> Iterator[Finding]:
    """Objects that a sync waits for at the end, before it makes what stands behind them."""
    for body in api.list(ARGO, "Application", NAMESPACE):
        operation = (body.get("status") or {}).get("operationState") or {}
        match = WAITS.search(operation.get("message", "")) if operation.get("phase") == "Running" else None
        if match is None:
            continue
        kind, name, more = match.groups()
        results = (operation.get("syncResult") or {}).get("resources") or ()
        home = (each.get("namespace", "") for each in results if (each.get("kind"), each.get("name")) == (kind, name))
        subject = Subject(kind, name, next(home, ""))
        others = f" and {more} more" if more else ""
        message = f"the sync of {body['metadata']['name']} waits for it{others}, and makes nothing behind it"
        yield where.finding(WAVE_WAITS, subject, message)


def blocked(budgets: Mapping[str, str], inventory: Inventory) -> list[Finding]:
    """Budgets of the repository that let nobody go: `namespace/name` to what the API server said when a pod was to leave.

    One that an operator makes is not the repository's to mend.
    """
    where, written = _Places(inventory), {(r.namespace, r.name) for r in inventory.of("PodDisruptionBudget")}
    found = []
    for budget, said in sorted(budgets.items()):
        space, _, name = budget.partition("/")
        if (space, name) in written:
            message = f"no pod of it could be evicted: {_line(said)}"
            found.append(where.finding(DRAIN_BLOCKED, Subject("PodDisruptionBudget", name, space), message))
    return found


def _owner(api: Api, subject: Subject) -> Subject:
    """The Deployment of a ReplicaSet; anything else is its own."""
    if subject.kind != "ReplicaSet":
        return subject
    body = api.get("apps/v1", "ReplicaSet", subject.name, subject.namespace) or {"metadata": {}}
    owners = body["metadata"].get("ownerReferences") or ()
    return Subject(owners[0]["kind"], owners[0]["name"], subject.namespace) if owners else subject


def _line(text: str) -> str:
    return " ".join(text.split())
