"""The Ground of a plan: what Kubernetes objects cannot say, for whoever reads the repository."""

from __future__ import annotations

from homelab.catalog.offers.lab import api_address, host_of, hostname, node_labels, schedulable
from homelab.catalog.offers.storage import object_store
from homelab.catalog.plan import Plan, routes, secrets
from homelab.ground import (
    Acceptance,
    DeclaredSecret,
    Goals,
    Ground,
    Host,
    Node,
    RateOverride,
    Site,
    Target,
)
from homelab.spec.hosts import Role


def ground_of(plan: Plan) -> Ground:
    """What the lab stands on, as `.homelab/lab.yaml` says it."""
    lab = plan.homelab
    public, own_login = lab.access.public, lab.access.own_login
    reached = [
        (choice, route) for choice, route in routes(plan) if choice.name in public and route.environment == "production"
    ]
    return Ground(
        name=lab.name,
        domain=lab.domain,
        kubernetes=lab.versions.kubernetes,
        talos=lab.versions.talos,
        api=api_address(plan),
        hosts=tuple(Host(name, host.cpu, host.memory, dict(host.disks)) for name, host in lab.hosts.items()),
        nodes=_nodes(plan),
        site=Site(
            grid=lab.site.power.grid,
            ups=lab.site.power.ups,
            uplinks=lab.site.internet.uplinks,
            switches=lab.site.switches,
            spare_host=lab.site.spare_host,
        ),
        targets=_targets(plan),
        goals=Goals(
            lan=lab.goals.lan / 100 if lab.goals.lan else None,
            internet=lab.goals.internet / 100 if lab.goals.internet else None,
            rto=lab.goals.rto,
            rpo=lab.goals.rpo,
        ),
        rates={name: RateOverride(rate.mttf, rate.mttr, rate.reason) for name, rate in lab.rates.items()},
        public=tuple(hostname(plan, route.host) for _, route in reached),
        authenticated=tuple(hostname(plan, route.host) for choice, route in reached if choice.name in own_login),
        secrets=tuple(
            DeclaredSecret(item.name, item.namespace, item.purpose, tuple(item.keys)) for _, item in secrets(plan)
        ),
        accepted=tuple(Acceptance(a.check, a.reason, a.subject, a.until) for a in lab.accept),
    )


def _nodes(plan: Plan) -> tuple[Node, ...]:
    ordinary = schedulable(plan)
    return tuple(
        Node(
            name=name,
            control_plane=node.role is Role.CONTROL_PLANE,
            schedulable=name in ordinary,
            host=host_of(name, node),
            address=node.address,
            cpu=node.cpu,
            memory=node.memory,
            disk=node.disk,
            ceph=tuple(node.ceph),
            virtual=node.host is not None,
            labels=node_labels(plan, name, node),
        )
        for name, node in plan.homelab.nodes.items()
    )


def _targets(plan: Plan) -> tuple[Target, ...]:
    found = []
    for name, target in plan.homelab.backup.targets.items():
        endpoint = target.endpoint or (object_store(plan) or "" if target.kind == "ceph" else "")
        away = target.off_site if target.off_site is not None else target.kind == "s3"
        found.append(Target(name, target.kind, endpoint, target.bucket, target.host, away))
    return tuple(found)
