"""What kustomize is asked about every kind it treats apart: all references it follows, all templates, selectors and lists."""

from __future__ import annotations

REFERRED = {
    "referred/kustomization.yaml": "resources: [refs.yaml, webhooks.yaml]\n",
    "referred/refs.yaml": """
apiVersion: v1
kind: List
items:
  - {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: x}
  - {apiVersion: v1, kind: PersistentVolume, metadata: {name: disk}, spec: {storageClassName: fast}}
  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {storageClassName: fast, volumeName: disk}}
  - {apiVersion: v1, kind: Secret, metadata: {name: pull}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: runner}, imagePullSecrets: [{name: pull}], secrets: [{name: pull}]}
  - {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1}
  - {apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: outside}}
  - {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {ingressClassName: outside, tls: [{secretName: pull}]}}
  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: [{resourceNames: [conf, disk, x]}]}
  - {apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: lists}, rules: [{resourceNames: [pull, disk]}]}
  - {apiVersion: networking.k8s.io/v1beta1, kind: Ingress, metadata: {name: early}, spec: {backend: {serviceName: near, servicePort: 1}}}
  - {apiVersion: v1, kind: Service, metadata: {name: near}}
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata: {name: reads}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
    subjects: [{kind: ServiceAccount, name: runner}, {kind: User, name: runner}]
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  selector: {app: old}
  template:
    metadata: {labels: {app: old}}
    spec:
      priorityClassName: high
      containers:
        - name: main
          image: old
          env: [{name: A, valueFrom: {configMapKeyRef: {name: conf, key: a}}}]
          envFrom: [{secretRef: {name: pull}}]
      initContainers:
        - name: first
          image: old
          env:
            - {name: A, valueFrom: {configMapKeyRef: {name: conf, key: a}}}
            - {name: B, valueFrom: {secretKeyRef: {name: pull, key: a}}}
          envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: pull}}]
      volumes: [{name: a, secret: {secretName: pull}}, {name: b, configMap: {name: conf}}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: set}
spec: {selector: {matchLabels: {app: set}}, template: {metadata: {labels: {app: set}}, spec: {containers: [{name: main, image: old}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: each}
spec:
  selector: {matchLabels: {app: each}}
  template:
    metadata: {labels: {app: each}}
    spec: {serviceAccountName: runner, imagePullSecrets: [{name: pull}], containers: [{name: main, image: old}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kept}
spec:
  serviceName: hook
  selector: {matchLabels: {app: kept}}
  template: {metadata: {labels: {app: kept}}, spec: {containers: [{name: main, image: old, volumeDevices: [{devicePath: /dev/a, name: data}]}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: set}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: ReplicaSet, name: set}, maxReplicas: 3}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: old}
spec: {scaleTargetRef: {apiVersion: v1, kind: ReplicationController, name: old}, maxReplicas: 3}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: kept}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: kept}, maxReplicas: 3}
---
apiVersion: example.org/v1
kind: Thing
metadata: {name: thing}
spec: {secretName: pull, template: {spec: {initContainers: [{name: a, image: old}]}}}
""",
    "referred/webhooks.yaml": """
apiVersion: v1
kind: Service
metadata: {name: hook, namespace: hooks}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.org}
spec: {service: {name: hook, namespace: hooks}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: checks}
webhooks: [{name: a.example.org, clientConfig: {service: {name: hook, namespace: hooks}}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: changes}
webhooks: [{name: a.example.org, clientConfig: {service: {name: hook, namespace: hooks}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pods.example.org}
spec: {names: {kind: Pods}, conversion: {webhook: {clientConfig: {service: {name: hook, namespace: hooks}}}}, containers: [{name: a, image: old}]}
""",
}
FOLLOWED = {
    "references as they are": "",
    "every reference": "namePrefix: pre-",
    "every reference moved": "namespace: moved\nnameSuffix: -x",
    "labels of every kind": "commonLabels: {tier: back}\ncommonAnnotations: {team: a}",
    "labels in templates of every kind": "labels: [{pairs: {tier: back}, includeTemplates: true}]",
    "replicas of every kind": "replicas: [{name: old, count: 3}, {name: set, count: 4}, {name: kept, count: 6}]",
    "images of every kind": "images: [{name: old, newName: new, newTag: '1'}]",
    "replicas by the old name": "namePrefix: pre-\nreplicas: [{name: kept, count: 2}]",
    "operations in lists and odd keys": """
patches:
  - target: {kind: Thing}
    patch: |
      - {op: add, path: /metadata/labels, value: {a~b: "1", c/d: "2", gone: "3"}}
      - {op: replace, path: /metadata/labels/a~0b, value: "4"}
      - {op: remove, path: /metadata/labels/gone}
      - {op: replace, path: /spec/template/spec/initContainers/0, value: {name: b}}
      - {op: copy, from: /spec/template/spec/initContainers/0, path: /spec/template/spec/initContainers/-}
      - {op: replace, path: /spec/template/spec/initContainers/1/name, value: c}
      - {op: move, from: /spec/secretName, path: /spec/moved}
      - {op: test, path: /metadata/labels/c~1d, value: "2"}
""",
    "merges by their keys": """
patches:
  - patch: |
      apiVersion: apps/v1
      kind: StatefulSet
      metadata: {name: kept}
      spec: {template: {spec: {containers: [{name: main, volumeDevices: [{devicePath: /dev/a, name: other}, {devicePath: /dev/b, name: data}]}]}}}
  - patch: |
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingWebhookConfiguration
      metadata: {name: checks}
      webhooks: [{name: a.example.org, failurePolicy: Ignore}]
  - patch: |
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: runner}
      secrets: [{name: more}]
""",
    "settings merged with labels": """
configMapGenerator: [{name: conf, behavior: merge, literals: [b=2], options: {labels: {l: m}, annotations: {said: so}}}]
secretGenerator: [{name: pull, behavior: replace, literals: [b=2]}]
""",
}
