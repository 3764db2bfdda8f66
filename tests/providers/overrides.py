"""OpenTofu configured to take providers from this folder: each `NAME.json` beside this file is the schema of a real one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cli_config(to: Path, schemas: Path = HERE) -> Path:
    """A CLI configuration file for `tofu validate`, written below `to` with a launcher for each schema.

    A schema names its `source`, such as `bpg/proxmox`. No `tofu init` is needed for providers taken from here.
    """
    lines = []
    for schema in sorted(schemas.glob("*.json")):
        source = json.loads(schema.read_text(encoding="utf-8"))["source"]
        launcher = to / "providers" / source / f"terraform-provider-{source.split('/')[1]}"
        launcher.parent.mkdir(parents=True, exist_ok=True)
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "stub.py"}" "{schema}"\n', encoding="utf-8")
        launcher.chmod(0o755)
        lines.append(f'    "{source}" = "{launcher.parent}"\n')
    config = to / "tofu.rc"
    config.write_text(
        "provider_installation {\n  dev_overrides {\n" + "".join(lines) + "  }\n  direct {}\n}\n", encoding="utf-8"
    )
    return config
