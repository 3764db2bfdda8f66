"""Flux: what its releases and kustomizations deploy is not read here, wherever they put it.

Sources: helm-controller v2 `HelmReleaseSpec.targetNamespace` (its own namespace where it says none), kustomize-controller v1
`KustomizationSpec.targetNamespace` (each object's own where it says none); K3s' helm-controller v1 `HelmChartSpec`.
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Hides
from homelab.kube.resource import Manifest, dig
from homelab.software.made import made
from homelab.software.software import KindTruth, Software


def release(body: Manifest, _lookup: object) -> Expansion:
    """A HelmRelease or HelmChart hides the namespace into which it goes."""
    subject = _subject(body)
    space = str(dig(body, ["spec", "targetNamespace"], subject.namespace))
    return Expansion(facts=(Hides(subject, space, f"what {subject.kind} {subject.name} installs is not read"),))


def kustomization(body: Manifest, _lookup: object) -> Expansion:
    """A Kustomization hides its target namespace, else any."""
    subject = _subject(body)
    space = str(dig(body, ["spec", "targetNamespace"], ""))
    return Expansion(facts=(Hides(subject, space, f"what Kustomization {subject.name} deploys is not read"),))


def _subject(body: Manifest) -> Subject:
    meta = body["metadata"]
    return Subject(str(body["kind"]), str(meta["name"]), str(meta.get("namespace") or ""))


SOURCES = "GitRepository OCIRepository HelmRepository HelmChart Bucket ExternalArtifact"

FLUX = Software(
    name="flux",
    kinds=(
        KindTruth("helm.toolkit.fluxcd.io", "HelmRelease", release),
        KindTruth("kustomize.toolkit.fluxcd.io", "Kustomization", kustomization),
        KindTruth("helm.cattle.io", "HelmChart", release),
        *made("source.toolkit.fluxcd.io", SOURCES),
        *made("notification.toolkit.fluxcd.io", "Alert Provider Receiver"),
        *made("helm.cattle.io", "HelmChartConfig"),
    ),
)
