"""Probe: renders one real chart again and again, and gives what judgement looks at.

Files that come out equal are read once: of a probe that changes one key, most files are those of the probe before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

# A short life with much memory: collecting garbage is a third of the time of a render.
os.environ.setdefault("GOGC", "off")
os.environ.setdefault("GOMEMLIMIT", "1GiB")

import helm_python
from helm_python import _native

from homelab.documents.read import load
from homelab.software.records.judged import Facts, facts_of
from homelab.software.records.levels import ABSENT
from homelab.software.records.record import Assignment
from homelab.tools.helm_worker import documents

CHECKSUM = re.compile(r"^\s*(checksum/[\w.-]+|[\w./-]*config-?(hash|checksum)[\w-]*): .*$", re.MULTILINE)
CRD = "kind: CustomResourceDefinition"
SPACE = "zqspace"


class Refused(Exception):
    """Helm does not render these values."""


def release_name(release: str) -> str:
    """A release name that occurs nowhere else, and holds whatever ours holds."""
    return f"zq{release}"


@dataclass
class Prober:
    """One chart. `renders` counts what was rendered."""

    folder: Path
    release: str
    space: str = SPACE
    minor: str = "1.36"
    layer: dict[str, Any] = field(default_factory=dict)
    """Values below the user's that the published chart has and the source has not."""
    renders: int = 0
    home: dict[str, str] = field(default_factory=dict)
    """Object to the template that made it."""
    whole: Mapping[str, str] = field(default_factory=dict)
    """Object whose name the chart cuts to what it would be called with more room, as far as a shorter name showed it."""
    _seen: dict[tuple[str, str], Facts] = field(default_factory=dict)
    _charts: dict[str, Any] = field(default_factory=dict)
    _conditions: tuple[str, ...] | None = None

    def facts(self, given: Assignment, *, checked: bool = True) -> Facts:
        """What the chart makes of an assignment, `checked` against the chart's schema, as Helm does.

        Raises:
            Refused: in Helm's words.
        """
        found: Facts = {}
        for name, text in self.files(given, checked=checked).items():
            found.update(self._read(name, text))
        if given.get(("@crds",), ABSENT) is not False:
            found.update(self._definitions(laid(self.layer, nested_values(given))))
        return found

    def files(self, given: Assignment, *, checked: bool = True) -> dict[str, str]:
        """What each template becomes."""
        self.renders += 1
        values = laid(self.layer, nested_values(given))
        try:
            chart = self._handle(values)
            if checked:
                chart.validate_schema(json.loads(json.dumps(values)))
            text = _native.call_string("helm_render", chart._raw(), json.dumps(values), json.dumps(self.options(given)))  # noqa: SLF001
        except helm_python.HelmError as error:
            raise Refused(str(error)) from None
        files: dict[str, str] = json.loads(text)
        return {
            name: text for name, text in files.items() if name.endswith((".yaml", ".yml", ".json")) and text.strip()
        }

    def _handle(self, values: Mapping[str, Any]) -> Any:
        """A loaded chart: a handle remembers which dependencies its first render had, so each choice has its own."""
        chosen = self._choice(values)
        if chosen not in self._charts:
            self._charts[chosen] = helm_python.Chart.load(str(self.folder))
        return self._charts[chosen]

    def _choice(self, values: Mapping[str, Any]) -> str:
        """Which dependencies values switch on, as far as they say."""
        if self._conditions is None:
            facts = yaml_file(self.folder / "Chart.yaml")
            entries = facts.get("dependencies") or ()
            self._conditions = tuple(str(entry.get("condition", "")) for entry in entries)
        return json.dumps([at(values, each) for each in self._conditions] + [values.get("tags")], default=str)

    def options(self, given: Assignment) -> dict[str, Any]:
        """What Helm is told beside the values."""
        minor = str(given.get(("@kubernetes",), self.minor))
        return {
            "name": self.release,
            "namespace": self.space,
            "kube_version": f"v{minor}.0",
            "api_versions": sorted(key[1] for key, value in given.items() if key[0] == "@api" and value is True),
        }

    def _read(self, name: str, text: str) -> Facts:
        calm = CHECKSUM.sub("", text)
        key = (name, calm)
        if key not in self._seen:
            found = facts_of(b for b in load(documents(calm), name) if isinstance(b, dict) and b.get("kind"))
            self._seen[key] = {self.whole.get(who, who): leaves for who, leaves in found.items()}
            self.home.update(dict.fromkeys(self._seen[key], name))
        return self._seen[key]

    def _definitions(self, values: Mapping[str, Any]) -> Facts:
        """The `crds/` folders of the chart and of the dependencies that are on: a handle knows them after a render."""
        key = ("crds/", self._choice(values))
        if key not in self._seen:
            crds = self._handle(values).crds
            bodies = [b for crd in crds for b in load(crd["data"], crd["filename"]) if isinstance(b, dict)]
            self._seen[key] = facts_of(bodies)
        return self._seen[key]


def hollowed(folder: Path, target: Path, files: Iterable[str]) -> set[str]:
    """Copy a chart, with some templates that make nothing: those of `files` that define nothing for others.

    Files are named as Helm names them, the chart first.
    """
    copytree(folder, target)
    found = set()
    for name in files:
        path = target.joinpath(*name.split("/")[1:])
        if path.is_file() and "define" not in path.read_text(encoding="utf-8"):
            path.write_text("", encoding="utf-8")
            found.add(name)
    return found


def at(values: Mapping[str, Any], path: str) -> Any:
    """The first value that one of some comma-separated paths leads to."""
    for each in path.split(","):
        node: Any = values
        for step in each.strip().split("."):
            node = node.get(step) if isinstance(node, Mapping) else None
        if node is not None:
            return node
    return None


def yaml_file(path: Path) -> dict[str, Any]:
    """The first document of a file, empty where there is none."""
    documents = load(path.read_text(encoding="utf-8"), path.name) if path.is_file() else []
    return dict(documents[0]) if documents and isinstance(documents[0], Mapping) else {}


def nested_values(given: Assignment) -> dict[str, Any]:
    """An assignment as the values file that says it."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key[0].startswith("@") or value is ABSENT:
            continue
        node = values
        for step in key[:-1]:
            node = node.setdefault(step, {})
        node[key[-1]] = value
    return values


def laid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values over values, as Helm lays them."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        result[key] = laid(under, value) if both else value  # type: ignore[arg-type]
    return result
