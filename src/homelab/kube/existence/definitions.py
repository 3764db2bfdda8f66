"""Definitions: which kinds of custom resources are installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from homelab.findings import Subject
from homelab.kube.facts import Perhaps, Produces
from homelab.kube.inventory import Inventory

DEFINITION = "CustomResourceDefinition"


def defined(inventory: Inventory, group: str, kind: str) -> bool:
    """Whether the definition of a kind is declared or made."""
    known = inventory.once("definitions", lambda: _definitions(inventory))
    return kind in known.get(group, ()) or any(_names(kind, each) for each in known.get(f"plurals of {group}", ()))


def perhaps_defined(inventory: Inventory, group: str, kind: str) -> str:
    """Why the definition of a kind may be there all the same; empty where nothing says so."""
    for fact in inventory.facts_of(Perhaps):
        if any(_defines(subject, group, kind) for subject in fact.objects):
            return fact.why
    if not inventory.applications and not inventory.once("definitions here", lambda: _defining(inventory)):
        return "no definition is in this repository; another may bring it"
    return ""


def _definitions(inventory: Inventory) -> Mapping[str, set[str]]:
    """API group to the kinds of its definitions, and to the plural names of those that do not say their kind."""
    found: dict[str, set[str]] = defaultdict(set)
    for crd in inventory.of(DEFINITION):
        group = crd.name.partition(".")[2]
        if kind := crd.get("spec.names.kind"):
            found[str(crd.get("spec.group", group))].add(str(kind))
        else:
            found[f"plurals of {group}"].add(crd.name.partition(".")[0])
    for plural, group in _produced(inventory):
        found[f"plurals of {group}"].add(plural)
    return found


def _produced(inventory: Inventory) -> Iterable[tuple[str, str]]:
    for fact in inventory.facts_of(Produces):
        for subject in fact.objects:
            if subject.kind == DEFINITION:
                plural, _, group = subject.name.partition(".")
                yield plural, group


def _defining(inventory: Inventory) -> bool:
    """Whether this repository brings any definition, beside those that stand in every cluster."""
    made = (fact for fact in inventory.facts_of(Produces) if fact.subject.kind != "Kubernetes")
    return bool(inventory.of(DEFINITION)) or any(each.kind == DEFINITION for fact in made for each in fact.objects)


def _defines(subject: Subject, group: str, kind: str) -> bool:
    plural, _, of = subject.name.partition(".")
    return subject.kind == DEFINITION and of == group and _names(kind, plural)


def _names(kind: str, plural: str) -> bool:
    """Whether a plural is that of a kind, by English rules: names of definitions are all that is always known."""
    word = kind.lower()
    return plural in {word, f"{word}s", f"{word}es", f"{word[:-1]}ies"}
