"""Resource: a Kubernetes object and where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from homelab.findings import Subject

Manifest = dict[str, Any]
"""One Kubernetes object as plain data."""

OPTION = "homelab.dev/option"
"""Annotation of an Application: the path in homelab.yaml that made it and what it deploys; an object's own goes first."""
CAPABILITY = "homelab.dev/capability"
"""Annotation: the capabilities this object serves, comma-separated."""
WAVE = "argocd.argoproj.io/sync-wave"
"""Annotation: Argo CD applies what has a higher number later, once what came before is healthy."""
WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
ACCEPT = "homelab.dev/allow."
"""Annotation prefix: `homelab.dev/allow.<check>: reason (until YYYY-MM-DD)`."""
DESCRIPTION = "kubernetes.io/description"
"""Kubernetes' own annotation for what an object is like."""
ALONE = "One pod at a time: "
"""Beginning of the description of a workload of which only one pod may run at a time; why follows."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object was declared.

    `file` and `index` name the document in the repository. For objects that a chart makes, `file` is the values file
    and `key` the values path that governs the object (`server`); for objects that an operator makes, `file` and
    `index` are those of the custom resource and `key` the field that governs it. `maker` is `file`, `chart` or
    `operator`; `via` names the chart or the custom resource.
    """

    file: str
    index: int = 0
    maker: str = "file"
    via: str = ""
    key: str = ""
    application: str = ""
    option: str = ""
    assumed: str = ""
    """Whose shape was taken for it, where its chart is of a version that nobody recorded."""


@dataclass(frozen=True)
class Resource:
    """An object with its origin. `body` is never changed after construction."""

    body: Manifest
    origin: Origin
    _memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def api_version(self) -> str:
        """`group/version`, or `v1`."""
        return str(self.body.get("apiVersion", ""))

    @cached_property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @cached_property
    def kind(self) -> str:
        """The kind, as in `Deployment`."""
        return str(self.body.get("kind", ""))

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """`metadata`, empty when absent."""
        found = self.body.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def name(self) -> str:
        """`metadata.name`."""
        return str(self.metadata.get("name", ""))

    @cached_property
    def namespace(self) -> str:
        """`metadata.namespace`, empty for cluster-scoped objects."""
        return str(self.metadata.get("namespace") or "")

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """`metadata.labels`, empty when absent."""
        found = self.metadata.get("labels")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """`metadata.annotations`, empty when absent."""
        found = self.metadata.get("annotations")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def subject(self) -> Subject:
        """What a finding about this object accuses."""
        return Subject(self.kind, self.name, self.namespace)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """(group, kind, namespace, name): equal for the same object whatever its version."""
        return (self.group, self.kind, self.namespace, self.name)

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path (`spec.template.spec`), `default` where any part is absent; digits index lists."""
        return dig(self.body, path.split("."), default)


def wave_of(body: Mapping[str, Any]) -> int:
    """The wave in which Argo CD applies an object; 0 where the word is no number (gitops-engine pkg/sync/syncwaves, `Wave`)."""
    said = str(dig(body, ["metadata", "annotations", WAVE], ""))
    return int(said) if WHOLE.fullmatch(said) else 0


def dig(value: Any, path: Sequence[str], default: Any = None) -> Any:
    """The value below `value` at `path`, `default` where any part is absent or null."""
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
        if value is None:
            return default
    return value
