"""The process in which Helm lives as a library: one JSON request a line comes in, one JSON answer a line goes out.

It is started by its path and imports nothing of homelab but what cuts schemas out of kinds. A request names `chart`, `values` (JSON text), `options` (release name,
namespace, kube_version, api_versions), `include_crds` and `skip_schema`; the answer holds `files`, a list of [template, text], or `error`. A request with `pull` fetches that chart instead, into the folder `destination`.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

# where homelab lies: Python does not look there for a script that is started by its path
sys.path.append(str(Path(__file__).resolve().parents[2]))

from homelab.tools.crds import cut_all

SCHEMA = "values.schema.json"
MANIFESTS = (".yaml", ".yml", ".json")
SEPARATOR = re.compile(r"\n---\s*")  # where Helm parts documents: more generous than YAML; it eats blank lines


def render(request: dict[str, Any]) -> dict[str, Any]:
    """The rendered files of one chart, or what Helm says against it."""
    import helm_python  # loads a Go runtime; only this process may

    try:
        if request.get("skip_schema"):  # the library looks at schemas whatever it is told
            loaded = helm_python.Chart.load_archive(without_schemas(Path(request["chart"])))
        else:
            loaded = helm_python.Chart.load(request["chart"])
        with loaded as chart:
            if chart.metadata.get("type") == "library":
                return {"error": "library charts are not installable"}
            if refusal := refused(chart.metadata.get("kubeVersion"), request["options"]):
                return {"error": refusal}
            rendered = templates(chart, request["values"], request["options"])
            files = [
                (name, documents(text)) for name, text in rendered.items() if name.endswith(MANIFESTS) and text.strip()
            ]
            if request["include_crds"]:
                files = [*((crd["filename"], crd["data"]) for crd in chart.crds), *files]
            files = [(name, cut_all(text)) for name, text in files]  # nine tenths of the text are schemas of kinds
    except helm_python.HelmError as error:
        return {"error": str(error)}
    return {"files": files}


def pull(request: dict[str, Any]) -> dict[str, Any]:
    """Fetch one chart from a repository or a registry, as `helm pull` does."""
    import helm_python  # loads a Go runtime; only this process may

    try:
        return dict(
            helm_python.pull(
                request["pull"],
                destination=request["destination"],
                repo_url=request["repo_url"] or None,
                version=request["version"] or None,
            )
        )
    except helm_python.HelmError as error:
        return {"error": str(error)}


def without_schemas(chart: Path) -> bytes:
    """A chart, folder or archive, as an archive that has no schema of values."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        if chart.is_dir():
            made.add(chart, chart.name, filter=lambda entry: None if entry.name.endswith(SCHEMA) else entry)
        else:
            with tarfile.open(chart) as found:
                for entry in found:
                    if entry.isreg() and not entry.name.endswith(SCHEMA):
                        made.addfile(entry, found.extractfile(entry))
    return packed.getvalue()


def templates(chart: Any, values: str, options: dict[str, Any]) -> dict[str, str]:
    """What each template of a chart becomes, by its name."""
    from helm_python import _native  # 0.2 takes kube_version and api_versions only here

    rendered: dict[str, str] = json.loads(_native.call_string("helm_render", chart._raw(), values, json.dumps(options)))  # noqa: SLF001 - as above
    return rendered


def refused(constraint: str | None, options: dict[str, Any]) -> str | None:
    """What the command says when the chart does not want this Kubernetes; the library itself does not look.

    Helm compares, not we: a chart of two files is asked, because it has Helm's own `semverCompare`.
    """
    if not constraint:
        return None
    import helm_python  # loads a Go runtime; only this process may

    question = (
        "{{ semverCompare .Values.wanted .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Version }}"
    )
    files = {"ask/Chart.yaml": "{apiVersion: v2, name: ask, version: 0.0.0}", "ask/templates/ask.yaml": question}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    with helm_python.Chart.load_archive(packed.getvalue()) as chart:
        answer = templates(chart, json.dumps({"wanted": constraint}), options)["ask/templates/ask.yaml"]
    fits, version = answer.split()
    return (
        None
        if fits == "true"
        else f"chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}"
    )


def documents(text: str) -> str:
    """The documents of a rendered file, parted as the command parts them before it prints them."""
    first, *rest = SEPARATOR.split("\n" + text.lstrip())
    parts = [first.lstrip("\n"), *rest]
    parts[:-1] = [part.rstrip() for part in parts[:-1]]
    return "".join(f"---\n{part}\n" for part in parts if part.strip())


def main() -> None:
    """Answer requests until the input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps((pull if "pull" in request else render)(request)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
