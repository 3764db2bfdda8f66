"""cert-manager as its chart makes it: controller, webhook and CA injector, each with a leader; and what Certificates make.

Source: the chart v1.21.1 of https://charts.jetstack.io; leases: `--leader-elect` with 60 s duration
(https://cert-manager.io/docs/cli/controller/).
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Standby
from homelab.software.shapes import (
    Draft,
    budget,
    container,
    http_probe,
    job,
    port,
    service,
    template,
    thing,
    webhooks,
    workload,
)  # fmt: skip
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import misshapen, over, unmodelled

VERSION = "v1.21.1"
LEASE = 60.0
"""Seconds until a standby takes over the lease of a leader that vanished."""
POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
_EACH: dict[str, Any] = {
    "replicaCount": 1,
    "podDisruptionBudget": {"enabled": False},
    "resources": {},
    "affinity": {},
    "topologySpreadConstraints": [],
    "tolerations": [],
    "nodeSelector": {"kubernetes.io/os": "linux"},
}
DEFAULTS: dict[str, Any] = {
    **_EACH,
    "global": {"priorityClassName": ""},
    "crds": {"enabled": False},
    "livenessProbe": {"enabled": True},
    "prometheus": {"enabled": True, "servicemonitor": {"enabled": False}},
    "webhook": {**_EACH},
    "cainjector": {**_EACH, "enabled": True},
    "startupapicheck": {"enabled": True, "resources": {}},
}
_PLACED = (
    "replicaCount",
    "podDisruptionBudget",
    "resources",
    "affinity",
    "topologySpreadConstraints",
    "tolerations",
    "nodeSelector",
)
MODELLED = (
    *_PLACED, "global.priorityClassName", "crds.enabled", "crds.keep", "livenessProbe.enabled",
    "prometheus.enabled", "prometheus.servicemonitor.enabled",
    *(f"webhook.{key}" for key in _PLACED), *(f"cainjector.{key}" for key in (*_PLACED, "enabled")),
    "startupapicheck.enabled", "startupapicheck.resources",
    "config", "dns01RecursiveNameservers", "dns01RecursiveNameserversOnly", "global.logLevel", "extraArgs", "featureGates",
)  # fmt: skip
NULLABLE = tuple(
    f"{prefix}{key}"
    for prefix in ("", "webhook.", "cainjector.")
    for key in ("resources", "affinity", "topologySpreadConstraints", "tolerations")
)
"""Keys that null may delete: the chart then leaves the field out."""
CRDS = ("challenges.acme", "orders.acme", "certificaterequests", "certificates", "clusterissuers", "issuers")
CLUSTER_ROLES = (
    "cainjector", "controller-issuers", "controller-clusterissuers", "controller-certificates", "controller-orders",
    "controller-challenges", "controller-ingress-shim", "controller-approve:cert-manager-io",
    "controller-certificatesigningrequests", "webhook:subjectaccessreviews",
)  # fmt: skip


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED)))
    values = over(DEFAULTS, release.values)
    name = release.name if "cert-manager" in release.name else f"{release.name}-cert-manager"
    maker = _Maker(draft, release, values, name)
    if values["crds"]["enabled"]:
        draft.names("CustomResourceDefinition", (f"{crd}.cert-manager.io" for crd in CRDS), key="crds")
    maker.access()
    maker.controller()
    maker.webhook()
    if values["cainjector"]["enabled"]:
        maker.injector()
    if values["prometheus"]["enabled"] and values["prometheus"]["servicemonitor"]["enabled"]:
        maker.monitor()
    if values["startupapicheck"]["enabled"]:
        maker.check()
    return draft.expansion()


class _Maker:
    """One release being expanded."""

    def __init__(self, draft: Draft, release: Release, values: dict[str, Any], name: str) -> None:
        self.draft, self.release, self.values, self.name = draft, release, values, name
        self.space = release.namespace

    def labels(self, component: str, app: str) -> dict[str, str]:
        return {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/instance": self.release.name,
            "app.kubernetes.io/component": component,
        }

    def deploy(self, own: dict[str, Any], component: str, app: str, made: dict[str, Any], key: str) -> None:
        """A Deployment of one of the three, its budget, and the facts about it."""
        name = self.name if component == "controller" else f"{self.name}-{component}"
        selector = self.labels(component, app)
        extra = {
            "app": app,
            "app.kubernetes.io/version": VERSION,
            "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": f"cert-manager-{VERSION}",
        }
        pod = template(
            {**selector, **extra},
            [made],
            serviceAccountName=name,
            securityContext=POD,
            nodeSelector=own["nodeSelector"],
            affinity=own.get("affinity") or None,
            tolerations=own.get("tolerations") or None,
            topologySpreadConstraints=own.get("topologySpreadConstraints") or None,
            priorityClassName=self.values["global"]["priorityClassName"] or None,
        )
        self.draft.add(workload("Deployment", name, self.space, pod, selector, replicas=own["replicaCount"]), key)
        bound = {k: v for k, v in own["podDisruptionBudget"].items() if k != "enabled"}
        if own["podDisruptionBudget"]["enabled"]:
            self.draft.add(
                budget(name, self.space, selector, **(bound or {"minAvailable": 1})),
                f"{key}.podDisruptionBudget".strip("."),
            )
        subject = Subject("Deployment", name, self.space)
        self.draft.facts.append(Role(subject, "change", "issued certificates serve on; new and renewed ones wait"))
        if component != "webhook":
            self.draft.facts.append(Standby(subject, LEASE, "cert-manager leader election"))

    def metrics_port(self) -> dict[str, int]:
        """The metrics port, where metrics are on."""
        return {"http-metrics": 9402} if self.values["prometheus"]["enabled"] else {}

    def controller(self) -> None:
        """The controller with its metrics Service."""
        made = container(
            f"{self.name}-controller",
            f"quay.io/jetstack/cert-manager-controller:{VERSION}",
            ports={"http-metrics": 9402, "http-healthz": 9403},
            livenessProbe=http_probe("/livez", "http-healthz") if self.values["livenessProbe"]["enabled"] else None,
            resources=self.values.get("resources") or None,
            securityContext=CONTAINER,
        )
        self.deploy(self.values, "controller", "cert-manager", made, "")
        if self.values["prometheus"]["enabled"]:
            self.metrics("controller", "cert-manager", self.name)

    def metrics(self, component: str, app: str, name: str) -> None:
        selector = self.labels(component, app)
        self.draft.add(service(name, self.space, selector, [port("http-metrics", 9402)], type="ClusterIP"))

    def webhook(self) -> None:
        """The webhook, which every Certificate and Issuer passes."""
        own = self.values["webhook"]
        made = container(
            f"{self.name}-webhook",
            f"quay.io/jetstack/cert-manager-webhook:{VERSION}",
            ports={"https": 10250, "healthcheck": 6080, **self.metrics_port()},
            livenessProbe=http_probe("/livez", "healthcheck"),
            readinessProbe=http_probe("/healthz", "healthcheck"),
            resources=own.get("resources") or None,
            securityContext=CONTAINER,
        )
        self.deploy(own, "webhook", "webhook", made, "webhook")
        name, ports = f"{self.name}-webhook", [port("https", 443, "https")]
        if self.values["prometheus"]["enabled"]:
            ports.append(port("metrics", 9402, "http-metrics"))
        self.draft.add(service(name, self.space, self.labels("webhook", "webhook"), ports, type="ClusterIP"))
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
            self.draft.add(webhooks(kind, name, ["webhook.cert-manager.io"], name, self.space))

    def injector(self) -> None:
        """The CA injector, which writes CA bundles into webhooks; the chart gives it no probe."""
        own = self.values["cainjector"]
        made = container(
            f"{self.name}-cainjector",
            f"quay.io/jetstack/cert-manager-cainjector:{VERSION}",
            ports=self.metrics_port(),
            resources=own.get("resources") or None,
            securityContext=CONTAINER,
        )
        self.deploy(own, "cainjector", "cainjector", made, "cainjector")
        if self.values["prometheus"]["enabled"]:
            self.metrics("cainjector", "cainjector", f"{self.name}-cainjector")

    def monitor(self) -> None:
        """One ServiceMonitor for all three."""
        chosen = {
            "app.kubernetes.io/name": ["cainjector", "cert-manager", "webhook"],
            "app.kubernetes.io/instance": [self.release.name],
            "app.kubernetes.io/component": ["cainjector", "controller", "webhook"],
        }
        selector = {"matchExpressions": [{"key": k, "operator": "In", "values": v} for k, v in chosen.items()]}
        spec = {"selector": selector, "endpoints": [{"targetPort": "http-metrics"}]}
        self.draft.add(thing("ServiceMonitor", self.name, self.space, spec=spec), "prometheus.servicemonitor")

    def check(self) -> None:
        """The hook that waits for the API after an install."""
        name = f"{self.name}-startupapicheck"
        made = container(
            name,
            f"quay.io/jetstack/cert-manager-startupapicheck:{VERSION}",
            resources=self.values["startupapicheck"]["resources"] or None,
            securityContext=CONTAINER,
        )
        labels = {
            **self.labels("startupapicheck", "startupapicheck"),
            "app": "startupapicheck",
            "app.kubernetes.io/version": VERSION,
            "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": f"cert-manager-{VERSION}",
        }
        pod = template(
            labels,
            [made],
            serviceAccountName=name,
            securityContext=POD,
            nodeSelector={"kubernetes.io/os": "linux"},
            priorityClassName=self.values["global"]["priorityClassName"] or None,
        )
        self.draft.add(job(name, self.space, pod, hook="post-install"), "startupapicheck")
        self.draft.names("ServiceAccount", (name,), self.space)
        for kind in ("Role", "RoleBinding"):
            self.draft.names(kind, (f"{name}:create-cert",), self.space)

    def access(self) -> None:
        """Accounts and roles; the leases live in kube-system."""
        injector = self.values["cainjector"]["enabled"]
        ends = ["", "-webhook", *(["-cainjector"] if injector else [])]
        self.draft.names("ServiceAccount", (f"{self.name}{end}" for end in ends), self.space)
        roles = [role for role in CLUSTER_ROLES if injector or role != "cainjector"]
        self.draft.names("ClusterRole", (f"{self.name}-{r}" for r in (*roles, "cluster-view", "view", "edit")))
        self.draft.names("ClusterRoleBinding", (f"{self.name}-{role}" for role in roles))
        for kind in ("Role", "RoleBinding"):
            leases = [self.name, *([f"{self.name}-cainjector"] if injector else [])]
            self.draft.names(kind, (f"{lease}:leaderelection" for lease in leases), "kube-system")
            self.draft.names(kind, (f"{self.name}-webhook:dynamic-serving",), self.space)


CERT_MANAGER = Software(
    name="cert-manager",
    charts=(
        ChartTruth("cert-manager", ("charts.jetstack.io", "quay.io/jetstack/charts"), frozenset({VERSION}), expand),
    ),
    images={"cert-manager-controller": "cert-manager"},
)
