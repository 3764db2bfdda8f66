"""AppProjects: what Argo CD allows an Application, by its own rules.

Source: pkg/apis/application/v1alpha1/app_project_types.go and util/glob of Argo CD 3.2 (gobwas/glob, filepath.Match),
NormalizeGitURL of util/git.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from operator import eq
from typing import Any

from homelab.kube.resource import Resource

INTERNAL, IN_CLUSTER = "https://kubernetes.default.svc", "in-cluster"
"""Server and name of the cluster in which Argo CD runs."""
_INNER = re.compile(r"\{([^{}]*)\}")
MOST = 256
"""Choices of a pattern."""
_SSH = re.compile(r"^(ssh://)?([^/:@]*?)@(.*):(.*)$")


def glob_match(pattern: str, text: str, separator: str = "") -> bool:
    """Whether a glob fits: `*` stops at the separator, `**` does not; `?`, `[a-z]`, `[!a]` and `{a,b}` as usual."""
    return pattern == "*" or any(_walked(signs, text) for signs in _compiled(pattern, separator))


@dataclass(frozen=True, slots=True)
class _Sign:
    """What stands for one sign of a text, or for `many`: those that it fits."""

    fits: Callable[[str], object]
    many: bool = False


def _walked(signs: Sequence[_Sign], text: str) -> bool:
    """Whether signs stand for a text, all ways at once: no pattern costs more than its length times the text's."""
    at = _free(signs, {0})
    for each in text:
        stay = {place for place in at if place < len(signs) and signs[place].many and signs[place].fits(each)}
        ahead = {place + 1 for place in at if place < len(signs) and not signs[place].many and signs[place].fits(each)}
        at = _free(signs, stay | ahead)
    return len(signs) in at


def _free(signs: Sequence[_Sign], places: set[int]) -> set[int]:
    """The places, and those behind signs that may stand for nothing."""
    found: set[int] = set()
    for place in places:
        while place not in found:
            found.add(place)
            if place < len(signs) and signs[place].many:
                place += 1  # noqa: PLW2901 - the next one
    return found


@cache
def _compiled(pattern: str, separator: str) -> tuple[tuple[_Sign, ...], ...]:
    """The signs of every choice of a pattern; none where Argo CD cannot read it, which it logs, and nothing fits."""
    try:
        return tuple(tuple(_signs(each, separator)) for each in _choices(pattern))
    except (ValueError, re.error):
        return ()


def _choices(pattern: str) -> list[str]:
    """The patterns without braces that one with braces means.

    Raises:
        ValueError: braces that do not close, and more choices than anybody writes.
    """
    found: list[str] = []
    left = [pattern]
    while left:
        if len(found) + len(left) > MOST:
            raise ValueError(pattern)
        each = left.pop()
        inner = _INNER.search(each)
        if inner:
            left += [each[: inner.start()] + choice + each[inner.end() :] for choice in inner[1].split(",")]
        elif {"{", "}"} & set(each):
            raise ValueError(pattern)
        else:
            found.append(each)
    return found


def _signs(pattern: str, separator: str) -> Iterator[_Sign]:
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if pattern.startswith("**", at):
            yield _Sign(lambda _each: True, many=True)
            at += 1
        elif sign in "*?":
            yield _Sign(lambda each: each != separator, many=sign == "*")
        elif sign == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            inner = pattern[at + 1 : end]
            among = re.escape(inner.removeprefix("!")).replace("\\-", "-")
            yield _Sign(re.compile(f"[{'^' if inner[0] == '!' else ''}{among}]", re.DOTALL).match)
            at = end
        else:
            yield _Sign(partial(eq, sign))
        at += 1


def normalized(url: object) -> str:
    """An address as Argo CD compares it: in small letters, by SSH with slashes, without `.git` and `ssh://`."""
    text = str(url or "").strip().lower()
    if _SSH.match(text) and not text.startswith("ssh://"):
        text = text.replace(":", "/", 1)
    return text.removesuffix(".git").removeprefix("ssh://")


def _fits(pattern: str, text: str, separator: str = "") -> bool:
    """A glob behind `!` fits whatever it does not name."""
    if pattern.startswith("!"):
        return not glob_match(pattern[1:], text, separator)
    return glob_match(pattern, text, separator)


def source_permitted(project: Resource, url: object) -> bool:
    """Whether an Application of the project may come from an address; what a `!` names is refused, whatever else fits."""
    found = False
    for each in project.get("spec.sourceRepos", []):
        said = str(each)
        pattern = f"!{normalized(said[1:])}" if said.startswith("!") else normalized(said)
        if _fits(pattern, normalized(url), "/"):
            found = True
        elif pattern.startswith("!"):
            return False
    return found


def destination_permitted(project: Resource, namespace: str) -> bool:
    """Whether an Application of the project may go into a namespace of the cluster in which Argo CD runs."""
    found = False
    for each in project.get("spec.destinations", []):
        name, server, space = (str(each.get(key) or "") for key in ("name", "server", "namespace"))
        by_name, by_server = _fits(name, IN_CLUSTER), _fits(server, INTERNAL)
        there = _fits(space, namespace)
        if (by_name or by_server) and there:
            found = True
        elif (
            (not by_name and name[:1] == "!")
            or (not by_server and server[:1] == "!" and there)
            or (not there and space[:1] == "!" and by_server)
        ):
            return False
    return found


def kind_permitted(project: Resource, group: str, kind: str, *, namespaced: bool) -> bool:
    """Whether an Application of the project may have objects of a kind: in namespaces all but what a list refuses, else none but what one allows."""
    scope = "namespace" if namespaced else "cluster"
    allowed = project.get(f"spec.{scope}ResourceWhitelist")
    refused = project.get(f"spec.{scope}ResourceBlacklist", [])
    listed = (namespaced and not allowed) or any(_listed(entry, group, kind) for entry in allowed or ())
    return listed and not any(_listed(entry, group, kind) for entry in refused)


def _listed(entry: Mapping[str, Any], group: str, kind: str) -> bool:
    pairs = ((entry.get("group"), group), (entry.get("kind"), kind))
    return all(fnmatchcase(value, str(pattern or "")) for pattern, value in pairs)


def destined_here(application: Resource) -> bool:
    """Whether an Application goes to the cluster in which Argo CD runs."""
    name, server = (str(application.get(f"spec.destination.{key}", "")) for key in ("name", "server"))
    return (server.rstrip("/") == INTERNAL and not name) or (name == IN_CLUSTER and not server)


def sources(application: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Path and fields of every source."""
    several = application.get("spec.sources", [])
    if not several and (single := application.get("spec.source")):
        yield "spec.source", single
    for number, source in enumerate(several):
        yield f"spec.sources.{number}", source
