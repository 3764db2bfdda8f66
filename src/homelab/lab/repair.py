"""Repair: patches of findings written into the files of any repository, each proved: written, rendered, judged again.

A patch goes where the field is owned: the patch of a kustomization that sets it, its `replicas`, the values of a chart, else
the manifest itself. What does not take its finding away, or brings another of medium or more, is not written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from typing import Any

from homelab.documents.emit import emit
from homelab.errors import HomelabError
from homelab.findings import Finding, Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.lab import manifests
from homelab.lab.pipeline import Repository
from homelab.lab.told import Told, silent
from homelab.report import fingerprint
from homelab.spec.option import Steps

NAMES = ("Kustomization", "kustomization.yaml", "kustomization.yml")
STEPS = 4
"""Edits that one mend may take: two replicas want to be spread, and a budget."""
FEWEST, WORK = 10, 20_000
"""Findings whose mends are proved beforehand in any repository, and objects that are judged for it in all."""
REPLICAS = ("replicas", "replicaCount")


@dataclass(frozen=True, slots=True)
class Edit:
    """A value at a path in a document of a file; without a path, a document of its own at the end of the file."""

    file: str
    index: int
    path: Steps
    value: Any


@dataclass(frozen=True)
class Repaired:
    """What was mended where, the files that change by it (path to the text before and after), and what is left."""

    made: tuple[tuple[Finding, tuple[Edit, ...]], ...]
    files: Mapping[str, tuple[str, str]]
    left: tuple[Finding, ...]

    def unified(self) -> Iterator[str]:
        """The change as a patch."""
        for path, (before, after) in sorted(self.files.items()):
            lines = before.splitlines(True), after.splitlines(True)
            yield from unified_diff(*lines, fromfile=f"a/{path}", tofile=f"b/{path}")


def repair(repository: Repository, today: date, only: Sequence[str] = (), told: Told = silent) -> Repaired:
    """Mend what patches can mend, the worst first; `told` hears what is being tried. Nothing is written to disk."""
    state, made = _judged(repository, today), list[tuple[Finding, tuple[Edit, ...]]]()
    wanted = [each for each in repository.assessment(today, only).findings if isinstance(each.fix, Patch)]
    for number, finding in enumerate(wanted):
        told(f"mending {finding.check} {finding.subject}", number, len(wanted))
        now = state.counts[fingerprint(finding)]
        if now and (found := _mended(state, finding, today)):
            state, edits = found
            made.append((finding, edits))
    old, new = repository.repository.texts, state.repository.repository.texts
    files = {edit.file: (old[edit.file], new[edit.file]) for _, edits in made for edit in edits}
    return Repaired(tuple(made), files, state.repository.assessment(today, only).findings)


def proposals(repository: Repository, findings: Sequence[Finding], today: date) -> dict[int, Repaired]:
    """By the `id` of a finding, the mend that was proved for it alone.

    Each proof judges the whole repository, so that of a large one only the first findings are tried.
    """
    state = _judged(repository, today)
    most = max(FEWEST, WORK // max(1, len(repository.inventory.resources)))
    found = {}
    for finding in [each for each in findings if isinstance(each.fix, Patch)][:most]:
        if mended := _mended(state, finding, today):
            old, new = repository.repository.texts, mended[0].repository.repository.texts
            files = {edit.file: (old[edit.file], new[edit.file]) for edit in mended[1]}
            found[id(finding)] = Repaired(((finding, mended[1]),), files, ())
    return found


@dataclass(frozen=True)
class _State:
    """A repository with its judgement: how many findings of each kind, and what each check could not judge."""

    repository: Repository
    findings: tuple[Finding, ...]
    counts: Counter[str]
    unknown: Counter[str]


def _judged(repository: Repository, today: date) -> _State:
    found = repository.assessment(today)
    return _State(
        repository, found.findings, Counter(map(fingerprint, found.findings)), Counter(u.check for u in found.unknown)
    )


def proved(repository: Repository, finding: Finding, today: date) -> tuple[Edit, ...]:
    """The edits that take a finding away and bring nothing of medium or more; none where there are none."""
    found = _mended(_judged(repository, today), finding, today)
    return found[1] if found else ()


def _mended(before: _State, finding: Finding, today: date) -> tuple[_State, tuple[Edit, ...]] | None:
    """The state without a finding, and the edits that led there: its patch, and those of what that brings."""
    for edit in owners(before.repository, finding):
        edits: tuple[Edit, ...] = (edit,)
        repository = written(before.repository, edit)
        for _ in range(STEPS):
            if repository is None:
                break
            after = _judged(repository, today)
            brought = _brought(before, after)
            left = after.counts[fingerprint(finding)] >= before.counts[fingerprint(finding)]
            if left or after.unknown[finding.check] > before.unknown[finding.check]:
                break
            if not brought:
                return after, edits
            following = next(owners(repository, brought[0]), None) if isinstance(brought[0].fix, Patch) else None
            edits += (following,) if following else ()
            repository = written(repository, following) if following else None
    return None


def _brought(before: _State, after: _State) -> list[Finding]:
    """What is found after and was not before, of medium or more."""
    return [
        each
        for each in after.findings
        if each.severity >= Severity.MEDIUM and after.counts[fingerprint(each)] > before.counts[fingerprint(each)]
    ]


def written(before: Repository, edit: Edit) -> Repository | None:
    """The repository with an edit in one of its files, everything else as it was; None where it cannot stand there."""
    texts = before.repository.texts
    try:
        text = manifests.edited(texts[edit.file], edit.index, edit.path, edit.value)
    except (HomelabError, KeyError):
        return None
    after = Repository(before.folder, before.helm, before.prefix)
    fresh = replace(before.repository, texts={**texts, edit.file: text}, parsed={}, refused=[], _positions={}, _held=0)
    after.__dict__["repository"] = fresh
    return after


def owners(repository: Repository, finding: Finding) -> Iterator[Edit]:
    """Where the patch of a finding may be written, the likeliest owner of the field first."""
    patch, inventory = finding.fix, repository.inventory
    assert isinstance(patch, Patch)
    if not patch.field:
        beside = inventory.subject(finding.subject)
        if beside and beside.origin.maker != "chart" and isinstance(patch.value, Mapping):
            yield Edit(beside.origin.file, -1, (), emit(dict(patch.value)))
        return
    resource = inventory.subject(patch.subject)
    if resource is None:
        return
    if resource.origin.maker == "chart":
        yield from _values(repository, resource, patch)
    elif resource.origin.maker == "file":
        yield from _patches(repository, inventory, resource, patch)
        path = manifests.steps(patch.field, resource.body)
        yield Edit(resource.origin.file, resource.origin.index, path, patch.value)


def _patches(repository: Repository, inventory: Inventory, resource: Resource, patch: Patch) -> Iterator[Edit]:
    """Patches of a kustomization that set the field already, and its `replicas`."""
    sources = next((a.sources for a in inventory.applications if a.name == resource.origin.application), None)
    for file in repository.repository.paths if sources is None else sources:
        for index, body in enumerate(repository.repository.documents(file)):
            here = (file, index) == (resource.origin.file, resource.origin.index)
            if here or not isinstance(body, Mapping):
                continue
            named = (body.get("kind"), dig(body, ["metadata", "name"])) == (resource.kind, resource.name)
            if named and dig(body, patch.field.split(".")) is not None:
                yield Edit(file, index, manifests.steps(patch.field, body), patch.value)
            if file.rpartition("/")[2] in NAMES and patch.field == "spec.replicas":
                for number, entry in enumerate(body.get("replicas") or ()):
                    if isinstance(entry, Mapping) and entry.get("name") == resource.name:
                        yield Edit(file, index, ("replicas", number, "count"), patch.value)


def _values(repository: Repository, resource: Resource, patch: Patch) -> Iterator[Edit]:
    """Values that charts usually have for a field, below those that govern the object; the proof tells whether this one does."""
    origin, last = resource.origin, patch.field.rpartition(".")[2]
    documents = repository.repository.documents(origin.file) if origin.file in repository.repository else []
    if origin.index >= len(documents):
        return
    body = documents[origin.index]
    base = _inline([part for part in origin.key.split(".") if part])
    if base and base[-1] in REPLICAS:
        base = base[:-1]  # the key that governs the object is the number itself
    below = dig(body, base, {}) if isinstance(body, Mapping) else {}
    names: tuple[str, ...] = (last,)
    if patch.field == "spec.replicas":
        names = tuple(sorted(REPLICAS, key=lambda name: not (isinstance(below, Mapping) and name in below)))
    elif ".resources" in patch.field:
        names = ("resources" + patch.field.partition(".resources")[2],)
    for name in names:
        path = manifests.steps(".".join((*base, name)), body)
        yield Edit(origin.file, origin.index, path, patch.value)


def _inline(parts: list[str]) -> list[str]:
    """The keys of a value; in an Application without values of its own they go below `valuesObject`."""
    if "helm" in parts:
        after = parts.index("helm") + 1
        if parts[0] == "spec" and parts[after : after + 1] not in (["valuesObject"], ["values"]):
            return [*parts[:after], "valuesObject", *parts[after:]]
    return parts
