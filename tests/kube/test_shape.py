"""Shape: what Kubernetes could not decode is named by its field, and everything else passes."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.existence.unread import unread
from homelab.kube.shape import misshapen, unreadable


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"}, "spec": spec}


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (deployment(replicas="two"), "spec.replicas", "spec.replicas is 'two', expected a whole number"),
        (deployment(replicas=True), "spec.replicas", "spec.replicas is True, expected a whole number"),
        (
            deployment(template={"spec": {"containers": 1.5}}),
            "spec.template.spec.containers",
            "spec.template.spec.containers is 1.5, expected a list",
        ),
        (
            deployment(template={"spec": {"containers": [None]}}),
            "spec.template.spec.containers.0",
            "spec.template.spec.containers.0 is None, expected a map",
        ),
        (
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": []}},
            "metadata.name",
            "metadata.name is [], expected text",
        ),
        ({"apiVersion": "v1", "kind": ["Service"]}, "kind", "kind is ['Service'], expected text"),
        ({"apiVersion": "x/v1", "kind": "Whatever", "spec": "x" * 99}, "spec", f"spec is '{'x' * 39}…, expected a map"),
    ],
)
def test_the_first_wrong_field_is_named(body, field, said):
    """The sentence has the field, its value in short, and what was expected."""
    assert misshapen(body) == (field, said)


def test_what_is_absent_or_unknown_passes():
    """Fields that are null, absent, or that nobody here reads are left alone."""
    assert misshapen(deployment(replicas=None, template=None, selector={"matchLabels": {}})) is None
    assert misshapen({"apiVersion": "example.org/v1", "kind": "Thing", "spec": {"containers": 1}}) is None


def test_only_what_leads_on_is_looked_at_first():
    """A wrong replica count does not keep an overlay from mending it; a wrong source of an Application stops the walk."""
    assert unreadable(deployment(replicas="two")) is None
    application = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"source": [[]]}}
    assert unreadable(application) == ("spec.source", "spec.source is [[]], expected a map")


def test_one_odd_object_is_set_aside_and_the_others_are_read():
    """It is unknown, with its line; its namespace may hold more than was read; its neighbours are there."""
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: odd, namespace: web}
spec:
  replicas: [2]
---
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {selector: {app: odd}}
"""
    inventory = read(of_texts({"web.yaml": text}))
    assert [r.name for r in inventory.resources] == ["shop"]
    (gap,) = inventory.unknown
    assert str(gap.place) == "web.yaml:5:3"
    assert gap.why == "spec.replicas is [2], expected a whole number"
    assert "expected a whole number" in unread(inventory, "web")
    assert unread(inventory, "elsewhere") == ""


def test_a_manifest_without_an_identity_is_refused_with_its_line():
    """A list for a name is said, not stumbled over."""
    inventory = read(of_texts({"web.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: [x]\n"}))
    assert inventory.resources == ()
    assert [(u.what, str(u.place)) for u in inventory.unknown] == [("web.yaml", "web.yaml:4:3")]
