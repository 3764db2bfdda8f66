"""kube-prometheus-stack: the operator with its webhooks, and the certificate these need, by Jobs or by cert-manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.kube_prometheus_stack.frame import CHART, OPERATOR_VERSION, Frame
from homelab.software.kube_prometheus_stack.spec import image
from homelab.software.shapes import (
    budget,
    container,
    job,
    port,
    service,
    service_monitor,
    template,
    thing,
    webhooks,
    workload,
)

KEY = "prometheusOperator"
MUTATING = ("prometheusrulemutate.monitoring.coreos.com",)
VALIDATING = ("prometheusrulevalidate.monitoring.coreos.com", "alertmanagerconfigsvalidate.monitoring.coreos.com")


def reloader_arguments(values: Mapping[str, Any]) -> list[str]:
    """The operator's arguments that say what its config reloaders look like."""
    resources = values["resources"] or {}
    found = [f"--prometheus-config-reloader={image(_tagged(values['image']))}"]
    for what, kind in (("cpu", "requests"), ("cpu", "limits"), ("memory", "requests"), ("memory", "limits")):
        amount = (resources.get(kind) or {}).get(what) or 0
        found.append(f"--config-reloader-{what}-{kind.removesuffix('s')}={amount}")
    return [*found, "--enable-config-reloader-probes=true"] if values["enableProbe"] else found


def _tagged(own: Mapping[str, Any]) -> dict[str, Any]:
    return {**own, "tag": own["tag"] or OPERATOR_VERSION}


def add_operator(frame: Frame) -> None:
    """The operator: one by its chart; while it is away nothing changes and everything runs on."""
    values = frame.values[KEY]
    if not values["enabled"]:
        return
    name = f"{frame.full}-operator"
    found = {"app": f"{CHART}-operator", "release": frame.release.name}
    labels = _labels(frame, "operator", "prometheus-operator")
    port_name, front = ("https", 443) if values["tls"]["enabled"] else ("http", 8080)
    deployed = workload("Deployment", name, frame.namespace, _pod(frame, labels), found, **_rolled(values))
    frame.add(deployed, KEY, labels)
    made = service(name, frame.namespace, found, [port(port_name, front, port_name)], type=values["service"]["type"])
    frame.add(made, KEY, labels)
    frame.draft.names("ServiceAccount", _account(frame), frame.namespace, KEY)
    if frame.values["global"]["rbac"]["create"]:
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            frame.draft.names(kind, [name], key=KEY)
    if values["serviceMonitor"]["selfMonitor"]:
        watched = {"matchNames": [frame.namespace]}
        monitor = service_monitor(name, frame.namespace, found, [port_name], namespaceSelector=watched)
        frame.add(monitor, KEY, labels)
    bound = dict(values["podDisruptionBudget"])
    if bound.pop("enabled"):
        frame.add(budget(name, frame.namespace, found, **bound), f"{KEY}.podDisruptionBudget", labels)
    if values["admissionWebhooks"]["enabled"]:
        _add_webhooks(frame, values["admissionWebhooks"], name)


def _rolled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"replicas": 1, "strategy": values["strategy"] or None}


def _account(frame: Frame) -> list[str]:
    return [frame.account(KEY, "operator")] if frame.values[KEY]["serviceAccount"]["create"] else []


def _labels(frame: Frame, app: str, component: str) -> dict[str, str]:
    named = {"app.kubernetes.io/name": f"{CHART}-prometheus-operator", "app.kubernetes.io/component": component}
    return {**frame.labels(app), **named}


def _pod(frame: Frame, labels: Mapping[str, str]) -> dict[str, Any]:
    values = frame.values[KEY]
    port_name, number = ("https", 10250) if values["tls"]["enabled"] else ("http", 8080)
    check = {"httpGet": {"path": "/healthz", "port": port_name, "scheme": port_name.upper()}}
    main = container(
        CHART,
        image(_tagged(values["image"])),
        ports={port_name: number},
        args=reloader_arguments(values["prometheusConfigReloader"]),
        resources=values["resources"] or {},
        securityContext=values["containerSecurityContext"] or None,
        **{kind: check for kind in ("readinessProbe", "livenessProbe") if values[kind]["enabled"]},
    )
    certificate = {"name": "tls-secret", "secret": {"secretName": f"{frame.full}-admission"}}
    return template(
        {**labels, **values["podLabels"]},
        [main],
        volumes=[certificate] if values["tls"]["enabled"] else None,
        securityContext={"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        serviceAccountName=frame.account(KEY, "operator"),
        hostNetwork=values["hostNetwork"] or None,
        **{key: values[key] or None for key in ("priorityClassName", "nodeSelector", "tolerations", "affinity")},
    )


def _add_webhooks(frame: Frame, values: Mapping[str, Any], operator: str) -> None:
    policy = values["failurePolicy"] or ("Ignore" if values["patch"]["enabled"] else "Fail")
    policy = "Ignore" if policy == "IgnoreOnInstallOnly" else policy
    name, key = f"{frame.full}-admission", f"{KEY}.admissionWebhooks"
    for kind, hooks in (("MutatingWebhookConfiguration", MUTATING), ("ValidatingWebhookConfiguration", VALIDATING)):
        made = webhooks(kind, name, hooks, operator, frame.namespace, policy)
        frame.add(made, key, _labels(frame, "admission", "prometheus-operator-webhook"))
    if values["certManager"]["enabled"]:
        _add_certificates(frame, values["certManager"], operator)
    elif values["patch"]["enabled"]:
        _add_jobs(frame, values, name)


def _add_jobs(frame: Frame, values: Mapping[str, Any], name: str) -> None:
    patch, key = values["patch"], f"{KEY}.admissionWebhooks.patch"
    for what, section in (("create", "createSecretJob"), ("patch", "patchWebhookJob")):
        labels = {**frame.labels(f"admission-{what}"), "app.kubernetes.io/name": f"{CHART}-prometheus-operator"}
        labels["app.kubernetes.io/component"] = "prometheus-operator-webhook"
        main = container(
            what,
            image(patch["image"]),
            resources=patch["resources"] or {},
            securityContext=values[section]["securityContext"] or None,
        )
        pod = template(
            labels,
            [main],
            restartPolicy="OnFailure",
            serviceAccountName=name,
            **{
                field: patch[field] or None
                for field in ("priorityClassName", "nodeSelector", "tolerations", "affinity")
            },
        )
        when = "pre-install,pre-upgrade" if what == "create" else "post-install,post-upgrade"
        frame.add(job(f"{name}-{what}", frame.namespace, pod, hook=when), key, labels)
    if patch["serviceAccount"]["create"]:
        frame.draft.names("ServiceAccount", [name], frame.namespace, key)
    if frame.values["global"]["rbac"]["create"]:
        for kind in ("Role", "RoleBinding"):
            frame.draft.names(kind, [name], frame.namespace, key)
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            frame.draft.names(kind, [name], key=key)


def _add_certificates(frame: Frame, values: Mapping[str, Any], operator: str) -> None:
    full, key = frame.full, f"{KEY}.admissionWebhooks.certManager"

    def made(kind: str, name: str, spec: Mapping[str, Any]) -> Manifest:
        return thing(kind, f"{full}-{name}", frame.namespace, "cert-manager.io/v1", spec=dict(spec))

    issuer = values["issuerRef"]
    if not issuer:
        root = f"{full}-root-cert"
        frame.add(made("Issuer", "self-signed-issuer", {"selfSigned": {}}), key)
        spec = {
            "secretName": root,
            "duration": values["rootCert"]["duration"] or "43800h0m0s",
            "issuerRef": {"name": f"{full}-self-signed-issuer"},
            "commonName": "ca.webhook.kube-prometheus-stack",
            "isCA": True,
        }
        frame.add(made("Certificate", "root-cert", spec), key)
        frame.add(made("Issuer", "root-issuer", {"ca": {"secretName": root}}), key)
        issuer = {"name": f"{full}-root-issuer"}
    spec = {
        "secretName": f"{full}-admission",
        "duration": values["admissionCert"]["duration"] or "8760h0m0s",
        "issuerRef": issuer,
        "dnsNames": [operator, f"{operator}.{frame.namespace}.svc"],
    }
    frame.add(made("Certificate", "admission", spec), key)
