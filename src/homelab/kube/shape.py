"""Shape: whether a manifest has maps where Kubernetes wants maps and lists where it wants lists.

Readers and checks rely on it: what the API server would refuse to decode is set aside where it is read, with a sentence
that names the field, and nothing behind that point asks again. It is no schema: unknown kinds and fields pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.documents.quantity import parse_quantity

TEXT, NUMBER, MAP, TEXTS, MAPS = "text", "a whole number", "a map", "a list of texts", "a list of maps"
AMOUNTS = "a map of quantities such as 100m or 128Mi"
Shape = Mapping[str, Any] | str | tuple[Any]
"""A word for a value, a map of fields, or a one-element tuple: a list of that shape."""
EXPRESSIONS = ({"key": TEXT, "operator": TEXT, "values": TEXTS},)
LABELS = {"matchLabels": MAP, "matchExpressions": EXPRESSIONS}
NODES = {
    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": ({"matchExpressions": EXPRESSIONS},)},
}
SOURCE = {"name": TEXT, "key": TEXT}
CONTEXT = {
    **dict.fromkeys(("seLinuxOptions", "seccompProfile", "appArmorProfile", "windowsOptions"), MAP),
    "capabilities": {"add": TEXTS, "drop": TEXTS},
    "sysctls": MAPS,
}
HANDLER = {"httpGet": MAP, "tcpSocket": MAP}
FILES = {**SOURCE, "items": ({"key": TEXT, "path": TEXT},)}
CONTAINER = {
    "name": TEXT,
    "image": TEXT,
    "args": TEXTS,
    "command": TEXTS,
    "ports": ({"name": TEXT, "containerPort": NUMBER},),
    "env": ({"name": TEXT, "valueFrom": {"secretKeyRef": SOURCE, "configMapKeyRef": SOURCE}},),
    "envFrom": ({"secretRef": SOURCE, "configMapRef": SOURCE},),
    "volumeMounts": MAPS,
    "resources": {"requests": AMOUNTS, "limits": AMOUNTS},
    "securityContext": CONTEXT,
    "livenessProbe": HANDLER,
    "readinessProbe": HANDLER,
    "startupProbe": HANDLER,
    "lifecycle": {"postStart": HANDLER, "preStop": HANDLER},
}
AFFINITY = {
    "labelSelector": LABELS,
    "topologyKey": TEXT,
    "namespaceSelector": LABELS,
    **dict.fromkeys(("namespaces", "matchLabelKeys", "mismatchLabelKeys"), TEXTS),
}
TERMS = {
    "requiredDuringSchedulingIgnoredDuringExecution": (AFFINITY,),
    "preferredDuringSchedulingIgnoredDuringExecution": ({"podAffinityTerm": AFFINITY},),
}
POD = {
    "containers": (CONTAINER,),
    "initContainers": (CONTAINER,),
    "volumes": (
        {
            "secret": {**FILES, "secretName": TEXT},
            "configMap": FILES,
            "persistentVolumeClaim": {"claimName": TEXT},
            "projected": {"sources": ({"secret": FILES, "configMap": FILES},)},
            "emptyDir": MAP,
            "ephemeral": MAP,
        },
    ),
    "affinity": {"podAntiAffinity": TERMS, "podAffinity": TERMS, "nodeAffinity": NODES},
    "topologySpreadConstraints": (
        {
            "labelSelector": LABELS,
            "maxSkew": NUMBER,
            "minDomains": NUMBER,
            "topologyKey": TEXT,
            "whenUnsatisfiable": TEXT,
        },
    ),
    "imagePullSecrets": ({"name": TEXT},),
    "securityContext": CONTEXT,
    "resources": {"requests": AMOUNTS, "limits": AMOUNTS},
    **dict.fromkeys(("nodeName", "priorityClassName", "serviceAccountName", "serviceAccount"), TEXT),
    "os": MAP,
    "nodeSelector": MAP,
    "tolerations": ({"key": TEXT, "operator": TEXT},),
}
METADATA = {"name": TEXT, "namespace": TEXT, "labels": MAP, "annotations": MAP, "finalizers": TEXTS}
TEMPLATE = {"metadata": METADATA, "spec": POD}
CLAIM = {"storageClassName": TEXT, "volumeName": TEXT, "accessModes": TEXTS, "resources": {"requests": MAP}}
SCALED = {
    "replicas": NUMBER,
    "selector": LABELS,
    "template": TEMPLATE,
    "strategy": {"rollingUpdate": MAP},
    "updateStrategy": {"rollingUpdate": MAP},
    "volumeClaimTemplates": ({"metadata": METADATA, "spec": CLAIM},),
}
FILTERS = ({"type": TEXT, "requestMirror": {"backendRef": {"name": TEXT, "port": NUMBER}}},)
ROUTE = {
    "hostnames": TEXTS,
    "parentRefs": ({"name": TEXT, "port": NUMBER},),
    "rules": (
        {
            "backendRefs": ({"name": TEXT, "port": NUMBER, "filters": FILTERS},),
            "matches": MAPS,
            "filters": FILTERS,
        },
    ),
}
BACKEND = {"service": {"name": TEXT, "port": MAP}, "resource": MAP}
TRAEFIK = {"spec": {"routes": ({"match": TEXT, "services": MAPS},)}}
ALLOWED = {
    "sourceRepos": TEXTS,
    **dict.fromkeys(
        (
            "destinations",
            "clusterResourceWhitelist",
            "clusterResourceBlacklist",
            "namespaceResourceWhitelist",
            "namespaceResourceBlacklist",
        ),
        MAPS,
    ),
}
REACHED = {
    "toEndpoints": (LABELS,),
    "toPorts": ({"ports": MAPS},),
    "toEntities": TEXTS,
    "toCIDR": TEXTS,
    "toCIDRSet": MAPS,
}
CILIUM = {"endpointSelector": LABELS, "enableDefaultDeny": MAP, "egress": (REACHED,), "egressDeny": MAPS}
CHART = {
    "repoURL": TEXT,
    "chart": TEXT,
    "path": TEXT,
    "targetRevision": TEXT,
    "ref": TEXT,
    "helm": {"releaseName": TEXT, "valueFiles": TEXTS, "valuesObject": MAP, "parameters": MAPS},
    "directory": MAP,
    "kustomize": MAP,
}
APPLICATION = {
    "source": CHART,
    "sources": (CHART,),
    "destination": {"namespace": TEXT, "server": TEXT},
    "syncPolicy": {"automated": MAP, "retry": MAP, "syncOptions": TEXTS},
}
ISSUER = {"issuerRef": {"name": TEXT, "kind": TEXT, "group": TEXT}, "secretName": TEXT, "dnsNames": TEXTS}
S3 = {"endpointURL": TEXT, "destinationPath": TEXT}
WORKLOAD = {"spec": SCALED}
RULES = {"rules": ({"verbs": TEXTS, "resources": TEXTS},)}
BINDING = {"roleRef": {"kind": TEXT, "name": TEXT}, "subjects": ({"kind": TEXT, "name": TEXT, "namespace": TEXT},)}
KUSTOMIZATION = {
    **dict.fromkeys(("resources", "bases", "components", "patchesStrategicMerge"), TEXTS),
    **dict.fromkeys(("patches", "patchesJson6902", "labels", "replicas", "images", "helmCharts"), MAPS),
    **dict.fromkeys(("configMapGenerator", "secretGenerator"), MAPS),
    **dict.fromkeys(("commonLabels", "commonAnnotations", "generatorOptions"), MAP),
    **dict.fromkeys(("namespace", "namePrefix", "nameSuffix"), TEXT),
}
SHAPES: Mapping[str, Shape] = {
    "Deployment": WORKLOAD,
    "StatefulSet": WORKLOAD,
    "DaemonSet": WORKLOAD,
    "Rollout": WORKLOAD,
    "ReplicaSet": WORKLOAD,
    "ReplicationController": {"spec": {"replicas": NUMBER, "selector": MAP, "template": TEMPLATE}},
    "Job": {"spec": {"template": TEMPLATE}},
    "CronJob": {"spec": {"schedule": TEXT, "jobTemplate": {"metadata": METADATA, "spec": {"template": TEMPLATE}}}},
    "Pod": {"spec": POD},
    "Service": {"spec": {"selector": MAP, "ports": ({"name": TEXT, "port": NUMBER},)}},
    "EndpointSlice": {"endpoints": ({"addresses": TEXTS},)},
    "Endpoints": {"subsets": ({"addresses": ({"ip": TEXT},)},)},
    "Role": RULES,
    "ClusterRole": RULES,
    "RoleBinding": BINDING,
    "ClusterRoleBinding": BINDING,
    "CustomResourceDefinition": {"spec": {"group": TEXT, "names": {"kind": TEXT}}},
    "PersistentVolume": {"spec": {"storageClassName": TEXT}},
    "PodDisruptionBudget": {"spec": {"selector": LABELS}},
    "PersistentVolumeClaim": {"spec": CLAIM},
    "HorizontalPodAutoscaler": {"spec": {"scaleTargetRef": {"name": TEXT}, "minReplicas": NUMBER}},
    "ScaledObject": {"spec": {"scaleTargetRef": {"name": TEXT}, "minReplicaCount": NUMBER}},
    "LimitRange": {"spec": {"limits": (dict.fromkeys(("default", "defaultRequest", "max", "min"), MAP),)}},
    "NetworkPolicy": {
        "spec": {
            "podSelector": LABELS,
            "policyTypes": TEXTS,
            "egress": ({"ports": MAPS, "to": ({"ipBlock": MAP, "namespaceSelector": LABELS, "podSelector": LABELS},)},),
        }
    },
    "CiliumNetworkPolicy": {"spec": CILIUM, "specs": (CILIUM,)},
    "CiliumClusterwideNetworkPolicy": {"spec": CILIUM, "specs": (CILIUM,)},
    "AlertmanagerConfig": {"spec": {"receivers": MAPS, "route": MAP}},
    "Secret": {"data": MAP, "stringData": MAP},
    "ConfigMap": {"data": MAP},
    "SealedSecret": {"spec": {"encryptedData": MAP, "template": {"metadata": METADATA}}},
    "HTTPRoute": {"spec": ROUTE},
    "GRPCRoute": {"spec": ROUTE},
    "TLSRoute": {"spec": ROUTE},
    "TCPRoute": {"spec": ROUTE},
    "UDPRoute": {"spec": ROUTE},
    "IngressRoute": TRAEFIK,
    "IngressRouteTCP": TRAEFIK,
    "IngressRouteUDP": TRAEFIK,
    "ReferenceGrant": {"spec": {"from": MAPS, "to": MAPS}},
    "AppProject": {"spec": ALLOWED},
    "CiliumL2AnnouncementPolicy": {"spec": {"serviceSelector": LABELS, "nodeSelector": LABELS}},
    "Ingress": {
        "spec": {
            "defaultBackend": BACKEND,
            "rules": ({"host": TEXT, "http": {"paths": ({"backend": BACKEND},)}},),
            "tls": ({"secretName": TEXT},),
        }
    },
    "Gateway": {
        "spec": {
            "gatewayClassName": TEXT,
            "listeners": (
                {
                    "name": TEXT,
                    "port": NUMBER,
                    "tls": {"certificateRefs": ({"name": TEXT},)},
                    "allowedRoutes": {"namespaces": {"from": TEXT, "selector": LABELS}, "kinds": MAPS},
                },
            ),
            "infrastructure": {"parametersRef": {"name": TEXT}},
        }
    },
    "GatewayClass": {"spec": {"controllerName": TEXT, "parametersRef": {"name": TEXT}}},
    "EnvoyProxy": {
        "spec": {
            "provider": {
                "kubernetes": {
                    "envoyDeployment": {
                        "replicas": NUMBER,
                        "pod": MAP,
                        "container": MAP,
                        "patch": MAP,
                        "strategy": MAP,
                    },
                    "envoyDaemonSet": MAP,
                    "envoyHpa": {"minReplicas": NUMBER},
                    "envoyPDB": MAP,
                    "envoyService": MAP,
                }
            }
        }
    },
    "SecurityPolicy": {
        "spec": {"targetRefs": ({"name": TEXT},), "targetRef": {"name": TEXT}, "targetSelectors": (LABELS,)}
    },
    "Certificate": {"spec": ISSUER},
    "ServiceMonitor": {
        "spec": {"selector": LABELS, "namespaceSelector": {"matchNames": TEXTS}, "endpoints": ({"port": TEXT},)}
    },
    "PodMonitor": {
        "spec": {"selector": LABELS, "namespaceSelector": {"matchNames": TEXTS}, "podMetricsEndpoints": MAPS}
    },
    "PrometheusRule": {"spec": {"groups": ({"name": TEXT, "rules": MAPS},)}},
    "Prometheus": {"spec": {"replicas": NUMBER, **dict.fromkeys(("ruleSelector", "serviceMonitorSelector"), LABELS)}},
    "Alertmanager": {"spec": {"replicas": NUMBER}},
    "Application": {"spec": APPLICATION},
    "ApplicationSet": {"spec": {"generators": MAPS, "template": {"metadata": METADATA, "spec": APPLICATION}}},
    "Kustomization": KUSTOMIZATION,
    "Component": KUSTOMIZATION,
    "Cluster": {
        "spec": {
            "instances": NUMBER,
            "storage": {"storageClass": TEXT},
            "plugins": ({"name": TEXT, "parameters": MAP},),
            "backup": {"barmanObjectStore": S3},
            "minSyncReplicas": NUMBER,
            "postgresql": MAP,
            "affinity": MAP,
        }
    },
    "ScheduledBackup": {"spec": {"schedule": TEXT, "cluster": SOURCE, "pluginConfiguration": SOURCE}},
    "ObjectStore": {"spec": {"configuration": S3}},
    "Schedule": {
        "spec": {
            "schedule": TEXT,
            "template": {
                "includedNamespaces": TEXTS,
                "excludedNamespaces": TEXTS,
                "storageLocation": TEXT,
                "ttl": TEXT,
            },
        }
    },
    "BackupStorageLocation": {"spec": {"config": {"s3Url": TEXT}, "objectStorage": {"bucket": TEXT}}},
    "CephCluster": {
        "spec": {
            "mon": {"count": NUMBER},
            "mgr": {"count": NUMBER},
            "storage": {"nodes": ({"name": TEXT},)},
            "placement": MAP,
            "resources": MAP,
        }
    },
    "CephBlockPool": {"spec": {"failureDomain": TEXT, "replicated": {"size": NUMBER}, "erasureCoded": MAP}},
    "CephFilesystem": {
        "spec": {
            "metadataPool": {"replicated": {"size": NUMBER}},
            "dataPools": ({"failureDomain": TEXT, "replicated": {"size": NUMBER}},),
            "metadataServer": {"activeCount": NUMBER, "placement": MAP, "resources": MAP},
        }
    },
    "CephObjectStore": {
        "spec": {
            "metadataPool": {"replicated": {"size": NUMBER}},
            "dataPool": {"replicated": {"size": NUMBER}},
            "gateway": {"instances": NUMBER, "placement": MAP, "resources": MAP},
        }
    },
}
"""Kind to the fields that somebody here reads; a kind of this name in another group has them alike or not at all."""
FIRST = frozenset({"Application", "ApplicationSet", "Kustomization", "Component"})
"""Kinds that lead to others: they are looked at before anything is deployed."""
EVERY = {"apiVersion": TEXT, "kind": TEXT, "metadata": METADATA, "spec": MAP}
MOST = 65535
"""The largest port, and more of anything than a cluster runs: whoever counts up to a number can rely on its end."""
LENGTH = 40
"""Characters of a wrong value that a sentence shows."""


def misshapen(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """(field, sentence) of the first value in a manifest that is not what Kubernetes decodes there; None for a good one."""
    found = _wrong(body, EVERY, "")
    if found is None and (shape := SHAPES.get(body.get("kind", ""))):
        found = _wrong(body, shape, "")
    return found


def unreadable(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """As `misshapen`, for what is needed to read on from a manifest: its identity, and where it leads."""
    found = _wrong(body, EVERY, "")
    return misshapen(body) if found is None and body.get("kind") in FIRST else found


def _wrong(value: Any, shape: Shape, path: str) -> tuple[str, str] | None:
    if value is None:
        return None
    if shape == NUMBER and isinstance(value, int) and abs(value) > MOST:
        return _said(path, value, f"{NUMBER} of at most {MOST}")
    if isinstance(shape, str):
        return None if _is(value, shape) else _said(path, value, shape)
    if isinstance(shape, tuple):
        return _items(value, shape[0], path) if isinstance(value, list) else _said(path, value, "a list")
    return _fields(value, shape, path) if isinstance(value, Mapping) else _said(path, value, MAP)


def _items(value: list[Any], shape: Shape, path: str) -> tuple[str, str] | None:
    for index, item in enumerate(value):
        at = f"{path}.{index}"
        if found := (_said(at, item, MAP) if item is None else _wrong(item, shape, at)):
            return found
    return None


def _fields(value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> tuple[str, str] | None:
    for key, inner in shape.items():
        if key in value and (found := _wrong(value[key], inner, f"{path}.{key}" if path else key)):
            return found
    return None


def _is(value: Any, word: str) -> bool:
    match word:
        case "text":
            return isinstance(value, str)
        case "a whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "a map":
            return isinstance(value, Mapping)
        case word if word == AMOUNTS:
            return isinstance(value, Mapping) and all(map(_quantity, value.values()))
        case _:
            kind: Any = Mapping if word == MAPS else str
            return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _quantity(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return value is None
    try:
        parse_quantity(str(value))
    except ValueError:
        return False
    return True


def _said(path: str, value: Any, expected: str) -> tuple[str, str]:
    shown = repr(value)
    return path, f"{path} is {shown if len(shown) <= LENGTH else f'{shown[:LENGTH]}…'}, expected {expected}"
