"""Secrets that nobody has: sealed ones, and those that a person has still to seal."""

from __future__ import annotations

from homelab.twin.standins.pending import PENDING, PERSON
from homelab.twin.standins.sealed_secrets import SEALED_SECRETS
from homelab.twin.standins.world import decoded
from twin.standins import cases
from twin.standins.scenes import Cluster, thing

PENDED = {"shop": {"login": ("user", "password")}}


def test_a_sealed_secret_becomes_a_secret_with_its_keys():
    """A sealed secret becomes the Secret that its template names, with each sealed key, owned by it."""
    cluster = Cluster(*cases.sealed("")).settle(SEALED_SECRETS)
    secret = cluster.get("Secret", "login", "shop")
    assert list(secret["data"]) == ["password"]
    assert secret["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret"


def test_a_pending_secret_is_given():
    """A secret that is declared and not sealed is made with its keys, and is marked as a person's to give."""
    cluster = Cluster(thing("Namespace", "shop"), thing("Namespace", "other"), pending=PENDED).settle(PENDING)
    secret = cluster.get("Secret", "login", "shop")
    assert set(secret["data"]) == {"user", "password"}
    assert secret["metadata"]["annotations"][PERSON] == "true"
    assert len(cluster.world().of("", "Secret")) == 1


def test_a_secret_that_is_there_is_kept():
    """A declared secret that exists keeps its values."""
    own = thing("Secret", "login", "shop", data={"user": "bWU="})
    cluster = Cluster(thing("Namespace", "shop"), own, pending=PENDED).settle(PENDING)
    assert cluster.get("Secret", "login", "shop")["data"] == {"user": "bWU="}


def test_values_differ_from_twin_to_twin():
    """A value is the same when it is asked for again, and another one in another twin."""

    def word(seed):
        cluster = Cluster(thing("Namespace", "shop"), pending=PENDED, seed=seed).settle(PENDING)
        return decoded(cluster.get("Secret", "login", "shop"), "password")

    assert word("a") == word("a") != word("b")
