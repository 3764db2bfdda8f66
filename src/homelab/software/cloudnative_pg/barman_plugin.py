"""The Barman Cloud plugin of CloudNativePG as its chart makes it: a small controller that puts an archiver beside databases.

Source: chart plugin-barman-cloud 0.7.0 of https://cloudnative-pg.github.io/charts.
"""

from __future__ import annotations

from typing import Any

from homelab.kube.facts import Expansion
from homelab.software.cloudnative_pg.controller import (
    INERT,
    POD,
    SHARED,
    account,
    full_name,
    placed,
    selector_of,
    stands_by,
)
from homelab.software.shapes import Draft, container, kept, service, template, thing, workload
from homelab.software.software import Release
from homelab.software.values import over, unmodelled

PLUGIN = "plugin-barman-cloud"
PLUGIN_DEFAULTS: dict[str, Any] = {
    **SHARED,
    "image": {"registry": "ghcr.io", "repository": "cloudnative-pg/plugin-barman-cloud", "tag": "v0.13.0"},
    "service": {"name": "barman-cloud", "port": 9090},
    "certificate": {
        "createClientCertificate": True,
        "createServerCertificate": True,
        "createIssuer": True,
        "issuerName": "",
        "duration": "2160h",
        "renewBefore": "360h",
    },
}
PLUGIN_INERT = (*INERT, "hostNetwork", "dnsPolicy", "updateStrategy", "sidecarImage", "rbac.cnpgGroup")
"""The plugin's chart offers `hostNetwork`, `dnsPolicy` and `updateStrategy` and reads none of them."""


def expand_plugin(release: Release) -> Expansion:
    """What the chart `plugin-barman-cloud` makes with these values."""
    known = (*POD, "service.name", "service.port", "certificate", *PLUGIN_INERT)
    draft = Draft(unknown=list(unmodelled(release.values, known)))
    values = over(PLUGIN_DEFAULTS, release.values)
    name, space = full_name(release, values, PLUGIN), release.namespace
    selector = selector_of(release, values, PLUGIN)
    _plugin(draft, release, values, name)
    ends = [kept(port=values["service"]["port"], targetPort=9090)]
    draft.add(service(values["service"]["name"], space, selector, ends))
    draft.names("ConfigMap", ("plugin-barman-cloud-config",), space)
    if values["crds"]["create"]:
        draft.names("CustomResourceDefinition", ("objectstores.barmancloud.cnpg.io",), key="crds")
    if values["serviceAccount"]["create"]:
        draft.names("ServiceAccount", (account(values, name),), space)
    if values["rbac"]["create"]:
        draft.names("ClusterRole", (name,))
        draft.names("ClusterRoleBinding", (f"{name}-binding",))
    draft.names("Role", (f"{name}-leader-election-role",), space)
    draft.names("RoleBinding", (f"{name}-leader-election-rolebinding",), space)
    _certificates(draft, values, name, space)
    return draft.expansion()


def _plugin(draft: Draft, release: Release, values: dict[str, Any], name: str) -> None:
    image, selector = values["image"], selector_of(release, values, PLUGIN)
    check = {"tcpSocket": {"port": 8081}}
    controller = container(
        "barman-cloud",
        f"{image['registry']}/{image['repository']}:{image['tag']}",
        livenessProbe=check,
        readinessProbe=check,
        resources=values["resources"],
        securityContext=values["containerSecurityContext"],
    )
    controller["ports"] = [{"containerPort": 9090}]
    secrets = [{"name": end, "secret": {"secretName": f"barman-cloud-{end}-tls"}} for end in ("server", "client")]
    pod = template(
        {**selector, **values["podLabels"]},
        [controller],
        securityContext=values["podSecurityContext"],
        serviceAccountName=account(values, name),
        volumes=secrets,
        **placed(values),
    )
    spec = {"replicas": values["replicaCount"], "strategy": {"type": "Recreate"}}
    draft.add(workload("Deployment", name, release.namespace, pod, selector, **spec))
    why = "the operator asks it when it makes or changes pods; the archive runs in a sidecar beside each database"
    stands_by(draft, name, release.namespace, why)


def _certificates(draft: Draft, values: dict[str, Any], name: str, space: str) -> None:
    wanted, api = values["certificate"], "cert-manager.io/v1"
    issuer = wanted["issuerName"] or f"{name}-selfsigned-issuer"
    if wanted["createIssuer"]:
        draft.add(thing("Issuer", issuer, space, api, spec={"selfSigned": {}}), "certificate")
    for end, create in (("client", "createClientCertificate"), ("server", "createServerCertificate")):
        if not wanted[create]:
            continue
        own = values["service"]["name"]
        spec = kept(
            commonName="barman-cloud-client" if end == "client" else own,
            dnsNames=[own] if end == "server" else None,
            duration=wanted["duration"],
            isCA=False,
            issuerRef={"group": "cert-manager.io", "kind": "Issuer", "name": issuer},
            renewBefore=wanted["renewBefore"],
            secretName=f"barman-cloud-{end}-tls",
            usages=[f"{end} auth"],
            privateKey={"rotationPolicy": "Always"},
        )
        draft.add(thing("Certificate", f"barman-cloud-{end}", space, api, spec=spec), "certificate")
