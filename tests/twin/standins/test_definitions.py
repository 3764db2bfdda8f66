"""Kinds that operators install at run time, and what the stand-ins are told."""

from __future__ import annotations

import json

import pytest

from homelab.errors import HomelabError
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import DeclaredSecret, Ground
from homelab.twin.standins import plan
from homelab.twin.standins.definitions import UNCHECKED, missing, plural_of

POLICY = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {}\n"
OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cilium-operator, namespace: kube-system}
spec:
  selector: {matchLabels: {app: operator}}
  template:
    metadata: {labels: {app: operator}}
    spec: {containers: [{name: operator, image: quay.io/cilium/operator-generic:v1.20.0}]}
"""


def lab(*texts):
    """A repository of these manifests."""
    return read(of_texts({f"{number}.yaml": text for number, text in enumerate(texts)}))


def test_a_kind_of_a_deployed_operator_is_defined():
    """A kind that a deployed operator installs itself is defined, and it is said that its schema is not checked."""
    found = missing(lab(POLICY, OPERATOR))
    (body,) = found.bodies
    assert (body["metadata"]["name"], body["spec"]["scope"]) == ("ciliumnetworkpolicies.cilium.io", "Namespaced")
    assert body["metadata"]["annotations"] == {UNCHECKED: "not checked"}
    assert found.unchecked == ("CiliumNetworkPolicy",)


def test_a_kind_that_nobody_installs_stays_unknown():
    """A kind whose operator is not deployed is not defined: at home it would be refused."""
    assert missing(lab(POLICY)).bodies == ()


@pytest.mark.slow
def test_real_definitions_are_taken_where_they_are(test_data):
    """Where a folder holds the operator's own definitions they are taken, and their schema is checked."""
    found = missing(lab(POLICY, OPERATOR), test_data / "crds")
    names = {body["metadata"]["name"] for body in found.bodies}
    assert "ciliumnetworkpolicies.cilium.io" in names
    assert all(UNCHECKED not in body["metadata"].get("annotations", {}) for body in found.bodies)
    assert found.unchecked == ()


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("CiliumNetworkPolicy", "ciliumnetworkpolicies"),
        ("CiliumLoadBalancerIPPool", "ciliumloadbalancerippools"),
        ("Gateway", "gateways"),
        ("Prometheus", "prometheuses"),
        ("Mesh", "meshes"),
    ],
)
def test_plurals_are_those_of_their_makers(kind, plural):
    """The plural of a kind is the word that its makers use."""
    assert plural_of(kind) == plural


def test_a_plan_is_read_as_it_was_written(tmp_path):
    """A plan that is written is read back whole; pending secrets are those that the lab declares."""
    ground = Ground(secrets=(DeclaredSecret("login", "shop", "to log in", ("user",)),))
    told = plan.Plan("127.0.0.1", 1, "a", "b", "c", "d", pending=plan.pending_of(ground), real=("x",), seed="s")
    plan.write(tmp_path, told)
    found = plan.read(tmp_path)
    assert (found.real, found.seed, found.api.port) == (("x",), "s", 1)
    assert {name: list(keys) for name, keys in found.pending["shop"].items()} == {"login": ["user"]}


def test_a_plan_of_another_shape_is_refused(tmp_path):
    """A folder without a plan, or with something else, is refused with its place."""
    with pytest.raises(HomelabError, match="is no plan"):
        plan.read(tmp_path)
    (tmp_path / plan.FILE).write_text(json.dumps({"host": 1}))
    with pytest.raises(HomelabError, match=r"plan\.json"):
        plan.read(tmp_path)
