"""What OpenTofu is asked about a folder of HCL: is it formatted, is it valid? Neither needs a provider's account."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from homelab.errors import Place
from homelab.tools.run import Call, Runner

_QUIET = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing OpenTofu says about a configuration: `error` or `warning`, the sentence, what else, and where if it knows."""

    severity: str
    summary: str
    detail: str
    place: Place | None

    def __str__(self) -> str:
        """`file:line:column: summary: detail`, each where known."""
        return ": ".join(part for part in (str(self.place or ""), self.summary, self.detail) if part)


def fmt_check(runner: Runner, folder: Path) -> tuple[str, ...]:
    """The files below a folder that `tofu fmt` would change, relative to it, in order.

    Raises:
        ToolError: tofu is missing, or a file is no HCL at all, in tofu's words.
    """
    call = Call(
        ("tofu", "fmt", "-check", "-recursive", "-list=true", "-no-color"),
        cwd=folder,
        env=_QUIET,
        allowed=frozenset({0, 3}),
    )
    return tuple(sorted(runner.run(call).text.split("\n")[:-1]))


def validate(runner: Runner, folder: Path, *, config: Path | None = None) -> tuple[Diagnostic, ...]:
    """What OpenTofu finds wrong in the module of a folder; empty when it is valid.

    Args:
        runner: what runs tofu.
        folder: the module. Its `.terraform` must hold the providers, or `config` must name where they are.
        config: a CLI configuration file, for providers taken from this machine (`dev_overrides`).

    Raises:
        ToolError: tofu is missing, or cannot load the module for lack of its providers.
    """
    env = _QUIET | ({"TF_CLI_CONFIG_FILE": str(config)} if config else {})
    said = runner.run(
        Call(("tofu", "validate", "-json", "-no-color"), cwd=folder, env=env, allowed=frozenset({0, 1}))
    ).text
    return tuple(_diagnostic(item) for item in json.loads(said)["diagnostics"] if not _expected(item))


def initialise(runner: Runner, folder: Path, *, config: Path | None = None) -> None:
    """Load the modules and providers of a folder without touching any state.

    Raises:
        ToolError: tofu is missing, or a provider cannot be had.
    """
    env = _QUIET | ({"TF_CLI_CONFIG_FILE": str(config)} if config else {})
    runner.run(Call(("tofu", "init", "-backend=false", "-no-color"), cwd=folder, env=env, timeout=300.0))


def _expected(item: dict[str, str]) -> bool:
    """Whether this is only the reminder that a provider is taken from this machine."""
    return item["severity"] == "warning" and "development overrides" in item["summary"].lower()


def _diagnostic(item: dict[str, object]) -> Diagnostic:
    span = item.get("range")
    place = None
    if isinstance(span, dict):
        place = Place(str(span["filename"]), int(span["start"]["line"]), int(span["start"]["column"]))
    return Diagnostic(str(item["severity"]), str(item["summary"]), str(item.get("detail") or ""), place)
