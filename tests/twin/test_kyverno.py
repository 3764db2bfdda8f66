"""The real admission controller of Kyverno beside a real control plane: its policies deny and let through."""

from __future__ import annotations

import sys

import pytest

from homelab.cluster.api import ApiRefused
from homelab.twin.callbacks.record import not_evaluated
from twin.operated import applied, beside, installed, namespaces, until

pytestmark = [pytest.mark.judge, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
POLICY = {
    "apiVersion": "kyverno.io/v1",
    "kind": "ClusterPolicy",
    "metadata": {"name": "who-is-it"},
    "spec": {
        "background": False,
        "rules": [
            {
                "name": "team",
                "match": {"any": [{"resources": {"kinds": ["ConfigMap"], "namespaces": ["shop"]}}]},
                "validate": {
                    "failureAction": "Enforce",
                    "message": "say whose it is",
                    "pattern": {"metadata": {"labels": {"team": "?*"}}},
                },
            }
        ],
    },
}


@pytest.fixture(scope="module")
def kyverno(tmp_path_factory, twin_program, test_data, oracle):
    """Kyverno installed by its chart, and a policy."""
    with beside(tmp_path_factory.mktemp("kyverno"), twin_program, "kyverno") as made:
        namespaces(made.api, "shop")
        installed(
            made,
            oracle("helm"),
            test_data / "charts" / "kyverno",
            "kyverno",
            "kyverno",
            {"crds": {"migration": {"enabled": False}}},
        )
        applied(made.api, POLICY, seconds=120)
        yield made


def configmap(name, **labels):
    """An object that the policy looks at."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop", "labels": labels}}


def test_a_policy_denies_and_lets_through(kyverno):
    """An object without the label is refused in Kyverno's own words; one with it is made."""
    heard = [""]

    def refused():
        try:
            kyverno.api.create(configmap("nobody"))
        except ApiRefused as found:
            heard[0] = found.message
            return "say whose it is" in heard[0]
        kyverno.api.delete(configmap("nobody"))
        return False

    until(refused, 120, lambda: f"{heard[0]} {kyverno.log('kyverno')}")
    assert 'admission webhook "validate.kyverno.svc-fail" denied the request' in heard[0]
    kyverno.api.create(configmap("ours", team="till"))
    assert kyverno.api.get("v1", "ConfigMap", "ours", "shop")


def test_nothing_is_told_as_not_evaluated(kyverno):
    """Whatever its webhooks were asked, the real program answered."""
    theirs = {each for each in not_evaluated(kyverno.calls) if each.service.startswith("kyverno-svc")}
    assert theirs == set()


def test_it_acts_as_the_account_of_its_pod(kyverno):
    """What the chart does not allow its account is refused here as well: a Secret of another namespace cannot be written."""
    from homelab.cluster.api import Api

    account = "system:serviceaccount:kyverno:kyverno-admission-controller"
    spec = {"user": account, "resourceAttributes": {"verb": "create", "resource": "secrets", "namespace": "shop"}}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {"name": ""},
        "spec": spec,
    }
    path = Api.kind(kyverno.api, "authorization.k8s.io/v1", "SubjectAccessReview").path()
    assert kyverno.api.call("POST", path, body)["status"]["allowed"] is False
    assert "serviceaccount" in str(sorted((kyverno.operators.folder / "kyverno" / "var").rglob("token")))
