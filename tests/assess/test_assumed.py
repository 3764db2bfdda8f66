"""What rests upon the shape of a chart's other version is marked, weighs no more than medium, and brings no patch."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.assess.run import assess
from homelab.findings import Severity
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts

CHART = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: seal, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: "https://bitnami.github.io/sealed-secrets", chart: sealed-secrets, targetRevision: {version}}}
  destination: {{namespace: seal}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: "https://git.example.org/lab.git", path: web, targetRevision: HEAD}}
  destination: {{namespace: seal}}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: keys}
spec:
  rules:
  - backendRefs: [{name: seal-sealed-secrets, port: 9999}]
"""


@pytest.mark.parametrize(
    ("version", "severity", "assumed"),
    [("2.19.1", Severity.HIGH, ""), ("2.19.9", Severity.MEDIUM, "chart sealed-secrets 2.19.9")],
)
def test_a_sentence_about_an_assumed_object_is_no_more_sure_than_the_object(version, severity, assumed):
    """An object of one's own that sends to a port which the other version may have is accused softly."""
    files = {"apps/all.yaml": CHART.format(version=version), "web/route.yaml": ROUTE}
    found = assess(read(of_texts(files)), today=date(2026, 11, 26))
    (finding,) = [each for each in found.findings if each.check == "route-backend-missing" and "9999" in each.message]
    assert finding.severity is severity
    assert (finding.assumed or "").startswith(assumed)
    assert bool(finding.assumed) is bool(assumed)
    assert finding.fix is None or not assumed
