"""What real kubectl reads: the oracle behind the YAML tests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def kubectl_reads(kubectl: Path, documents: list[str], home: Path) -> list[Any]:
    """The documents (objects with apiVersion, kind and name, ending in a newline) as kubectl understood them, offline, in one process.

    Raises:
        ValueError: kubectl could not read them; with what it said.
    """
    command = [str(kubectl), "label", "--local", "-f", "-", "oracle=yes", "--overwrite", "-o", "json"]
    environment = {"KUBECONFIG": "/dev/null", "HOME": str(home), "PATH": "/usr/bin:/bin"}
    stdin = "---\n".join(documents).encode()
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False, timeout=120)
    if done.returncode:
        raise ValueError(done.stderr.decode())
    return [_without_label(value) for value in _values(done.stdout.decode())]


def _values(text: str) -> list[Any]:
    decoder = json.JSONDecoder(parse_int=_number)
    values, at = [], 0
    while text[at:].strip():
        at = len(text) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        values.append(value)
    return values


def _number(digits: str) -> int | float:
    """Beyond 64 bits kubectl holds a float and prints it without a point."""
    return int(digits) if -(2**63) <= int(digits) < 2**63 else float(digits)


def _without_label(value: Any) -> Any:
    labels = value["metadata"]["labels"]
    del labels["oracle"]
    if not labels:
        del value["metadata"]["labels"]
    return value
