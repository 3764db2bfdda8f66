"""Where Argo CD finds what it deploys: the only thing that the twin changes of a repository, each change listed.

Addresses of git and of charts, in Applications, ApplicationSets and AppProjects, become addresses on this machine; not one other
byte of the repository is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.gitops.rendering import Answer, Asked, Helm
from homelab.gitops.repository import YAML
from homelab.kube.resource import Manifest

GROUP = "argoproj.io/"
ENDS = r"(?![A-Za-z0-9._~/-])"
"""Behind an address: nothing that would make it another one."""
BEGINS = r"(?<![A-Za-z0-9._~/:@-])"


@dataclass(frozen=True, slots=True, order=True)
class Rewritten:
    """One address that was changed: file and line, what it was, what it is."""

    file: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses that the Argo CD objects of a repository name: of git, and of charts."""

    git: frozenset[str]
    charts: frozenset[str]


def addresses(texts: Mapping[str, str]) -> Addresses:
    """All addresses of sources, from every object of Argo CD in the repository."""
    git, charts = set[str](), set[str]()
    for body in (body for path, text in texts.items() if path.endswith(YAML) for body in _objects(path, text)):
        for source in _sources(body):
            address = source.get("repoURL")
            if isinstance(address, str) and "{{" not in address:
                (charts if source.get("chart") else git).add(address)
    return Addresses(frozenset(git - charts), frozenset(charts))


def rewrite(texts: Mapping[str, str], table: Mapping[str, str]) -> tuple[dict[str, str], list[Rewritten]]:
    """The repository with its addresses replaced by those of the table, and every place where that was done."""
    made, found = dict(texts), list[Rewritten]()
    if not table:
        return made, found
    longest = sorted(table, key=len, reverse=True)
    any_address = re.compile(f"{BEGINS}(?:{'|'.join(map(re.escape, longest))}){ENDS}")
    for path, text in texts.items():
        if path.endswith(YAML) and GROUP in text and any_address.search(text):
            lines = text.split("\n")
            for number, line in enumerate(lines):
                for match in any_address.finditer(line):
                    found.append(Rewritten(path, number + 1, match[0], table[match[0]]))
                lines[number] = any_address.sub(lambda match: table[match[0]], line)
            made[path] = "\n".join(lines)
    return made, sorted(found)


def _objects(path: str, text: str) -> list[Manifest]:
    if GROUP not in text:
        return []
    try:
        bodies = load(text, path)
    except UnreadableDocument:
        return []
    return [b for b in bodies if isinstance(b, dict) and str(b.get("apiVersion", "")).startswith(GROUP)]


def _sources(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping with a `repoURL`, wherever it stands."""
    if isinstance(node, Mapping):
        if "repoURL" in node:
            yield node
        for each in node.values():
            yield from _sources(each)
    elif isinstance(node, list):
        for each in node:
            yield from _sources(each)


@dataclass
class Listening(Helm):
    """Renders as another does, and remembers what was asked: which charts the Applications install, with which values."""

    helm: Helm
    asked: list[Asked] = field(default_factory=list)

    def render(self, asked: Sequence[Asked]) -> Sequence[Answer]:
        """As `gitops.rendering.Helm` promises."""
        self.asked += asked
        return self.helm.render(asked)

    def brings(self, asked: Sequence[Asked]) -> Sequence[Manifest]:
        """As `gitops.rendering.Helm` promises."""
        return self.helm.brings(asked)
