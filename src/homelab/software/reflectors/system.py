"""Reflectors: programs that copy a Secret or ConfigMap into other namespaces, as an annotation of it says.

Sources: emberstack/kubernetes-reflector README (`reflection-auto-enabled`, `reflection-auto-namespaces`: a list of regular
expressions, empty for all); mittwald/kubernetes-replicator README (`replicate-to`, `replicate-to-matching`);
kubeops/config-syncer (`sync`: a selector of namespaces, empty for all).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.software import Software

EMBERSTACK = "reflector.v1.k8s.emberstack.com"
MITTWALD = "replicator.v1.mittwald.de"
SYNC = ("kubed.appscode.com/sync", "config-syncer.appscode.com/sync")
_PLAIN = re.compile(r"[a-z0-9-]+")
Carried = tuple[str, str, Mapping[str, Any]]
"""The kind and name of an object, and the annotations it carries."""


def copies(body: Manifest) -> Iterable[Produces]:
    """What is copied because of the annotations of an object, or of the template from which it will be made."""
    kind = str(body.get("kind"))
    own = Subject(kind, str(dig(body, ["metadata", "name"], "")), str(dig(body, ["metadata", "namespace"], "")))
    for made, name, notes in _carried(body, kind, own.name):
        spaces = tuple(dict.fromkeys(_spaces(notes)))
        if spaces:
            yield Produces(own, tuple(Subject(made, name, space) for space in spaces))


def _carried(body: Manifest, kind: str, name: str) -> Iterator[Carried]:
    if kind in {"Secret", "ConfigMap"}:
        yield kind, name, dig(body, ["metadata", "annotations"], {})
    elif kind == "SealedSecret":
        yield "Secret", name, dig(body, ["spec", "template", "metadata", "annotations"], {})
    elif kind == "ExternalSecret":
        inner = str(dig(body, ["spec", "target", "name"], name))
        yield "Secret", inner, dig(body, ["spec", "target", "template", "metadata", "annotations"], {})
    elif kind == "Certificate":
        inner = str(dig(body, ["spec", "secretName"], name))
        yield "Secret", inner, dig(body, ["spec", "secretTemplate", "annotations"], {})


def _spaces(annotations: Mapping[str, Any]) -> Iterator[str]:
    """The namespaces that annotations copy to; `*` where a pattern may fit any."""
    if not isinstance(annotations, Mapping):
        return
    if str(annotations.get(f"{EMBERSTACK}/reflection-auto-enabled", "")).lower() == "true":
        allowed = annotations.get(f"{EMBERSTACK}/reflection-allowed-namespaces")
        yield from _named(str(annotations.get(f"{EMBERSTACK}/reflection-auto-namespaces") or allowed or ""))
    if f"{MITTWALD}/replicate-to" in annotations:
        yield from _named(str(annotations[f"{MITTWALD}/replicate-to"]))
    if f"{MITTWALD}/replicate-to-matching" in annotations or any(key in annotations for key in SYNC):
        yield "*"


def _named(patterns: str) -> Iterator[str]:
    for part in patterns.split(","):
        text = part.strip()
        yield text if _PLAIN.fullmatch(text) else "*"


REFLECTORS = Software(name="reflectors", annotated=copies)
