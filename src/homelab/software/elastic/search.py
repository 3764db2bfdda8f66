"""Elasticsearch: a StatefulSet and a headless Service for each set of nodes, three Services and one budget for the cluster.

Sources: elastic/cloud-on-k8s 3.5.0 pkg/controller/elasticsearch: nodespec/{statefulset,podspec,defaults,volumes}.go,
services/services.go, pdb/reconcile_default.go (the budget of the basic licence), pkg/apis/elasticsearch/v1/name.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.elastic.parts import HTTP, IMAGES, container_of, pod_of, protocol, served
from homelab.software.shapes import Draft, budget, port, service, workload
from homelab.software.software import KindTruth

GROUP = "elasticsearch.k8s.elastic.co"
LABEL = f"{GROUP}/cluster-name"
TRANSPORT = 9300
DATA = "elasticsearch-data"
CLAIM: Manifest = {"metadata": {"name": DATA}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
"""What a set of nodes gets that says nothing of its data."""
GREEN = "green"
CLUSTER = ("elastic-user", "internal-users", "xpack-file-realm", "remote-ca", "file-settings")
CERTIFICATES = (
    "http-ca-internal",
    "http-certs-internal",
    "http-certs-public",
    "transport-ca-internal",
    "transport-certs-public",
)
NEEDED = ("xpack-file-realm", "internal-users", "http-certs-internal", "remote-ca", "file-settings")
"""Secrets of the cluster that each pod mounts."""
DEFAULT_ROLES = ("master", "data", "ingest")


def elasticsearch(body: Manifest, _lookup: Any) -> Expansion:
    """All that is made of one cluster."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, space = meta["name"], meta.get("namespace", "")
    draft, sets = Draft(), [each for each in spec.get("nodeSets") or () if each.get("name")]
    labels = {LABEL: name, "common.k8s.elastic.co/type": "elasticsearch"}
    web = port(protocol(spec), HTTP, HTTP)
    for nodes in sets:
        _set(draft, body, nodes, labels, web)
    transport = port("tls-transport", TRANSPORT, TRANSPORT)
    draft.add(service(f"{name}-es-internal-http", space, labels, [web], type="ClusterIP"), "spec.http")
    draft.add(served(f"{name}-es-http", space, labels, [web], dig(spec, ["http", "service"], {})), "spec.http")
    draft.add(served(f"{name}-es-transport", space, labels, [transport], dig(spec, ["transport", "service"], {}), headless=True), "spec.transport")  # fmt: skip
    if made := _budget(body, sets):
        draft.add(made, "spec.podDisruptionBudget")
    names = [f"{name}-es-{each}" for each in (*CLUSTER, *CERTIFICATES)]
    names += [f"{name}-es-{each['name']}-es-{part}" for each in sets for part in ("config", "transport-certs")]
    things = [Subject("Secret", each, space) for each in names]
    things += [Subject("ConfigMap", f"{name}-es-{part}", space) for part in ("scripts", "unicast-hosts")]
    draft.facts.append(Produces(Subject("Elasticsearch", name, space), tuple(things)))
    return draft.expansion()


def _set(draft: Draft, body: Manifest, nodes: Mapping[str, Any], labels: Mapping[str, str], web: Manifest) -> None:
    """A set of nodes: its StatefulSet, and the Service that governs it."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, space = meta["name"], meta.get("namespace", "")
    title = f"{name}-es-{nodes['name']}"
    selector = {**labels, f"{GROUP}/statefulset-name": title}
    given = nodes.get("podTemplate") or {}
    main = container_of(
        "elasticsearch",
        spec.get("image") or f"{IMAGES}/elasticsearch/elasticsearch:{spec.get('version')}",
        {protocol(spec): HTTP, "transport": TRANSPORT},
        given,
        nodes.get("resources"),
        readinessProbe={"exec": {"command": ["bash", "-c", "/mnt/elastic-internal/scripts/readiness-port-script.sh"]}},
    )
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {LABEL: name}}}
    near = {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]
        }
    }
    pod = pod_of(selector, main, given, affinity=near)
    first = [
        {"name": each, "image": main["image"]}
        for each in ("elastic-internal-init-filesystem", "elastic-internal-suspend")
    ]
    pod["spec"]["initContainers"] = [*first, *(pod["spec"].get("initContainers") or ())]
    pod["spec"]["volumes"] = [*_volumes(name, title), *(pod["spec"].get("volumes") or ())]
    claims = list(nodes.get("volumeClaimTemplates") or ())
    if not claims and not any(each.get("name") == DATA for each in dig(given, ["spec", "volumes"], ())):
        claims = [CLAIM]
    made = workload(
        "StatefulSet",
        title,
        space,
        pod,
        selector,
        replicas=nodes.get("count", 0),
        serviceName=title,
        podManagementPolicy="Parallel",
        updateStrategy={"type": "OnDelete"},
        volumeClaimTemplates=[{"metadata": each["metadata"], "spec": each.get("spec") or {}} for each in claims]
        or None,
    )
    draft.add(made, "spec.nodeSets")
    draft.add(service(title, space, selector, [web], clusterIP="None"), "spec.nodeSets")


def _volumes(name: str, title: str) -> list[Manifest]:
    """What each pod mounts of what the operator makes."""
    secrets = [*(f"{name}-es-{each}" for each in NEEDED), f"{title}-es-config", f"{title}-es-transport-certs"]
    maps = [f"{name}-es-{each}" for each in ("scripts", "unicast-hosts")]
    found: list[Manifest] = [
        {"name": f"s-{number}", "secret": {"secretName": each}} for number, each in enumerate(secrets)
    ]
    return [*found, *({"name": f"c-{number}", "configMap": {"name": each}} for number, each in enumerate(maps))]


def _budget(body: Manifest, sets: Sequence[Mapping[str, Any]]) -> Manifest | None:
    """All nodes must stay but one, and all while the cluster is not green or hangs on a single node of a role."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, space = meta["name"], meta.get("namespace", "")
    given = spec.get("podDisruptionBudget")
    if given == {}:
        return None
    if asked := dig(given, ["spec"], {}):
        return {**budget(f"{name}-es-default", space, {}), "spec": dict(asked)}
    count = sum(int(each.get("count") or 0) for each in sets)
    return budget(f"{name}-es-default", space, {LABEL: name}, minAvailable=count - _spared(body, sets, count))


def _spared(body: Manifest, sets: Sequence[Mapping[str, Any]], count: int) -> int:
    """How many nodes may leave. A repository says nothing of health: what is not there yet counts as green."""
    if count == 1:
        return 1
    if dig(body, ["status", "health"], GREEN) != GREEN:
        return 0
    alone = any(sum(int(each.get("count") or 0) for each in sets if _has(each, role)) == 1 for role in DEFAULT_ROLES)
    return 0 if alone else 1


def _has(nodes: Mapping[str, Any], role: str) -> bool:
    """Whether a set of nodes has a role; of data also one tier is a part."""
    config = nodes.get("config") or {}
    roles = config.get("node.roles", dig(config, ["node", "roles"], None))
    return role in DEFAULT_ROLES if roles is None else role in roles


ELASTICSEARCH = KindTruth(group=GROUP, kind="Elasticsearch", expand=elasticsearch)
