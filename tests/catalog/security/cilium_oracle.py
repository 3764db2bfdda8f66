"""A rendered lab as Cilium's agent sees it, and the real policy engine over it: the oracle `cilium-policy`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from catalog.security.declared import DNS, OPEN, Declared, Pod
from conftest import REPOSITORY
from homelab.findings import SpecEdit
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab

KINDS = ("CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy", "NetworkPolicy")
NAME = "kubernetes.io/metadata.name"
"""The label that Kubernetes itself gives every namespace."""


NOBODY = frozenset({(4444, "TCP"), (53, "UDP"), (53, "TCP"), (6443, "TCP"), (443, "UDP")})
"""Ports that are asked of everybody, listening or not."""
CALLING_OUT = "an application that calls out"
"""The example with everything on, with every kind of call that an owner can add."""
EGRESS = [
    "smtp",
    "gateway",
    {"host": "db.home.arpa", "port": 5432},
    {"host": "10.9.8.7", "port": 5432},
    {"host": "10.20.0.0/16", "port": 123, "protocol": "udp"},
    {"host": "192.168.68.103", "port": 9100},
    {"host": "web.shop.svc", "port": 80},
]


class Flow(NamedTuple):
    """One call: pods by their names in the `World`, anything else as Cilium or an address names it."""

    source: str
    target: str
    port: tuple[int, str]


@dataclass(frozen=True, repr=False)
class World:
    """What the engine is told: the agent's configuration, namespaces, policies and pods by a name of ours."""

    config: Mapping[str, str]
    namespaces: Mapping[str, Mapping[str, str]]
    policies: tuple[Mapping[str, Any], ...]
    pods: Mapping[str, Pod]
    hosted: tuple[Pod, ...]
    """Pods on the network of their node, which Cilium sees as the node."""
    declared: Declared

    @classmethod
    def of(cls, lab: Lab) -> World:
        """The world of a lab whose charts real helm has rendered."""
        inventory = lab.inventory
        config = inventory.get("ConfigMap", "kube-system", "cilium-config")
        assert config, "the chart of Cilium makes no configuration for its agents"
        declared = Declared(lab.plan)
        namespaces = {each.name: {NAME: each.name, **each.labels} for each in inventory.of("Namespace")}
        for pod in (plain := [*_pods(inventory, hosted=False), *_strangers(declared, namespaces)]):
            namespaces.setdefault(pod.namespace, {NAME: pod.namespace})
        policies = tuple(_plain(each.body) for each in inventory.of(*KINDS))
        pods = {f"{number} in {pod.namespace}": pod for number, pod in enumerate(_classes(plain))}
        hosted = tuple(_classes(_pods(inventory, hosted=True)))
        return cls(_plain(config.body)["data"], namespaces, policies, pods, hosted, declared)

    def under(self, policies: Iterable[Mapping[str, Any]]) -> World:
        """The same lab under other policies."""
        return replace(self, policies=tuple(policies))

    @cached_property
    def denying(self) -> frozenset[str]:
        """Namespaces that start from deny: all that Kubernetes does not make itself."""
        return frozenset(self.namespaces) - OPEN

    def asked(self, program: Path, flows: Iterable[Flow] = ()) -> tuple[list[str], dict[Flow, str]]:
        """What Cilium refuses, and its verdict of each flow: `allowed`, or the sides that deny it."""
        wanted = list(dict.fromkeys(flows))
        request = {
            "config": self.config,
            "namespaces": self.namespaces,
            "objects": self.policies,
            "pods": {
                name: {"namespace": pod.namespace, "labels": dict(pod.labels), "account": pod.account}
                for name, pod in self.pods.items()
            },
            "flows": [{"from": f.source, "to": f.target, "port": f.port[0], "protocol": f.port[1]} for f in wanted],
        }
        done = subprocess.run([program], input=json.dumps(request), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        return answer["errors"], dict(zip(wanted, answer["verdicts"], strict=True))

    def said(self, flow: Flow) -> str:
        """A flow as one reads it in a failure."""
        ends = [self.pods.get(end, end) for end in flow[:2]]
        source, target = [f"{e.namespace} {dict(e.labels)}" if isinstance(e, Pod) else e for e in ends]
        return f"{source} → {target} {flow.port[0]}/{flow.port[1]}"


def _plain(value: Any) -> Any:
    """As JSON has it."""
    return json.loads(json.dumps(value, default=str))


def _pods(inventory: Inventory, *, hosted: bool) -> Iterator[Pod]:
    for workload in inventory.workloads:
        if workload.host_network is hosted:
            account = str(workload.pod.get("serviceAccountName") or "default")
            yield Pod(workload.namespace, dict(workload.labels), account, frozenset(_ports(workload)))


def _ports(workload: Workload) -> Iterator[tuple[int, str]]:
    for container in (*workload.containers, *workload.init_containers):
        for port in container.ports:
            yield int(port["containerPort"]), str(port.get("protocol", "TCP"))


def _strangers(declared: Declared, namespaces: Mapping[str, Any]) -> Iterator[Pod]:
    """Pods that no workload of the repository makes: names of the cluster, what a flow speaks of, and whoever else may come."""
    yield Pod(DNS[0], DNS[1], "coredns", frozenset({(53, "UDP"), (53, "TCP")}))
    for end in declared.ends():
        yield Pod(end.namespace, dict(end.labels))
    for name in (*namespaces, "default", "kube-system"):
        yield Pod(name, {"app": "stranger"})


def _classes(pods: Iterable[Pod]) -> list[Pod]:
    """Pods that nothing tells apart, once, with all of their ports."""
    found: dict[Any, Pod] = {}
    for pod in pods:
        key = (pod.namespace, frozenset(pod.labels.items()), pod.account)
        found[key] = replace(pod, ports=pod.ports | (found[key].ports if key in found else frozenset()))
    return list(found.values())


@cache
def example(name: str, charts: Path) -> World:
    """An example with what real helm makes of the charts in a folder."""
    file = str(REPOSITORY / "examples" / ("enterprise" if name == CALLING_OUT else name) / "homelab.yaml")
    with closing(Charts(Options((charts,)))) as helm:
        lab = Lab.load(file, helm=helm)
        return World.of(lab.edited([SpecEdit("apps.n8n.egress", EGRESS)]) if name == CALLING_OUT else lab)


def matrix(lab: World) -> list[Flow]:
    """Every pod with every pod, on every port that somebody listens on there, and on some on which nobody does."""
    return [
        Flow(source, target, port)
        for source, (target, pod) in product(lab.pods, lab.pods.items())
        for port in lab.declared.served(pod) | NOBODY
    ]


def expected(lab: World, flow: Flow) -> str:
    """The verdict that follows from what is declared; a namespace without default deny sends and takes everything."""
    source, target = lab.pods[flow.source], lab.pods[flow.target]
    if lab.declared.between(source, target, flow.port):
        return "allowed"
    sides = (("egress", source), ("ingress", target))
    return " ".join(side for side, pod in sides if pod.namespace in lab.denying) or "allowed"


def unexpected(lab: World, program: Path) -> dict[Flow, str]:
    """What Cilium says of pairs of pods against what is declared."""
    _refused, verdicts = lab.asked(program, matrix(lab))
    return {flow: said for flow, said in verdicts.items() if said != expected(lab, flow)}
