"""The justfile: the blocks of docs/build.md as recipes with the same names, taken from the page itself.

`just` gives each line a shell of its own, so each recipe is a script with its own first line; `{{` begins an expression.
Source: https://just.systems/man/en/ (shebang recipes; groups; escaping).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from homelab.render.guide.markdown import CALL
from homelab.render.workshop.validation import STEPS

STEP = re.compile(
    r"^#{2,3} (?P<step>[^\n]+)$|^```sh\n" + CALL + r"(?P<name>[a-z0-9-]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
HEAD = """\
# {made}
# `just` lists the recipes; those of docs/build.md stand in its order

export KUBECONFIG := justfile_directory() / "tofu/talos/kubeconfig"
export TALOSCONFIG := justfile_directory() / "tofu/talos/talosconfig"

_list:
    @just --list --unsorted
"""
SHELL = "#!/usr/bin/env bash\nset -euo pipefail\n"


def recipes(guide: str) -> Iterator[tuple[str, str, str]]:
    """(group, name, script) of every block of a page that has a name, in its order."""
    step = ""
    for found in STEP.finditer(guide):
        if found["step"]:
            step = found["step"]
        else:
            yield step, found["name"], found["body"]


def justfile(guide: str, made: str) -> str:
    """The file: what CI runs, then the blocks of the guide."""
    validate = "".join(f"{command}\n" for _why, command in STEPS)
    found = [("Every day", "validate", validate), ("Every day", "render", "homelab render\n"), *recipes(guide)]
    names = [name for _, name, _ in found]
    assert len(names) == len(set(names)), f"two recipes of one name: {sorted(names)}"
    return HEAD.format(made=made) + "".join(_recipe(*each) for each in found)


def _recipe(group: str, name: str, script: str) -> str:
    lines = (SHELL + script).replace("{{", "{{{{").splitlines()
    body = "\n".join(f"    {line}".rstrip() for line in lines)
    return f"\n[group('{group.replace(chr(39), '’')}')]\n{name}:\n{body}\n"
