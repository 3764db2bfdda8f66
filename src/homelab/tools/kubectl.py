"""What kubectl is asked: kustomizations built, and YAML read as Kubernetes reads it. Neither needs a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from homelab.tools.run import Call, Runner

_NO_CLUSTER = {"KUBECONFIG": "/dev/null"}
_MARK = "homelab.invalid/read"


def kustomize(runner: Runner, folder: Path) -> list[dict[str, Any]]:
    """The objects of a kustomization, in kustomize's order.

    Raises:
        ToolError: kubectl is missing, or the kustomization cannot be built, in kustomize's words.
        UnreadableDocument: what it makes is not YAML.
    """
    from homelab.documents.read import load

    built = runner.run(Call(("kubectl", "kustomize", str(folder)), env=_NO_CLUSTER))
    return [value for value in load(built.text, str(folder)) if value is not None]


def label_local(runner: Runner, text: str) -> list[dict[str, Any]]:
    """The objects of a YAML text as Kubernetes reads them; the way to compare our reader and our emitter with the real one.

    kubectl sets a label of ours on each object, which is taken off again; an object without labels comes back without.

    Raises:
        ToolError: kubectl is missing, or refuses a document.
    """
    argv = ("kubectl", "label", "--local", "--overwrite", "--filename", "-", f"{_MARK}=yes", "--output", "json")
    said = runner.run(Call(argv, env=_NO_CLUSTER, stdin=text.encode(), timeout=300.0)).text
    decoder, position = json.JSONDecoder(), 0
    objects: list[dict[str, Any]] = []
    while (position := len(said) - len(said[position:].lstrip())) < len(said):
        value, position = decoder.raw_decode(said, position)
        objects += value["items"] if value.get("kind") == "List" else [value]
    return [_unmarked(item) for item in objects]


def _unmarked(item: dict[str, Any]) -> dict[str, Any]:
    labels = item["metadata"]["labels"]
    del labels[_MARK]
    if not labels:
        del item["metadata"]["labels"]
    return item
