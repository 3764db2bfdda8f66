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


NEEDY = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", envFrom: [{configMapRef: {name: settings}}]}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: keys}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: keys}}}
---
apiVersion: v1
kind: Service
metadata: {name: keys}
spec: {selector: {app: keys}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1", envFrom: [{secretRef: {name: password}}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: keys}
spec: {parentRefs: [{name: door}], rules: [{backendRefs: [{name: lost, port: 80}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate}
spec:
  gatewayClassName: any
  listeners: [{name: web, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: web-tls}]}}]
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec: {secretName: web, issuerRef: {name: lan}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: keys}
spec: {selector: {matchLabels: {app: keys}}, podMetricsEndpoints: [{port: web}]}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: daily}
spec: {schedule: "0 1 * * *", template: {storageLocation: away}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: data}
spec: {plugins: [{name: barman-cloud.cloudnative-pg.io, parameters: {barmanObjectName: store}}]}
"""
MISSED = {
    "config-missing": "settings",
    "pdb-matches-nothing": "no pod",
    "service-selects-nothing": "has none",
    "secret-producer-missing": "password",
    "route-backend-missing": "lost",
    "route-backend-missing ": "door",
    "certificate-chain-broken": "web-tls",
    "certificate-chain-broken ": "Issuer lan",
    "monitor-selects-nothing": "no pod in",
    "backup-location-missing": "away",
    "backup-location-missing ": "store",
}
"""Check to a word of the sentence about what is not there."""


@pytest.mark.slow
@pytest.mark.parametrize("check", MISSED)
@pytest.mark.parametrize(("version", "space"), [("2.19.1", "seal"), ("2.19.9", "seal"), ("2.19.9", "elsewhere")])
def test_what_is_missed_where_an_assumed_chart_goes_may_be_there(check, version, space):
    """The other version may make what is not there, in its own namespace: told softly there, and as ever in any other."""
    head, chart, rest = CHART.format(version=version).rpartition("destination: {namespace: seal}")
    assert chart
    files = {"apps/all.yaml": f"{head}destination: {{namespace: {space}}}{rest}", "web/all.yaml": NEEDY}
    found = assess(read(of_texts(files)), today=date(2026, 11, 26)).findings
    (finding,) = [each for each in found if each.check == check.strip() and MISSED[check] in each.message]
    soft = (version, space) == ("2.19.9", "seal")
    assert bool(finding.assumed) is soft
    assert finding.severity <= (Severity.MEDIUM if soft else Severity.HIGH)
    assert soft or finding.severity >= Severity.MEDIUM


UNREAD = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: "https://git.example.org/lab.git", path: {name}, targetRevision: HEAD}}
  destination: {{{destination}}}
"""
VELERO = """
%s
resources: [schedule.yaml]
helmCharts:
- {name: nobody-knows, repo: "https://charts.example.org", version: 1.0.0, releaseName: velero%s}
"""
SCHEDULE = """
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: nightly, namespace: velero}
spec: {schedule: "0 2 * * *", template: {storageLocation: default, defaultVolumesToFsBackup: true, includedNamespaces: [shop]}}
"""
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


@pytest.mark.parametrize(("destination", "whole", "own", "known"), [
    ("", "", ", namespace: velero", False),
    ("namespace: argocd", "", ", namespace: velero", False),
    ("namespace: velero", "", "", False),
    ("", "namespace: velero", "", False),
    ("namespace: elsewhere", "namespace: velero", ", namespace: elsewhere", False),
    ("namespace: elsewhere", "", "", True),
    ("", "", ", namespace: elsewhere", True),
])  # fmt: skip
def test_a_chart_that_was_not_read_hides_its_own_namespace(destination, whole, own, known):
    """Where a chart of a kustomization goes, a location and the agent that reads volumes may be there; elsewhere they are not."""
    apps = [UNREAD.format(name="velero", destination=destination), UNREAD.format(name="shop", destination="")]
    files = {
        "apps/all.yaml": "---".join(apps),
        "velero/kustomization.yaml": VELERO % (whole, own),
        "velero/schedule.yaml": SCHEDULE,
        "shop/all.yaml": CLAIM,
    }
    found = assess(read(of_texts(files)), today=date(2026, 11, 26)).findings
    missed = {each.check for each in found} & {"backup-location-missing", "namespace-without-backup"}
    assert missed == ({"backup-location-missing", "namespace-without-backup"} if known else set())
