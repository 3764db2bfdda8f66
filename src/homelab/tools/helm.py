"""Charts rendered by real Helm: by the command, or sixty times faster by Helm as a library in one worker; with equal results.

The library (`helm-python-sdk`) embeds a Go runtime, which does not survive a fork. It therefore lives in a process of its own,
started afresh (`helm_worker.py`), and this process never loads it. Objects come back in one order, whichever way was taken and
whichever Helm it was: Helm 3 and 4 sort differently.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Protocol, Self

from homelab.errors import ToolError
from homelab.tools.crds import cut_all, head
from homelab.tools.find import find
from homelab.tools.run import Call, Runner
from homelab.tools.worker import Worker

Object = dict[str, Any]
TIMEOUT = 60.0
"""Seconds for one chart; the largest takes about a third of one."""
MEMORY = 4 << 30
"""Bytes of address space for helm, most of which a Go program only reserves; a template that eats more is ended."""
_SHOWN = 600
WORKER = Path(__file__).with_name("helm_worker.py")
"""The process in which the library lives."""


class ChartRefused(ToolError):
    """Helm does not make objects of a chart with these values: its own words, and no fault of the machine."""


@dataclass(frozen=True, slots=True)
class Template:
    """One chart to be rendered, as `helm template` is told.

    Attributes:
        chart: the chart's folder, or its archive.
        release: the release name.
        namespace: the release namespace.
        values: what differs from the chart's own values; `merged` lays several files over each other.
        kube_version: the Kubernetes version the chart believes in, such as `1.33.2`.
        api_versions: groups the chart shall believe in beyond the built-in ones, such as `monitoring.coreos.com/v1`.
        include_crds: whether the objects of `crds/` folders belong to the result.
        skip_schema: whether values may break the chart's `values.schema.json`.
    """

    chart: Path
    release: str
    namespace: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    kube_version: str | None = None
    api_versions: tuple[str, ...] = ()
    include_crds: bool = True
    skip_schema: bool = False


class Helm(Protocol):
    """Whatever renders charts."""

    def render(self, template: Template) -> list[Object]:
        """The objects of the chart, hooks included, ordered by group, kind, namespace and name; of CRDs the head only.

        Raises:
            ChartRefused: helm refuses the chart or the values, in helm's words.
            ToolError: helm is missing, takes too long, or eats too much.
            UnreadableDocument: what the chart makes is not YAML.
        """
        ...


@dataclass(frozen=True, slots=True)
class HelmCommand:
    """Renders by the `helm` command, through a runner."""

    runner: Runner

    def render(self, template: Template) -> list[Object]:
        """As `Helm.render` promises."""
        argv = [
            "helm",
            "template",
            template.release,
            str(template.chart),
            "--namespace",
            template.namespace,
            "--values",
            "-",
        ]
        if template.kube_version:
            argv += ["--kube-version", template.kube_version]
        for group in template.api_versions:
            argv += ["--api-versions", group]
        if template.include_crds:
            argv.append("--include-crds")
        if template.skip_schema:
            argv.append("--skip-schema-validation")
        values = json.dumps(template.values, default=dict).encode()
        allowed = frozenset({0, 1})
        with _crashes(template.chart.name):
            said = self.runner.run(Call(tuple(argv), stdin=values, timeout=TIMEOUT, allowed=allowed, memory=MEMORY))
        if said.code:
            raise _refusal(template, said.complaint.removeprefix("Error: "))
        return _objects([(template.chart.name, said.text)])


class HelmLibrary(AbstractContextManager["HelmLibrary"]):
    """Renders by Helm as a library, in one worker process that starts with the first chart and ends with `close`."""

    def __init__(self) -> None:
        self._worker = Worker(WORKER, "helm", memory=MEMORY)

    @staticmethod
    def available() -> bool:
        """Whether the library is installed; it is not loaded to find out."""
        from importlib.util import find_spec

        return find_spec("helm_python") is not None

    def render(self, template: Template) -> list[Object]:
        """As `Helm.render` promises."""
        with _crashes(template.chart.name):
            answer = self._worker.ask(
                {
                    "chart": str(template.chart),
                    "values": json.dumps(template.values, default=dict),
                    "include_crds": template.include_crds,
                    "skip_schema": template.skip_schema,
                    "options": {
                        "name": template.release,
                        "namespace": template.namespace,
                        **({"kube_version": template.kube_version} if template.kube_version else {}),
                        **({"api_versions": list(template.api_versions)} if template.api_versions else {}),
                    },
                },
                TIMEOUT,
            )
        if "error" in answer:
            raise _refusal(template, str(answer["error"]))
        return _objects((f"{template.chart.name}: {name}", text) for name, text in answer["files"])

    def close(self) -> None:
        """End the worker, if it was started."""
        self._worker.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self


def helm(runner: Runner) -> HelmLibrary | HelmCommand:
    """The fastest Helm of this machine: the library where it is installed, else the command."""
    return HelmLibrary() if HelmLibrary.available() else HelmCommand(runner)


def _refusal(template: Template, words: str) -> ChartRefused:
    """Helm's words in one line; of very many, as recursion makes them, the beginning and the end."""
    said = " ".join(words.split())
    if len(said) > 2 * _SHOWN:
        said = f"{said[:_SHOWN]} … {said[-_SHOWN:]}"
    return ChartRefused(f"helm refuses the chart {template.chart.name}: {said}")


@contextmanager
def _crashes(chart: str) -> Iterator[None]:
    """Turns the traces that a Go program leaves when it dies into a sentence."""
    try:
        yield
    except ToolError as error:
        if "goroutine" not in error.message and "runtime." not in error.message:
            raise
        why = f"helm crashed on the chart {chart}; a chart may take {MEMORY >> 30} GiB of memory"
        raise ToolError(why) from None


def identity() -> str | None:
    """Which helm `helm` gives, in words that differ for another one, without starting it; None where there is none."""
    if HelmLibrary.available():
        from importlib.metadata import version

        return f"library {version('helm-python-sdk')}"
    program = find("helm")
    if program is None:
        return None
    stat = program.stat()
    return f"command {program} {stat.st_size} {stat.st_mtime_ns}"


def merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Values files laid over each other as Helm does: maps are merged in depth, all else, null included, is replaced."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            both = isinstance(below, Mapping) and isinstance(value, Mapping)
            result[key] = merged([below, value]) if both else value  # type: ignore[list-item] # both are mappings here
    return result


def _objects(files: Iterable[tuple[str, str]]) -> list[Object]:
    from homelab.documents.read import load

    parts = ((name, cut_all(text)) for name, text in files)
    found = [head(value) if isinstance(value, dict) else value for name, text in parts for value in load(text, name)]
    flat = [
        item
        for value in found
        if isinstance(value, dict)
        for item in (value["items"] if value.get("kind") == "List" else [value])
    ]
    return sorted(flat, key=_identity)


def _identity(item: Object) -> tuple[str, ...]:
    metadata = item.get("metadata") or {}
    return tuple(
        str(part or "")
        for part in (item.get("apiVersion"), item.get("kind"), metadata.get("namespace"), metadata.get("name"))
    )
