"""The process in which Helm lives as a library: one JSON request a line comes in, one JSON answer a line goes out.

It is started by its path and imports nothing of homelab. A request names `chart`, `values` (JSON text), `options` (release name,
namespace, kube_version, api_versions) and `include_crds`; the answer holds `files`, a list of [template, text], or `error`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MANIFESTS = (".yaml", ".yml", ".json")


def render(request: dict[str, Any]) -> dict[str, Any]:
    """The rendered files of one chart, or what Helm says against it."""
    import helm_python  # noqa: PLC0415 - loads a Go runtime; only this process may
    from helm_python import _native  # noqa: PLC0415 - 0.2 exposes kube_version and api_versions only here

    try:
        with helm_python.Chart.load(request["chart"]) as chart:
            chart.validate_schema(json.loads(request["values"]))
            options = json.dumps(request["options"])
            rendered = json.loads(_native.call_string("helm_render", chart._raw(), request["values"], options))  # noqa: SLF001 - as above
            files = [(name, text) for name, text in rendered.items() if name.endswith(MANIFESTS) and text.strip()]
            if request["include_crds"]:
                files = [*((crd["filename"], crd["data"]) for crd in chart.crds), *files]
    except helm_python.HelmError as error:
        return {"error": str(error)}
    return {"files": files}


def main() -> None:
    """Answer requests until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(render(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
