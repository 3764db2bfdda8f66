"""That the judgement of Cilium can fail: planted mistakes are refused, planted holes and gaps are seen."""

from __future__ import annotations

import copy

import pytest

from catalog.security.cilium_oracle import example, matrix, unexpected

pytestmark = pytest.mark.slow
SPACE = "n8n-prod"
POLICY = (SPACE, "allow-n8n")


@pytest.fixture
def lab(oracle, test_data):
    oracle("helm")
    return example("enterprise", test_data / "charts")


@pytest.fixture
def program(oracle):
    return oracle("cilium-policy")


def changed(lab, change):
    """The lab with the policy of the application's own pods changed, which receive from the gateway and send outside."""
    policies = copy.deepcopy(list(lab.policies))
    (own,) = [each for each in policies if (each["metadata"].get("namespace"), each["metadata"]["name"]) == POLICY]
    change(own["spec"])
    return lab.under(policies)


def ports(rules):
    """The first ports of a policy's rules."""
    return next(rule["toPorts"][0]["ports"] for rule in rules if "toPorts" in rule)


FAULTS = {
    "an unknown field": (
        lambda spec: spec["ingress"][0].update(fromEndpoint=[{}]),
        'unknown field "fromEndpoint"',
    ),
    "a selector without a key": (
        lambda spec: spec["endpointSelector"].update(matchLabels={"": "n8n"}),
        "Invalid",
    ),
    "a value that no label has": (
        lambda spec: spec["endpointSelector"].update(matchLabels={"app": "two words"}),
        "Invalid",
    ),
    "an operator that nobody knows": (
        lambda spec: spec["endpointSelector"].update(
            matchExpressions=[{"key": "app", "operator": "Is", "values": ["x"]}]
        ),
        "Is",
    ),
    "a port beyond all ports": (lambda spec: ports(spec["ingress"])[0].update(port="70000"), "70000"),
    "a protocol that nobody speaks": (lambda spec: ports(spec["ingress"])[0].update(protocol="QUIC"), "QUIC"),
    "an entity that nobody is": (lambda spec: spec["egress"].append({"toEntities": ["internet"]}), "internet"),
    "a network that is none": (lambda spec: spec["egress"].append({"toCIDR": ["10.0.0.0/33"]}), "10.0.0.0/33"),
    "two ends in one rule": (
        lambda spec: spec["egress"].append({"toCIDR": ["10.0.0.0/8"], "toEntities": ["world"]}),
        "ToCIDR",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_mistake_is_refused(lab, program, fault):
    """A policy that Cilium would not load is named, with what is wrong in it, and no other is."""
    change, words = FAULTS[fault]
    (said,) = changed(lab, change).asked(program)[0]
    assert said.startswith(f"CiliumNetworkPolicy {' '.join(POLICY)}: ")
    assert words in said


def into(lab, flows):
    """The namespaces that flows enter and leave."""
    return {(lab.pods[flow.source].namespace, lab.pods[flow.target].namespace) for flow in flows}


def test_a_planted_hole_is_seen(lab, program):
    """A rule that lets a namespace receive from everywhere contradicts the declaration for every stranger's pod."""
    found = unexpected(
        changed(
            lab,
            lambda spec: spec["ingress"].append(
                {"fromEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "argocd"}}]}
            ),
        ),
        program,
    )
    assert into(lab, found) == {("argocd", SPACE)}
    assert set(found.values()) == {"egress"}


def test_a_missing_rule_is_seen(lab, program):
    """A policy that lost what its pods receive contradicts the declaration where calls enter, and nowhere else."""
    found = unexpected(changed(lab, lambda spec: spec["ingress"].clear()), program)
    assert {target for _source, target in into(lab, found)} == {SPACE}
    assert set(found.values()) == {"ingress"}


def test_a_missing_default_deny_is_seen(lab, program):
    """Without its default deny, pods of a namespace that no rule names send and receive everything."""
    rest = [
        each
        for each in lab.policies
        if (each["metadata"].get("namespace"), each["metadata"]["name"]) != (SPACE, "default-deny")
    ]
    assert len(rest) == len(lab.policies) - 1
    found = unexpected(lab.under(rest), program)
    assert found
    assert all(SPACE in pair for pair in into(lab, found))


def test_a_label_that_cilium_drops_selects_nobody(lab, program):
    """Cilium keeps some labels out of identities: a policy by the name of a pod holds for none, and is seen."""
    found = unexpected(
        changed(
            lab,
            lambda spec: spec["endpointSelector"]["matchLabels"].update(
                {"statefulset.kubernetes.io/pod-name": "n8n-0"}
            ),
        ),
        program,
    )
    assert found
    assert all(SPACE in pair for pair in into(lab, found))


def test_no_policy_waits_for_a_name(lab, program):
    """No rule is made by a name: what is behind one is known only while pods look it up, so nothing here could judge it."""
    assert not any("toFQDNs" in str(each) for each in lab.policies)
    assert matrix(lab)
