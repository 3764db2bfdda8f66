"""Layout: the one place that decides where a file of the produced repository lies.

The paths are those of the reference README; nothing else in homelab writes a path of the repository down.
"""

from __future__ import annotations

from dataclasses import replace

from homelab.catalog.component import Area, Component, Part
from homelab.kube.resource import Manifest

SETS = "kubernetes/sets"
ROOT = f"{SETS}/root-applicationset.yaml"
FOUNDATION = "kubernetes/security/foundation"
SECRETS = "kubernetes/security/secrets"
TALOS, BOOTSTRAP = "tofu/talos", "tofu/bootstrap"
VARIABLES = f"{TALOS}/homelab.auto.tfvars.json"
"""What OpenTofu is told of machines and versions."""
PROVIDERS = "versions.tf"
"""In every OpenTofu stack: which providers it takes, in which versions."""
RENOVATE = "renovate.json"
IGNORED, IGNORED_STATE = ".gitignore", "tofu/.gitignore"
JUSTFILE, PROGRAMS = "justfile", ".mise.toml"
GITHUB, GITLAB, FORGEJO = ".github/workflows/validate.yaml", ".gitlab-ci.yml", ".forgejo/workflows/validate.yaml"
"""The workflow that validates the repository, by forge."""
README = "README.md"
DOCS = "docs"
RUNBOOKS = f"{DOCS}/runbooks.md"
"""One heading for each alert."""
BUILD, NETWORK, SECRETS_PAGE = f"{DOCS}/build.md", f"{DOCS}/network.md", f"{DOCS}/secrets.md"
RESTORE = f"{DOCS}/restore.md"
STORAGE, RESILIENCE = f"{DOCS}/storage-and-backups.md", f"{DOCS}/resilience.md"
UPGRADE, REPLACE, REBUILD = f"{DOCS}/upgrade.md", f"{DOCS}/replace.md", f"{DOCS}/rebuild.md"
"""What comes after the first day."""
COMPUTED = frozenset({RESILIENCE})
"""Pages of figures that take time; a render may leave them out, and then they stay as they are."""
RETOLD = frozenset({JUSTFILE, PROGRAMS})
"""What is made of the pages, and of versions that stand elsewhere."""
LAB, OWNED, JOURNAL = ".homelab/lab.yaml", ".homelab/owned.json", ".homelab/journal"
GUARDS = ".homelab/guards.json"
"""Between the two steps of a change that would delete data: the objects whose guards the cluster is to have first."""
PINS = ".homelab/pins.json"
"""The chart version that the catalog chose for each Application."""

PATCHES = "patches.yaml"
"""What an environment has otherwise than the base of its application."""
ENVIRONMENTS = ("production", "staging", "dev")

FILES = {
    "Namespace": "namespaces",
    "GatewayClass": "gateway", "Gateway": "gateway", "EnvoyProxy": "gateway", "ClientTrafficPolicy": "gateway",
    "BackendTrafficPolicy": "gateway", "SecurityPolicy": "gateway",
    "HTTPRoute": "routes", "GRPCRoute": "routes", "TLSRoute": "routes", "ReferenceGrant": "routes",
    "ClusterIssuer": "certificates", "Issuer": "certificates", "Certificate": "certificates",
    "Cluster": "databases", "ObjectStore": "databases", "ScheduledBackup": "databases", "Pooler": "databases",
    "Redis": "cache", "RedisReplication": "cache", "RedisSentinel": "cache",
    "ServiceMonitor": "monitoring", "PodMonitor": "monitoring", "Probe": "monitoring", "PrometheusRule": "alerts",
    "AlertmanagerConfig": "monitoring",
    "StorageClass": "storage", "PersistentVolumeClaim": "storage", "CephBlockPool": "storage",
    "CephFilesystem": "storage", "CephObjectStore": "storage", "CephObjectStoreUser": "storage",
    "ObjectBucketClaim": "storage", "CephCluster": "storage", "VolumeSnapshotClass": "storage",
    "Deployment": "workloads", "StatefulSet": "workloads", "DaemonSet": "workloads", "CronJob": "workloads",
    "Job": "workloads", "PodDisruptionBudget": "workloads", "Service": "workloads",
    "ConfigMap": "config", "ServiceAccount": "rbac", "Role": "rbac", "RoleBinding": "rbac", "ClusterRole": "rbac",
    "ClusterRoleBinding": "rbac",
    "CiliumNetworkPolicy": "policies", "CiliumClusterwideNetworkPolicy": "policies", "NetworkPolicy": "policies",
    "CiliumLoadBalancerIPPool": "addresses", "CiliumL2AnnouncementPolicy": "addresses",
    "ResourceQuota": "quotas", "LimitRange": "quotas",
    "Schedule": "backups", "BackupStorageLocation": "backups", "VolumeSnapshotLocation": "backups",
    "SealedSecret": "secrets",
}  # fmt: skip
"""Kind to the file that holds it: the same few names in every folder; other kinds go to `resources`."""
BY_NAMESPACE = frozenset({"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "NetworkPolicy", "ResourceQuota"})
"""Kinds of the foundation of which each namespace has a file, named after it."""


FOLDERS = {"argo-cd": "argocd", "redis-operator": "redis"}
"""Components whose folder the reference README names otherwise."""


def told(path: str) -> bool:
    """Whether a file only tells of the lab: nobody applies it, so it may lag behind a version that was bumped."""
    return path.endswith(".md") or path in RETOLD


def component_folder(component: Component) -> str:
    """The folder of a component: `kubernetes/<area>/<group>/<component>`."""
    if component.area is Area.APPS:
        return f"kubernetes/apps/base/{component.name}"
    name = FOLDERS.get(component.name, component.name)
    return "/".join(filter(None, ("kubernetes", str(component.area), component.group, name)))


def part_folder(component: Component, part: Part) -> str:
    """The folder of an Application's values and resources."""
    base = component_folder(component)
    if part.environment:
        base = f"{base}/environments/{part.environment}"
    own = part.folder or part.name
    return base if own == "." else f"{base}/{own}"


def environments_base(component: Component, part: Part) -> str:
    """The folder of what this Application has in all environments; kustomize lets no base lie around its overlays."""
    return part_folder(component, replace(part, environment="base"))


def values_file(component: Component, part: Part) -> str:
    """Where an Application's chart values lie."""
    return f"{part_folder(component, part)}/values.yaml"


def resource_file(component: Component, body: Manifest) -> str:
    """The file name that holds a resource of ours: by kind, and what the foundation says of namespaces by namespace."""
    kind = str(body["kind"])
    if component.name == "foundation" and kind in BY_NAMESPACE:
        return f"{body['metadata'].get('namespace', 'cluster')}.yaml"
    return f"{FILES.get(kind, 'resources')}.yaml"


def set_file(area: Area, component: Component) -> str:
    """Where a component's Applications lie."""
    return f"{SETS}/{area}/{component.name}.yaml"


def project_file(area: Area) -> str:
    """Where an area's AppProject lies."""
    return f"{SETS}/{area}/project.yaml"


def sealed(path: str) -> bool:
    """Whether a path is that of a sealed secret: written by `homelab secrets seal`, never by render."""
    return path.startswith(f"{SECRETS}/") and path.endswith(".yaml") and path != f"{SECRETS}/kustomization.yaml"
