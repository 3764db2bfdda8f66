"""What Cilium itself makes of the policies: each is taken, and every pod may call what is declared and nothing else."""

from __future__ import annotations

from itertools import islice, product

import pytest

from catalog.security.cilium_oracle import CALLING_OUT, NOBODY, Flow, example, expected, matrix, unexpected
from catalog.security.declared import CLOSED, NODES, WORLD

pytestmark = pytest.mark.slow
LABS = ("two-boxes", "guide", "enterprise", "starter", "own-app", "own-chart", CALLING_OUT)
ADDRESSES = ("203.0.113.9", "192.168.68.250", "10.9.8.7", "10.9.8.8", "10.20.30.40")
"""One on the Internet, one on the LAN that is no node, and those that an owner opens, with a neighbour."""


@pytest.fixture
def program(oracle):
    oracle("helm")
    return oracle("cilium-policy")


@pytest.fixture
def lab(request, test_data):
    return example(request.param, test_data / "charts")


every_lab = pytest.mark.parametrize("lab", LABS, indirect=True, ids=str)


def wrong(lab, verdicts, wanted):
    """The first few of what Cilium says otherwise, readable; thousands would be compared word by word."""
    found = (f"{lab.said(f)}: {said}, not {wanted(f)}" for f, said in verdicts.items() if said != wanted(f))
    return list(islice(found, 10))


@every_lab
def test_cilium_takes_every_policy(lab, program):
    """Each policy is valid by the definition of its kind, has no field that Cilium does not know, and is parsed."""
    assert {body["kind"] for body in lab.policies} >= {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"}
    assert lab.asked(program)[0] == []


@every_lab
def test_pods_call_what_is_declared_and_nothing_else(lab, program):
    """Of every pair of pods and every port: what is declared may leave the one and enter the other, all else may do neither."""
    found = unexpected(lab, program)
    assert wrong(lab, found, lambda flow: expected(lab, flow)) == []
    assert {expected(lab, flow) for flow in matrix(lab)} == {"allowed", "egress", "ingress", "egress ingress"}


@every_lab
def test_every_end_of_a_flow_is_a_pod_of_the_lab(lab):
    """Whatever serves and whatever uses are pods that a workload makes, so no declaration holds for want of pods."""
    real = [*(pod for pod in lab.pods.values() if pod.account), *lab.hosted]
    lost = [end for end in lab.declared.ends() if not any(pod.matches(end) for pod in real)]
    assert lost == []


@every_lab
def test_pods_call_outside_what_is_declared_and_nothing_else(lab, program):
    """The API, nodes, the LAN and the Internet: open to those who say so, on the ports they say; the rest of Cilium to nobody."""
    flows = [
        Flow(name, peer, port)
        for name, peer in product(lab.pods, (*NODES, *CLOSED, WORLD, *ADDRESSES))
        for port in outer_ports(lab)
    ]
    _refused, verdicts = lab.asked(program, flows)

    def wanted(flow):
        pod = lab.pods[flow.source]
        open_ = pod.namespace not in lab.denying or lab.declared.out(pod, flow.target, flow.port)
        return "allowed" if open_ else "egress"

    assert wrong(lab, verdicts, wanted) == []
    assert set(verdicts.values()) == {"allowed", "egress"}


def outer_ports(lab):
    """The ports that somebody calls outside, and some that nobody does."""
    return NOBODY | {(port, "TCP") for _name, flow in lab.declared.uses for port in flow.ports}


@every_lab
def test_pods_are_called_from_outside_where_it_is_declared(lab, program):
    """The API server, nodes and the LAN reach the ports that are declared for them, the kubelet every port, others none."""
    flows = [
        Flow(peer, name, port)
        for (name, pod), peer in product(lab.pods.items(), (*NODES, *CLOSED, WORLD, *ADDRESSES))
        for port in lab.declared.served(pod) | NOBODY
    ]
    _refused, verdicts = lab.asked(program, flows)

    def wanted(flow):
        pod = lab.pods[flow.target]
        open_ = pod.namespace not in lab.denying or lab.declared.into(flow.source, pod, flow.port)
        return "allowed" if open_ else "ingress"

    assert wrong(lab, verdicts, wanted) == []
    assert set(verdicts.values()) == {"allowed", "ingress"}


@every_lab
def test_what_runs_on_the_network_of_nodes_reaches_what_it_uses(lab, program):
    """Pods that Cilium sees as their node call, and are called, on whatever node the others are."""
    assert lab.hosted
    flows = [
        Flow(node, name, port)
        for (name, pod), host, node in product(lab.pods.items(), lab.hosted, NODES)
        for port in lab.declared.served(pod)
        if lab.declared.needed(host, pod, port)
    ] + [
        Flow(name, node, port)
        for (name, pod), host, node in product(lab.pods.items(), lab.hosted, NODES)
        for port in lab.declared.served(host)
        if lab.declared.needed(pod, host, port)
    ]
    _refused, verdicts = lab.asked(program, flows)
    assert wrong(lab, verdicts, lambda _flow: "allowed") == []


@pytest.mark.parametrize("lab", ["two-boxes", "enterprise", CALLING_OUT], indirect=True, ids=str)
def test_environments_never_meet(lab, program):
    """No pod of one environment of an application reaches a pod of another, on any port."""
    apps = [spaces for spaces in lab.declared.environments if len(spaces) > 1]
    assert apps
    flows = [
        flow
        for flow in matrix(lab)
        for spaces in apps
        if {(one := lab.pods[flow.source].namespace), (other := lab.pods[flow.target].namespace)} <= spaces
        and one != other
    ]
    assert flows
    assert set(lab.asked(program, flows)[1].values()) == {"egress ingress"}


@every_lab
def test_names_are_found_by_everybody(lab, program):
    """Every pod may ask the cluster's DNS, by UDP and by TCP."""
    (dns,) = [name for name, pod in lab.pods.items() if pod.account == "coredns"]
    flows = [Flow(name, dns, (53, protocol)) for name in lab.pods for protocol in ("UDP", "TCP")]
    assert set(lab.asked(program, flows)[1].values()) == {"allowed"}
