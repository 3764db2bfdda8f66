"""The model of odd labs: whatever is declared, there is a figure between never and always, or a sentence why there is none."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from gitops.mutation import mutations
from homelab.assess.model.build import LAB
from homelab.assess.uptime import Computed
from homelab.documents.read import load
from homelab.errors import Undecidable
from homelab.gitops.read import read
from homelab.gitops.repository import of_tree
from homelab.ground import FILE
from homelab.kube.tree import Tree, YamlFile

MINUTES = 525960
FILES = {
    FILE: """
name: odd
kubernetes: 1.35.2
hosts: {one: {cpu: 8, memory: 32Gi}, two: {cpu: 8, memory: 32Gi}}
nodes:
  a: {role: control-plane, host: one, cpu: 2, memory: 4Gi, labels: {topology.kubernetes.io/zone: one}}
  b: {role: worker, host: one, cpu: 4, memory: 8Gi, labels: {topology.kubernetes.io/zone: one}}
  c: {role: worker, host: two, cpu: 4, memory: 8Gi, labels: {topology.kubernetes.io/zone: two, disk: fast}}
site: {grid: us, ups: 20m, uplinks: 2}
public: [app.example.org]
rates: {host: {mttf: 10000, mttr: 24, reason: measured}}
""",
    "app.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      nodeSelector: {disk: fast}
      tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: app}}}
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [fast]}]}]
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: app}}}
      containers:
        - name: main
          image: app:1
          env: [{name: DB, value: "http://db.web.svc:5432"}]
          livenessProbe: {httpGet: {port: 80}}
          resources: {requests: {memory: 128Mi}, limits: {memory: 256Mi}}
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main, image: "db:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast, resources: {requests: {storage: 1Gi}}}}]
---
{apiVersion: v1, kind: Service, metadata: {name: app, namespace: web}, spec: {selector: {app: app}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: web}, spec: {selector: {app: db}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: web}, spec: {storageClassName: unknown}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: rancher.io/local-path}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: app, namespace: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: app}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: app, namespace: web}
spec: {scaleTargetRef: {kind: Deployment, name: app}, minReplicas: 2, maxReplicas: 4}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: web}
spec: {hostnames: [app.example.org], parentRefs: [{name: gate}], rules: [{backendRefs: [{name: app, port: 80}]}]}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gate, namespace: web}, spec: {listeners: [{name: http, port: 80}]}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg, namespace: web}
spec: {instances: 3, storage: {size: 1Gi, storageClass: fast}}
---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {name: rook-ceph, namespace: rook-ceph}
spec: {mon: {count: 3}, mgr: {count: 2}, storage: {useAllNodes: true}}
---
apiVersion: ceph.rook.io/v1
kind: CephBlockPool
metadata: {name: pool, namespace: rook-ceph}
spec: {failureDomain: host, replicated: {size: 3}}
""",
}
BODIES = {path: load(text, path) for path, text in FILES.items()}


def minutes(bodies: dict[str, list[Any]]) -> float:
    """The lab's downtime in minutes a year."""
    tree = Tree({path: YamlFile(tuple(found)) for path, found in bodies.items()})
    return Computed.of(read(of_tree(tree))).minutes("lan:" + LAB)


def test_the_lab_that_is_mutated_has_a_figure() -> None:
    """Without a change the lab is up most of the time, and not always."""
    assert 10 < minutes(BODIES) < MINUTES / 10


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(mutations(BODIES))
def test_an_odd_lab_has_a_figure_or_a_sentence(bodies: dict[str, list[Any]]) -> None:
    """Missing fields, no replicas, unknown classes: a figure between never and always, or Undecidable, and nothing else."""
    with contextlib.suppress(Undecidable):
        assert 0 <= minutes(bodies) <= MINUTES + 1
