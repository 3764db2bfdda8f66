"""Whose data a schedule copies: by namespace, labels, names, marks, and what pods ask for or spare."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE
from homelab.kube.copies import Distance, distance
from homelab.kube.facts import Backup
from homelab.kube.saved import copied

VELERO = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: velero, namespace: velero}
spec:
  selector: {matchLabels: {name: velero}}
  template: {metadata: {labels: {name: velero}}, spec: {containers: [{name: velero, image: "velero/velero:v1.18.1", args: [server%s]}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-agent, namespace: velero}
spec:
  selector: {matchLabels: {name: node-agent}}
  template: {metadata: {labels: {name: node-agent}}, spec: {containers: [{name: agent, image: "velero/velero:v1.18.1"}]}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: nightly, namespace: velero}
spec: {schedule: "0 2 * * *", template: {%s}}
---
"""
HELD = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop%s}
spec: {accessModes: [ReadWriteOnce], storageClassName: %s}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: notes, namespace: shop}
spec:
  selector: {matchLabels: {app: notes}}
  template:
    metadata: {labels: {app: notes, tier: web%s}%s}
    spec:
      volumes: [{name: files, persistentVolumeClaim: {claimName: data}}, {name: cache, emptyDir: {}}]
      containers: [{name: notes, image: "notes:1"}]
---
"""
ALL = "defaultVolumesToFsBackup: true, "


def said(text: str) -> str:
    inventory = read(of_texts({"all.yaml": text}))
    claim = inventory.get("PersistentVolumeClaim", "shop", "data")
    assert claim is not None
    answer = copied(inventory, claim)
    return "yes" if answer.there else "no" if answer.missing else answer.why


def held(*, claim: str = "", storage: str = "fast", labels: str = "", notes: str = "") -> str:
    return HELD % (claim, storage, labels, f", annotations: {{{notes}}}" if notes else "")


@pytest.mark.parametrize(("flags", "template", "pod", "answer"), [
    ("", ALL, {}, "yes"),
    ("", "", {}, "no"),
    (", --default-volumes-to-fs-backup", "", {}, "yes"),
    (", --default-volumes-to-fs-backup=false", "", {}, "no"),
    (", --features=EnableCSI", "", {}, "yes"),
    (", --features=EnableCSI", "snapshotVolumes: false", {}, "no"),
    ("", "", {"notes": "backup.velero.io/backup-volumes: 'cache, files'"}, "yes"),
    ("", "", {"notes": "backup.velero.io/backup-volumes: cache"}, "no"),
    ("", ALL, {"notes": "backup.velero.io/backup-volumes-excludes: files"}, "no"),
    ("", ALL, {"notes": "backup.velero.io/backup-volumes-excludes: cache"}, "yes"),
    ("", ALL, {"labels": ", velero.io/exclude-from-backup: 'true'"}, "no"),
    ("", ALL + "labelSelector: {matchLabels: {app: notes}}", {}, "yes"),
    ("", ALL + "labelSelector: {matchLabels: {app: other}}", {}, "no"),
    ("", ALL + "labelSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}", {}, "no"),
    ("", ALL + "orLabelSelectors: [{matchLabels: {app: x}}, {matchLabels: {tier: web}}]", {}, "yes"),
    ("", ALL + "orLabelSelectors: [{matchLabels: {app: x}}]", {}, "no"),
    ("", ALL + "includedNamespaces: ['sh*']", {}, "yes"),
    ("", ALL + "includedNamespaces: [other]", {}, "no"),
    ("", ALL + "excludedNamespaces: [shop]", {}, "no"),
    ("", ALL + "includedResources: [configmaps]", {}, "no"),
    ("", ALL + "excludedResources: [pods]", {}, "no"),
    ("", ALL + "excludedResources: [persistentvolumeclaims]", {}, "no"),
    ("", ALL + "includedResources: [pods]", {}, "no"),
    ("", ALL + "includedResources: [pods, pvc]", {}, "yes"),
    ("", "includedResources: [pods]", {"notes": "backup.velero.io/backup-volumes: files"}, "yes"),
])  # fmt: skip
def test_velero_copies_what_its_filters_let_through(flags, template, pod, answer):
    """Flags, selectors, namespaces, kinds and the annotations of pods each decide as Velero does."""
    assert said(VELERO % (flags, template.strip(", ")) + held(**pod)) == answer


POLICY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: policies, namespace: velero}
data:
  policies.yaml: |
    version: v1
    volumePolicies:
    - conditions: {storageClass: [fast]}
      action: {type: %s}
---
"""


@pytest.mark.parametrize(("action", "answer"), [("fs-backup", "yes"), ("snapshot", "yes"), ("skip", "no")])
def test_a_policy_may_have_volumes_copied(action, answer):
    """Velero copies what a resource policy says, whatever its flags."""
    asks = "resourcePolicy: {kind: configmap, name: policies}"
    assert said(VELERO % ("", asks) + POLICY % action + held()) == answer


K8UP = """
apiVersion: k8up.io/v1
kind: Schedule
metadata: {name: nightly, namespace: %s}
spec: {%s: {schedule: "0 3 * * *"}}
---
"""
VOLSYNC = """
apiVersion: volsync.backube/v1alpha1
kind: ReplicationSource
metadata: {name: nightly, namespace: shop}
spec: {%s}
---
"""
LONGHORN = """
apiVersion: longhorn.io/v1beta2
kind: RecurringJob
metadata: {name: nightly, namespace: longhorn-system}
spec: {cron: "0 3 * * *", task: %s, groups: [%s]}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: long}
provisioner: driver.longhorn.io
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: grouped}
provisioner: driver.longhorn.io
parameters: {recurringJobSelector: '[{"name": "gold", "isGroup": true}]'}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: rook-ceph.rbd.csi.ceph.com
---
"""


@pytest.mark.parametrize(("text", "answer"), [
    (K8UP % ("shop", "backup") + held(), "yes"),
    (K8UP % ("other", "backup") + held(), "no"),
    (K8UP % ("shop", "prune") + held(), "no"),
    (K8UP % ("shop", "backup") + held(claim=", annotations: {k8up.io/backup: 'false'}"), "no"),
    (VOLSYNC % 'sourcePVC: data, trigger: {schedule: "0 3 * * *"}, restic: {repository: r}' + held(), "yes"),
    (VOLSYNC % "sourcePVC: data, rsyncTLS: {address: 192.168.1.5}" + held(), "yes"),
    (VOLSYNC % "sourcePVC: data-old, restic: {repository: r}" + held(), "no"),
    (VOLSYNC % "sourcePVC: old, restic: {repository: r}" + held(), "no"),
    (VOLSYNC % "sourcePVC: data, paused: true, restic: {repository: r}" + held(), "no"),
    (VOLSYNC % "sourcePVC: data, trigger: {manual: now}, restic: {repository: r}" + held(), "no"),
    (LONGHORN % ("backup", "default") + held(storage="long"), "yes"),
    (LONGHORN % ("snapshot", "default") + held(storage="long"), "no"),
    (LONGHORN % ("backup", "default") + held(storage="fast"), "no"),
    (LONGHORN % ("backup", "default") + held(storage="grouped"), "no"),
    (LONGHORN % ("backup", "gold") + held(storage="grouped"), "yes"),
    (LONGHORN % ("backup", "gold") + held(storage="long"), "no"),
    (LONGHORN % ("backup", "") + held(storage="long", claim=", labels: {recurring-job.longhorn.io/nightly: enabled}"), "yes"),
    (LONGHORN % ("backup", "default") + held(storage="long", claim=", labels: {recurring-job-group.longhorn.io/gold: enabled}"), "no"),
    (LONGHORN % ("backup", "default") + held(storage="elsewhere"), "class elsewhere is not declared here, and may be of driver.longhorn.io"),
])  # fmt: skip
def test_other_programs_copy_what_they_say(text, answer):
    """K8up takes the claims of its namespace, VolSync the one it names, Longhorn those of its groups."""
    assert said(text) == answer


def test_a_job_that_reads_a_claim_may_copy_it():
    """A CronJob over the same claim, or a program that copies files, is neither a backup nor none."""
    job = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: copy, namespace: shop}
spec:
  schedule: "0 4 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
          containers: [{name: copy, image: "copy:1"}]
---
"""
    assert said(job + held()) == "CronJob copy reads data and may copy it"
    assert said(held().replace('"notes:1"', '"litestream/litestream:0.5"')).endswith("litestream, which may copy it")


@pytest.mark.parametrize(("body", "known"), [
    ("apiVersion: stash.example.org/v1\nkind: Plan\nmetadata: {name: all, namespace: shop}\n---\n", False),
    ("apiVersion: save.example.org/v1\nkind: BackupPlan\nmetadata: {name: all, namespace: save}\nspec: {of: [shop]}\n---\n", False),
    ("apiVersion: save.example.org/v1\nkind: BackupPlan\nmetadata: {name: all, namespace: save}\nspec: {of: [web]}\n---\n", True),
    ("apiVersion: save.example.org/v1\nkind: Plan\nmetadata: {name: all, namespace: shop}\nspec: {of: [data]}\n---\n", False),
    ("apiVersion: save.example.org/v1\nkind: Plan\nmetadata: {name: all, namespace: shop}\nspec: {of: [old]}\n---\n", True),
])  # fmt: skip
def test_a_strange_program_may_copy_what_it_names(body, known):
    """A custom resource that nobody knows, called like a backup or naming the claim, is neither a backup nor none."""
    assert (said(body + held()) == "no") is known


NAS = """
apiVersion: velero.io/v1
kind: BackupStorageLocation
metadata: {name: default, namespace: velero}
spec: {objectStorage: {bucket: copies}, config: {s3Url: "https://nas.example.org"}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: nightly, namespace: velero}
spec: {schedule: "0 2 * * *", template: {storageLocation: default}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: nas, namespace: shop}
spec: {rules: [{host: nas.example.org, http: {paths: [{backend: {service: {name: nas, port: {number: 443}}}}]}}]}
---
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: nas, namespace: shop}\nspec: {%s}\n---\n"
SLICE = """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: nas-1, namespace: shop, labels: {kubernetes.io/service-name: nas}}
endpoints: [{addresses: [%s]}]
"""
ENDPOINTS = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: nas, namespace: shop}\nsubsets: [{addresses: [{ip: 192.168.1.5}]}]\n"
GROUND = "nodes: {a: {role: control-plane, address: 192.168.1.10, cpu: 4, memory: 8Gi}}\n"


@pytest.mark.parametrize(("text", "far"), [
    (SERVICE % "selector: {app: minio}", Distance.CLUSTER),
    (SERVICE % "ports: [{port: 443}]" + SLICE % "192.168.1.5", Distance.SITE),
    (SERVICE % "ports: [{port: 443}]" + SLICE % "192.168.1.10", Distance.CLUSTER),
    (SERVICE % "ports: [{port: 443}]" + SLICE % "8.8.8.8", Distance.AWAY),
    (SERVICE % "ports: [{port: 443}]" + SLICE % "192.168.1.5, 192.168.1.10", Distance.CLUSTER),
    (SERVICE % "ports: [{port: 443}]" + ENDPOINTS, Distance.SITE),
    (SERVICE % "type: ExternalName, externalName: nas.lan", Distance.SITE),
    (SERVICE % "type: ExternalName, externalName: s3.example.com", Distance.AWAY),
    (SERVICE % "type: ExternalName, externalName: nas.example.org", Distance.CLUSTER),
    (SERVICE % "ports: [{port: 443}]", Distance.CLUSTER),
])  # fmt: skip
def test_a_hostname_of_the_cluster_is_as_far_as_its_endpoints(text, far):
    """Copies go where a name's Service leads: to pods, to addresses that somebody wrote down, or to another name."""
    inventory = read(of_texts({"all.yaml": NAS + text, FILE: GROUND}))
    (backup,) = inventory.facts_of(Backup)
    assert distance(inventory, backup) is far


@pytest.mark.parametrize(("claim", "there"), [("data-store-0", True), ("data-store", False), ("data-other-0", False)])
def test_a_claim_of_a_statefulset_is_copied_by_its_own_name(claim, there):
    """VolSync names the claim of one pod: template, set and number."""
    text = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  selector: {matchLabels: {app: store}}
  template: {metadata: {labels: {app: store}}, spec: {containers: [{name: s, image: "s:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]
---
"""
    inventory = read(of_texts({"all.yaml": text + VOLSYNC % f"sourcePVC: {claim}, restic: {{repository: r}}"}))
    holder = inventory.get("StatefulSet", "shop", "store")
    assert holder is not None
    assert copied(inventory, holder).there is there
