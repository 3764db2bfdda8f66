"""Kibana: one Deployment and one Service; its state is in the Elasticsearch that it looks at.

Sources: elastic/cloud-on-k8s 3.5.0 pkg/controller/kibana/{driver,pod}.go, pkg/apis/kibana/v1/name.go.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.elastic.parts import HTTP, IMAGES, container_of, pod_of, protocol, served
from homelab.software.shapes import Draft, port, workload
from homelab.software.software import KindTruth

GROUP = "kibana.k8s.elastic.co"
WEB = 5601


def kibana(body: Manifest, _lookup: Any) -> Expansion:
    """All that is made of one Kibana."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, space, draft = meta["name"], meta.get("namespace", ""), Draft()
    title, secure = f"{name}-kb", protocol(spec) == "https"
    labels = {f"{GROUP}/name": name, "common.k8s.elastic.co/type": "kibana"}
    given = spec.get("podTemplate") or {}
    main = container_of(
        "kibana",
        spec.get("image") or f"{IMAGES}/kibana/kibana:{spec.get('version')}",
        {protocol(spec): WEB},
        given,
        spec.get("resources"),
        readinessProbe={"httpGet": {"path": "/api/status", "port": WEB, "scheme": protocol(spec).upper()}},
    )
    pod = pod_of(labels, main, given)
    first = {"name": "elastic-internal-init", "image": main["image"]}
    pod["spec"]["initContainers"] = [first, *(pod["spec"].get("initContainers") or ())]
    searched = dig(spec, ["elasticsearchRef", "name"], "")
    secrets = [f"{title}-config", *([f"{title}-http-certs-internal"] if secure else [])]
    secrets += [f"{title}-es-ca"] if searched else []
    volumes: list[Manifest] = [
        {"name": f"s-{number}", "secret": {"secretName": each}} for number, each in enumerate(secrets)
    ]
    volumes.append({"name": "scripts", "configMap": {"name": f"{title}-scripts", "optional": False}})
    pod["spec"]["volumes"] = [*volumes, *(pod["spec"].get("volumes") or ())]
    strategy = {"type": "RollingUpdate"}
    draft.add(
        workload("Deployment", title, space, pod, labels, replicas=spec.get("count", 0), strategy=strategy), "spec"
    )
    web = port(protocol(spec), WEB, WEB)
    draft.add(served(f"{title}-http", space, labels, [web], dig(spec, ["http", "service"], {})), "spec.http")
    things = [
        Subject("Secret", each, space) for each in (*secrets, *([f"{title}-http-certs-public"] if secure else []))
    ]
    draft.facts.append(
        Produces(Subject("Kibana", name, space), (*things, Subject("ConfigMap", f"{title}-scripts", space)))
    )
    if searched:
        where = dig(spec, ["elasticsearchRef", "namespace"], "") or space
        target = f"{searched}-es-http" + (f".{where}" if where != space else "")
        draft.facts.append(
            Calls(Subject("Deployment", title, space), target, HTTP, "run", "it asks Elasticsearch for everything")
        )
    return draft.expansion()


KIBANA = KindTruth(group=GROUP, kind="Kibana", expand=kibana)
