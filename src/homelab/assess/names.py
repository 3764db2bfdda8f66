"""Names: every check by its id, by what other tools call it, by its subject (`backup`) and by a glob."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import TypeVar

from homelab.assess import peers
from homelab.assess.check import Check
from homelab.assess.notices import NOTICES, Notice
from homelab.assess.table import CHECKS
from homelab.errors import UsageError


@cache
def checks() -> tuple[Check, ...]:
    """Every check of the table, imported on use."""
    found = []
    for entry in CHECKS:
        module, _, name = entry.partition(":")
        found.append(getattr(import_module(module), name))
    return tuple(found)


def described() -> tuple[Check | Notice, ...]:
    """Everything that a finding can be called, with its page."""
    return (*checks(), *NOTICES)


def by_id(name: str) -> Check:
    """The check of this id or alias.

    Raises:
        UsageError: there is none, or the name of another tool covers several.
    """
    return _named(name, checks())


def page_of(name: str) -> Check | Notice:
    """What a finding of this id is, as `by_id`."""
    return _named(name, described())


Named = TypeVar("Named", bound=Check | Notice)


def _named(name: str, known: Sequence[Named]) -> Named:
    for candidate in known:
        if name == candidate.id or name in candidate.aliases:
            return candidate
    if several := peers.NAMES.get(name):
        raise UsageError(f"{name} is more than one check here", hint=f"they are {', '.join(several)}")
    raise UsageError(f"there is no check {name}", hint=nearest(name))


def nearest(name: str) -> str:
    """What may have been meant by a name that nothing has."""
    near = get_close_matches(name, [each.id for each in described()], 1)
    return f"did you mean {near[0]}?" if near else "homelab explain lists them"


def subject_of(check: Check | Notice) -> str:
    """The folder a check's page lies in; findings that no check yields are about the file."""
    return "homelab.yaml" if isinstance(check, Notice) else check.page.parent.name


@cache
def meant(word: str) -> frozenset[str]:
    """The ids that a word means: an id, another tool's name, a subject or a glob; none where it means nothing."""
    return frozenset(
        each.id
        for each in described()
        if word in {each.id, *each.aliases, subject_of(each)}
        or each.id in peers.NAMES.get(word, ())
        or fnmatchcase(each.id, word)
    )


def chosen(words: Iterable[str]) -> tuple[Check, ...]:
    """The checks that words mean, in the order of the table; all where there are none.

    Raises:
        UsageError: a word means no check.
    """
    ids: set[str] = set()
    for word in words:
        found = meant(word) & {each.id for each in checks()}
        if not found:
            raise UsageError(f"there is no check {word}", hint=nearest(word))
        ids |= found
    return tuple(each for each in checks() if each.id in ids) if ids else checks()
