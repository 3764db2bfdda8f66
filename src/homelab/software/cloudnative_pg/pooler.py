"""What CloudNativePG's operator makes of a Pooler: a Deployment of PgBouncer that only passes queries on.

Source: cloudnative-pg 1.30 `pkg/specs/pgbouncer/{deployments,services}.go`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion
from homelab.kube.resource import Manifest, dig
from homelab.software.cloudnative_pg.backup import Lookup, place
from homelab.software.cloudnative_pg.cluster import CONTEXT
from homelab.software.shapes import Draft, container, port, service, template, workload


def pooler(body: Manifest, _lookup: Lookup) -> Expansion:
    """A Pooler: a Deployment of PgBouncer and a Service of the same name."""
    draft = Draft()
    name, space, spec = place(body)
    target = str(dig(spec, ["cluster", "name"], ""))
    labels = {"cnpg.io/poolerName": name, "cnpg.io/cluster": target, "cnpg.io/podRole": "pooler"}
    given = dig(spec, ["template", "spec"], {})
    bouncer = _bouncer(given.get("containers") or ())
    pod = template(
        {**(dig(spec, ["template", "metadata", "labels"], {})), **labels},
        [bouncer],
        affinity=given.get("affinity"),
        topologySpreadConstraints=given.get("topologySpreadConstraints"),
        serviceAccountName=name,
    )
    chosen = {"cnpg.io/poolerName": name}
    draft.add(
        workload("Deployment", name, space, pod, chosen, replicas=int(spec.get("instances", 1))), "spec.instances"
    )
    draft.add(service(name, space, chosen, [port("pgbouncer", 5432, "pgbouncer")], type="ClusterIP"))
    where = f"{target}-{spec.get('type', 'rw')}"
    draft.facts.append(Calls(Subject("Deployment", name, space), where, 5432, "run", "it only passes queries on"))
    return draft.expansion()


def _bouncer(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = next((each for each in given if each.get("name") == "pgbouncer"), {})
    return container(
        "pgbouncer",
        str(own.get("image") or "ghcr.io/cloudnative-pg/pgbouncer"),
        ports={"pgbouncer": 5432, "metrics": 9127},
        readinessProbe={"tcpSocket": {"port": 5432}},
        resources=own.get("resources"),
        securityContext=CONTEXT,
    )
