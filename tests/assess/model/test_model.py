"""The model of small labs: what stands on what, and what that does to availability."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homelab.assess.model.build import LAB
from homelab.assess.uptime import Computed, uptime
from homelab.availability.engine.compiled import Budget
from homelab.availability.quantify import Evaluator
from homelab.errors import Undecidable
from homelab.findings import Subject
from homelab.ground import Ground, Host, Node, Site
from homelab.kube.facts import Failover
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource

GIB = 1 << 30


def ground(planes: tuple[str, ...] = ("pve-1",), workers: tuple[str, ...] = ("pve-1", "pve-2")) -> Ground:
    hosts = sorted({*planes, *workers})
    nodes = [
        Node(f"ctrl-{i}", True, False, host, f"10.0.0.{10 + i}", 4, 8 * GIB, 50 * GIB) for i, host in enumerate(planes)
    ]
    nodes += [
        Node(f"worker-{i}", False, True, host, f"10.0.0.{20 + i}", 8, 16 * GIB, 50 * GIB)
        for i, host in enumerate(workers)
    ]
    machines = tuple(Host(name, 16, 64 * GIB) for name in hosts)
    return Ground(kubernetes="1.35.2", talos="1.13.9", api="10.0.0.5", hosts=machines, nodes=tuple(nodes))


def deployment(name: str, replicas: int, **pod: object) -> Manifest:
    labels = {"app": name}
    container = {
        "name": "main",
        "image": "example/app:1",
        "livenessProbe": {"httpGet": {"port": 80}},
        "resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
        },
    }


def service(name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "web"},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }


def route(host: str, backend: str) -> Manifest:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": backend, "namespace": "web"},
        "spec": {"hostnames": [host], "rules": [{"backendRefs": [{"name": backend, "port": 80}]}]},
    }


def spread(name: str) -> list[Manifest]:
    keys = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": name}},
        }
        for key in keys
    ]


def apart(name: str) -> Manifest:
    """Never two on one node."""
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": name}}}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def inventory(under: Ground, *bodies: Manifest) -> Inventory:
    return Inventory(tuple(Resource(body, Origin("app.yaml", i)) for i, body in enumerate(bodies)), under)


def web(under: Ground, replicas: int, **pod: object) -> Inventory:
    return inventory(under, deployment("app", replicas, **pod), service("app"), route("app.home.arpa", "app"))


def minutes(found: Inventory, name: str) -> float:
    return Computed.of(found).minutes(f"lan:{name}")


def test_a_lab_without_nodes_cannot_be_computed() -> None:
    """Without machines there is no figure, and the sentence says what to write."""
    with pytest.raises(Undecidable, match="no nodes are declared"):
        uptime(inventory(Ground()))


def test_three_control_planes_on_two_hosts_gain_little_and_on_three_a_lot() -> None:
    """What counts is the host map, not the number of control planes."""
    one, two_hosts, three_hosts = (
        minutes(inventory(ground(planes)), "kubernetes-api")
        for planes in (("pve-1",), ("pve-1", "pve-1", "pve-2"), ("pve-1", "pve-2", "pve-3"))
    )
    assert two_hosts > 0.8 * one
    assert three_hosts < 0.2 * one


def test_spread_replicas_survive_a_host_and_packed_ones_do_not_gain() -> None:
    """Two replicas are worth something where a host's loss leaves one of them."""
    under = ground(planes=("pve-3",), workers=("pve-1", "pve-1", "pve-2", "pve-2"))
    single = minutes(web(under, 1), "app.home.arpa")
    apart = minutes(web(under, 2, topologySpreadConstraints=spread("app")), "app.home.arpa")
    assert apart < single


def led(under: Ground, *, api: bool) -> Inventory:
    """A leader and a follower that takes over after a minute and a quarter, apart."""
    found = web(under, 2, affinity=apart("app"))
    return replace(found, facts=(Failover(Subject("Deployment", "app", "web"), 75.0, api=api),))


def test_nobody_is_promoted_while_the_api_is_away() -> None:
    """A machine with the only control plane and a leader takes both along: its repair is the outage."""
    alone = ground(planes=("pve-1",))
    through, by_themselves = (minutes(led(alone, api=api), "app.home.arpa") for api in (True, False))
    host = minutes(inventory(alone), "kubernetes-api")
    assert through > 300
    assert by_themselves < 0.3 * through
    assert through < 1.2 * host
    report = uptime(led(alone, api=True))
    service = next(each for each in report.services if each.name == "app.home.arpa")
    assert "Host pve-1" in {point.component for point in service.single_points_of_failure}


def test_three_control_planes_promote_whoever_is_left() -> None:
    """With a majority on other machines the takeover takes seconds, whichever machine is lost."""
    under = ground(planes=("pve-1", "pve-2", "pve-3"))
    through, by_themselves = (minutes(led(under, api=api), "app.home.arpa") for api in (True, False))
    assert through < by_themselves + 1


def test_a_dead_pod_stays_among_the_endpoints_while_the_api_is_away() -> None:
    """Two replicas on two machines do not survive the machine that has the only control plane."""
    pods = {"affinity": apart("app")}
    only = minutes(web(ground(planes=("pve-1",)), 2, **pods), "app.home.arpa")
    elsewhere = minutes(web(ground(planes=("pve-3",)), 2, **pods), "app.home.arpa")
    assert only > 300
    assert elsewhere < 0.2 * only


def test_a_pinned_pod_is_worse_than_a_movable_one() -> None:
    """A volume that never leaves its node makes the node's repair the service's outage."""
    under = ground(workers=("pve-2", "pve-3"))
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "web"},
        "spec": {"storageClassName": "local-path", "resources": {"requests": {"storage": "1Gi"}}},
    }
    local = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "local-path"},
        "provisioner": "rancher.io/local-path",
    }
    mounts = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    app = (deployment("app", 1, volumes=mounts), service("app"), route("app.home.arpa", "app"), claim)
    pinned = minutes(inventory(under, *app, local), "app.home.arpa")
    movable = minutes(inventory(under, *app, {**local, "provisioner": "rook-ceph.rbd.csi.ceph.com"}), "app.home.arpa")
    assert pinned > movable + 100


def test_causes_add_up_to_the_downtime() -> None:
    """What is booked on causes is the whole, to the minute and beyond."""
    computed = Computed.of(web(ground(), 2))
    booked = sum(share for _, share in computed.causes(f"lan:{LAB}"))
    assert booked == pytest.approx(computed.minutes(), rel=1e-9)


def test_the_single_control_plane_is_named_with_its_host() -> None:
    """What fails alone is named as what it is."""
    report = uptime(web(ground(), 1))
    (api,) = (service for service in report.services if service.kind == "api")
    names = [point.component for point in api.single_points_of_failure]
    assert "Node ctrl-0" in names
    assert "Host pve-1" in names


def test_an_unknown_host_map_gives_an_interval() -> None:
    """Where nobody said which host carries a node, the answer is a best and a worst case."""
    under = ground(("pve-1", "pve-2", "pve-3"))
    unknown = replace(under, hosts=(), nodes=tuple(replace(n, host=None, virtual=True) for n in under.nodes))
    report = uptime(web(unknown, 2, topologySpreadConstraints=spread("app")))
    assert report.worst is not None
    assert report.worst.lan.availability < report.lab.lan.availability


def test_a_ups_and_a_perfect_grid_never_make_it_worse() -> None:
    """Added protection never lowers availability."""
    base = ground()
    figures = [
        minutes(web(replace(base, site=site), 2), LAB)
        for site in (Site(grid="us"), Site(grid="us", ups=1200), Site(grid="none"))
    ]
    assert figures == sorted(figures, reverse=True)


def test_a_missing_liveness_probe_costs_minutes() -> None:
    """A hang that nobody ends lasts until a person notices."""
    body = deployment("app", 1)
    bare = deployment("app", 1)
    del bare["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
    rest = (service("app"), route("app.home.arpa", "app"))
    assert minutes(inventory(ground(), bare, *rest), "app.home.arpa") > minutes(
        inventory(ground(), body, *rest), "app.home.arpa"
    )


def test_a_lab_too_large_to_be_exact_has_all_its_rows():
    """Without any diagram every service still has figures, causes that add up, single points and pairs."""
    found = web(ground(("pve-1", "pve-2", "pve-3"), ("pve-1", "pve-2", "pve-3")), 2)
    exact = Computed.of(found)
    rough = Computed(exact.model, Evaluator(exact.model.system, budget=Budget(nodes=0)))
    for known, about in zip(
        uptime(found, computed=exact).services, uptime(found, computed=rough).services, strict=True
    ):
        assert known.lan.within is None
        assert about.lan.within is not None
        assert about.lan.within.minutes_low <= known.lan.minutes_per_year <= about.lan.within.minutes_high
        assert sum(minutes for _, minutes in about.causes) == pytest.approx(about.lan.minutes_per_year)
        assert [point.component for point in about.single_points_of_failure] == [
            point.component for point in known.single_points_of_failure
        ]
        assert about.pairs == known.pairs
