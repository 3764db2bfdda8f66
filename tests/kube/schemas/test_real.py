"""Custom resources people write, judged by the real CRDs and by the folder of schemas: both say the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from homelab.documents.read import load
from homelab.kube.schemas.validate import Schemas

CASES = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  project: default
  destination: {server: x, namespace: z}
  source: {repoURL: x, targetRevision: "1", helm: {valuesObject: {any: {thing: 1}}}}
  syncPolicy: {automated: {prune: true}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  hostnames: [a.example.org]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: a, port: 80}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a}
spec:
  groups:
  - name: a
    rules: [{alert: A, expr: 1, for: 5m, labels: {severity: high}}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a}
spec:
  endpointSelector: {matchLabels: {app: a}}
  ingress: [{fromEndpoints: [{}]}]
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: x, dnsNames: [a.example.org], issuerRef: {name: x}}
---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {name: a}
spec: {mon: {count: 3}, storage: {useAllNodes: true}}
"""
MUTANTS = [
    ("server: x", "sever: x", "spec.destination.sever: unknown field sever, did you mean server?"),
    ("prune: true", "prune: maybe", "spec.syncPolicy.automated.prune: expected boolean, got string"),
    ("PathPrefix", "Prefix", "spec.rules[0].matches[0].path.type: Prefix is none of Exact, PathPrefix, RegularExpression"),
    ("{name: a, port: 80}", "{port: 80}", "spec.rules[0].backendRefs[0]: missing field name"),
    ("expr: 1", "expr: 1.5", "spec.groups[0].rules[0].expr: expected integer or string, got number"),
    ("severity: high", "severity: 1", "spec.groups[0].rules[0].labels.severity: expected string, got integer"),
    ("fromEndpoints", "fromEndpoint", "spec.ingress[0].fromEndpoint: unknown field fromEndpoint, did you mean fromEndpoints?"),
    (", issuerRef: {name: x}", "", "spec: missing field issuerRef"),
    ("count: 3", "count: 30", "spec.mon.count: larger than 9"),
]  # fmt: skip
FILES = ("argo-cd-v3", "gateway-api-v1", "prometheus-operator", "cilium", "cert-manager", "rook-ceph")

pytestmark = pytest.mark.slow


@lru_cache
def _roads(data: Path) -> tuple[Schemas, Schemas]:
    """The two sources of the same schemas."""
    files = [file for file in sorted((data / "crds").glob("*.yaml")) if file.name.startswith(FILES)]
    crds = [crd for file in files for crd in load(file.read_bytes(), file.name)]
    return Schemas("1.35").with_crds(crds), Schemas("1.35").with_folder(data / "schemas")


def test_real_objects_fit(test_data: Path) -> None:
    """What people write passes on both roads."""
    for schemas in _roads(test_data):
        assert [schemas.validate(each) for each in load(CASES, "cases.yaml")] == [[]] * 6


@pytest.mark.parametrize(("good", "bad", "message"), MUTANTS)
def test_a_mutant_is_found_on_both_roads(good: str, bad: str, message: str, test_data: Path) -> None:
    """One change, one sentence."""
    for schemas in _roads(test_data):
        verdicts = [schemas.validate(each) or [] for each in load(CASES.replace(good, bad, 1), "cases.yaml")]
        assert [str(error) for errors in verdicts for error in errors] == [message]
