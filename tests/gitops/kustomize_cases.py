"""What kustomize is asked: one folder for every transformer, patch and generator, alone, below another, and refused."""

from __future__ import annotations

import re

from gitops.kustomize_kinds import FOLLOWED, REFERRED

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: there, labels: {app: web}, annotations: {team: a}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: runner
      imagePullSecrets: [{name: pull}]
      initContainers: [{name: wait, image: busybox}]
      containers:
        - name: main
          image: docker.io/example/web:1.0
          ports: [{name: http, containerPort: 80}]
          args: [--a, --b]
          env: [{name: A, value: one}, {name: B, valueFrom: {secretKeyRef: {name: keys, key: b}}}]
          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: elsewhere}}]
          volumeMounts: [{name: data, mountPath: /data}]
        - {name: side, image: "registry.example.org:5000/side@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
      volumes:
        - {name: data, persistentVolumeClaim: {claimName: data}}
        - {name: conf, configMap: {name: settings}}
        - {name: mixed, projected: {sources: [{secret: {name: keys}}, {configMap: {name: settings}}]}}
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: host, labelSelector: {matchLabels: {app: web}}}
          preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 1, podAffinityTerm: {topologyKey: host, labelSelector: {matchLabels: {app: web}}}}
"""
REST = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare}
spec: {ports: [{port: 1}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {app: db}}}, {namespaceSelector: {matchLabels: {name: x}}}]}]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 3}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
  tls: [{hosts: [a.b], secretName: keys}]
  rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {hostnames: [a.b], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1"}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
data: {b: aGk=}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: runner, namespace: other}, {kind: ServiceAccount, name: default, namespace: other}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects: [{kind: ServiceAccount, name: runner, namespace: other}, {kind: ServiceAccount, name: stranger, namespace: other}]
---
apiVersion: v1
kind: Namespace
metadata: {name: there}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: web
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: "postgres:16"}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 4 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1"}]}}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: http}, {port: metrics}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec: {group: example.org, scope: Namespaced, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true, storage: true}]}
"""
BASE = {"base/web.yaml": WEB, "base/rest.yaml": REST, "base/kustomization.yaml": "resources: [web.yaml, rest.yaml]\n"}
OVERLAYS = {
    "nothing": "",
    "namespace": "namespace: mine",
    "prefix": "namePrefix: pre-",
    "suffix": "nameSuffix: -post",
    "prefix and namespace": "namePrefix: pre-\nnamespace: mine",
    "common labels": "commonLabels: {tier: front}",
    "labels": "labels: [{pairs: {tier: front}}]",
    "labels with templates": "labels: [{pairs: {tier: front}, includeTemplates: true}]",
    "labels with selectors": "labels: [{pairs: {tier: front}, includeSelectors: true}]",
    "annotations": "commonAnnotations: {team: b, other: c}",
    "replicas": "replicas: [{name: web, count: 3}, {name: db, count: 2}]",
    "images: tag": "images: [{name: docker.io/example/web, newTag: '2.0'}]",
    "images: name": "images: [{name: busybox, newName: example.org/busybox}]",
    "images: name and tag": "images: [{name: postgres, newName: example.org/pg, newTag: '17'}]",
    "images: digest": "images: [{name: postgres, digest: 'sha256:1111'}]",
    "images: port": "images: [{name: 'registry.example.org:5000/side', newTag: v2}]",
    "merge": """
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: there, annotations: {team: c}}
      spec:
        replicas: null
        template:
          spec:
            containers:
              - name: main
                args: [--c]
                env: [{name: A, value: two}, {name: C, value: three}]
                ports: [{containerPort: 81}]
                volumeMounts: [{name: more, mountPath: /more}]
              - {name: third, image: third}
            volumes: [{name: data, $patch: delete}, {name: more, emptyDir: {}}]
""",
    "merge with a target": """
patches:
  - target: {kind: (Deployment|StatefulSet), name: .*}
    patch: |
      kind: Ignored
      metadata: {name: ignored, labels: {patched: "yes"}}
      spec: {template: {spec: {priorityClassName: high}}}
""",
    "merge by label": """
patches:
  - target: {labelSelector: app=web}
    patch: |
      apiVersion: x
      kind: X
      metadata: {name: x, annotations: {seen: "1"}}
""",
    "merge by name only": """
patches:
  - target: {name: web}
    patch: |
      - {op: add, path: /metadata/labels, value: {x: y}}
""",
    "merge by group and version": """
patches:
  - target: {group: apps, version: v1, kind: StatefulSet}
    patch: |
      - {op: add, path: /spec/replicas, value: 2}
  - target: {version: v2}
    patch: |
      - {op: replace, path: /spec/minReplicas, value: 1}
""",
    "merge a custom resource": """
patches:
  - patch: |
      apiVersion: monitoring.coreos.com/v1
      kind: ServiceMonitor
      metadata: {name: web}
      spec: {endpoints: [{port: other}]}
""",
    "merge replaces a map": """
patches:
  - patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings}
      data: {$patch: replace, b: "2"}
""",
    "merge deletes a key": """
patches:
  - patch: |
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata: {name: web}
      spec: {defaultBackend: null}
""",
    "merge deletes an object": """
patches:
  - patch: |
      apiVersion: v1
      kind: Service
      metadata: {name: bare}
      $patch: delete
""",
    "a file of merges": "patchesStrategicMerge: [two.yaml]",
    "json": """
patches:
  - target: {kind: Deployment, name: web}
    patch: |
      - {op: replace, path: /spec/replicas, value: 5}
      - {op: add, path: /metadata/annotations/example.org~1x, value: "y"}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --z}
      - {op: add, path: /spec/template/spec/containers/0/args/0, value: --first}
      - {op: remove, path: /spec/template/spec/containers/1}
      - {op: test, path: /spec/replicas, value: 5}
      - {op: copy, from: /spec/replicas, path: /spec/minReadySeconds}
      - {op: move, from: /metadata/annotations/team, path: /metadata/annotations/moved}
""",
    "old json": """
patchesJson6902:
  - target: {group: apps, version: v1, kind: Deployment, name: web}
    patch: |
      - {op: replace, path: /spec/replicas, value: 7}
""",
    "generators": """
configMapGenerator:
  - {name: made, literals: [a=1, b=two=2, 'c="quoted"']}
  - {name: fixed, files: [note.yaml, renamed.yaml=note.yaml], options: {disableNameSuffixHash: true, labels: {l: m}, annotations: {said: so}}}
  - {name: env, envs: [pairs.yaml]}
secretGenerator: [{name: token, namespace: s, literals: [t=secret], type: Opaque}]
generatorOptions: {labels: {from: generator}}
""",
    "a generator with merge": """
configMapGenerator: [{name: settings, behavior: merge, literals: [b=2]}]
""",
    "a generator that replaces": """
configMapGenerator: [{name: settings, behavior: replace, literals: [b=2]}]
""",
    "a component": "components: [../component]\nnamespace: mine",
    "images: tag and digest": "images: [{name: postgres, newTag: '17', digest: 'sha256:1111'}]",
    "images: two steps": """
images: [{name: busybox, newName: first}, {name: first, newTag: '2'}]
""",
    "merge service ports": """
patches:
  - patch: |
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {ports: [{port: 443, name: https}, {port: 80, name: plain}]}
""",
    "merge the second container": """
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: there}
      spec:
        template:
          spec:
            containers: [{name: side, args: [--x]}]
            initContainers: [{name: first, image: first}]
            tolerations: [{operator: Exists}]
            hostAliases: [{ip: 1.2.3.4, hostnames: [x]}]
            imagePullSecrets: [{name: more}]
            volumes: [{name: conf, configMap: null, secret: {secretName: keys}}]
            affinity: {$patch: delete}
""",
    "merge replaces a list": """
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: there}
      spec: {template: {spec: {volumes: [{$patch: replace}, {name: only, emptyDir: {}}]}}}
""",
    "merge network rules": """
patches:
  - patch: |
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: web}
      spec: {ingress: [{ports: [{port: 80}]}], egress: null}
""",
    "merge by label expressions": """
patches:
  - target: {labelSelector: "app in (web, db), !other"}
    patch: |
      - {op: add, path: /metadata/labels/seen, value: "1"}
  - target: {annotationSelector: team=a}
    patch: |
      - {op: add, path: /metadata/labels/team, value: a}
""",
    "patch by name in a pattern": """
patches:
  - target: {kind: Service, name: w.b}
    patch: |
      - {op: add, path: /spec/type, value: ClusterIP}
""",
    "patch in a namespace": """
patches:
  - target: {name: web, namespace: there}
    patch: |
      - {op: add, path: /metadata/labels/in, value: there}
""",
    "order of annotations and old patches": """
commonAnnotations: {team: b}
patchesJson6902:
  - target: {group: apps, version: v1, kind: Deployment, name: web}
    patch: |
      - {op: replace, path: /metadata/annotations/team, value: c}
""",
    "everything": """
namespace: mine
namePrefix: pre-
nameSuffix: -x
commonLabels: {tier: front}
commonAnnotations: {team: z}
replicas: [{name: web, count: 4}]
images: [{name: busybox, newTag: '9'}]
configMapGenerator: [{name: made, literals: [a=1]}]
patches: [{target: {kind: Service}, patch: '[{"op": "add", "path": "/spec/type", "value": "ClusterIP"}]'}]
""",
}
COMPONENT = {
    "component/kustomization.yaml": """
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [more.yaml]
namePrefix: c-
patches: [{target: {kind: Deployment}, patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'}]
""",
    "component/more.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}",
}
BESIDE = {
    "note.yaml": "a: note\n",
    "pairs.yaml": "# said\nA=1\n\nB=two\n",
    "two.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: null, c: "3"}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {template: {spec: {containers: [{name: main, image: "postgres:17"}]}}}
""",
}
BELOW = "-below"
OUTER = "namePrefix: outer-\ncommonLabels: {outer: 'true'}\nnamespace: outer\n"
NAMED = {
    "one/kustomization.yaml": "resources: [app.yaml]\nnamePrefix: one-\nnamespace: one\n",
    "one/app.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: old}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: runner, namespace: old}, {kind: ServiceAccount, name: default, namespace: x}]
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  serviceAccountName: runner
  containers: [{name: main, image: x, envFrom: [{configMapRef: {name: settings}}]}]
""",
    "two/kustomization.yaml": "resources: [app.yaml]\nnamespace: two\n",
    "two/app.yaml": """
apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: main, image: x, envFrom: [{configMapRef: {name: settings}}]}]}
""",
}
NESTED = {
    "patched by the old name": 'resources: [../one]\npatches: [{target: {kind: Pod, name: app}, patch: \'[{"op": "add", "path": "/spec/hostNetwork", "value": true}]\'}]\n',
    "patched by the new name": 'resources: [../one]\npatches: [{target: {kind: Pod, name: one-app}, patch: \'[{"op": "add", "path": "/spec/hostNetwork", "value": true}]\'}]\n',
    "two of one name": "resources: [../one, ../two]\n",
    "two of one name, prefixed again": "resources: [../one, ../two]\nnameSuffix: -x\n",
    "moved together": "resources: [../one, ../two]\nnamespace: both\n",
    "merged by the old name": "resources: [../one]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {b: \"2\"}}'}]\n",
}
REFUSED = {
    "replicas of what has none": "replicas: [{name: nightly, count: 5}]",
    "a merge that matches nothing": "patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: none}}'}]",
    "a patch that is not there": "patches: [{path: gone.yaml}]",
    "an operation on nothing": 'patches: [{target: {kind: Job}, patch: \'[{"op": "replace", "path": "/spec/x/y", "value": 1}]\'}]',
    "a test that fails": 'patches: [{target: {kind: Job}, patch: \'[{"op": "test", "path": "/kind", "value": 1}]\'}]',
    "an operation that is none": 'patches: [{target: {kind: Job}, patch: \'[{"op": "x", "path": "/kind", "value": 1}]\'}]',
    "operations without a target": 'patches: [{patch: \'[{"op": "remove", "path": "/spec"}]\'}]',
    "a component that is not there": "components: [../gone]",
    "a merge into nothing": "configMapGenerator: [{name: none, behavior: merge, literals: [a=b]}]",
    "a file of settings that is not there": "configMapGenerator: [{name: made, envs: [gone.yaml]}]",
    "labels of another type": "commonLabels: [a]",
    "resources of another type": "namePrefix: [a]",
}


def _folder(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def _files() -> dict[str, str]:
    files = {**BASE, **COMPONENT, **NAMED, **REFERRED}
    for name, text in (OVERLAYS | REFUSED | NESTED | FOLLOWED).items():
        base = "" if name in NESTED else f"resources: [../{'referred' if name in FOLLOWED else 'base'}]\n"
        files[f"{_folder(name)}/kustomization.yaml"] = base + text
        files |= {f"{_folder(name)}/{file}": beside for file, beside in BESIDE.items() if file in text}
    for name in OVERLAYS:
        files[f"{_folder(name)}{BELOW}/kustomization.yaml"] = f"resources: [../{_folder(name)}]\n{OUTER}"
    return files


FILES = _files()
"""One repository with every case in a folder of its own, so that what they share is parsed once."""
CASES = {
    **{name: _folder(name) for name in (*OVERLAYS, *FOLLOWED, *NESTED, *REFUSED)},
    **{f"{name}, below another": f"{_folder(name)}{BELOW}" for name in OVERLAYS},
}
"""Every question to its folder; an overlay is asked alone, and below another that has to see it finished."""
