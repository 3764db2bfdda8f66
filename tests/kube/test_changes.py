"""Changes: the fields that differ, without a secret, and whose pods are made anew."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.changes import changes, restarted

WEB = """
apiVersion: apps/v1
kind: %s
metadata: {name: web, namespace: shop, labels: {a: b}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", env: [{name: PASSWORD, value: hunter2}]}]}
"""
DEPLOYMENT = WEB % "Deployment"


def differing(old: str, new: str) -> list[str]:
    found = changes(inventory(old), inventory(new)).changed
    return [str(field) for each in found for field in each.fields]


def inventory(text: str):
    return read(of_texts({"all.yaml": text}))


@pytest.mark.parametrize(("old", "new", "told"), [
    ("replicas: 2", "replicas: 3", ["spec.replicas: 2 → 3"]),
    ("  replicas: 2\n", "", ["spec.replicas: 2 → nothing"]),
    ("web:1", "web:2", ["spec.template.spec.containers.0.image: web:1 → web:2"]),
    ("hunter2", "hunter3", ["spec.template.spec.containers.0.env.0.value"]),
    ("{a: b}", "{a: c}", ["metadata.labels.a"]),
    ("{a: b}", "{}", ["metadata.labels.a"]),
    ("replicas: 2", "replicas: 2\n  paused: true", ["spec.paused: nothing → true"]),
    ("web:1", "web:1", []),
])  # fmt: skip
def test_fields_that_differ_are_told_with_what_is_no_secret(old, new, told):
    """Numbers, switches and texts such as an image are told with both values, other texts by their path alone."""
    assert differing(DEPLOYMENT, DEPLOYMENT.replace(old, new)) == told


def test_nothing_of_a_secret_or_configmap_is_told():
    """Of these only the names of fields are said, whatever they hold."""
    text = "{apiVersion: v1, kind: %s, metadata: {name: a}, data: {image: %s}}"
    for kind in ("Secret", "ConfigMap"):
        assert differing(text % (kind, "YQ=="), text % (kind, "Yg==")) == ["data.image"]


def test_objects_come_and_go_by_their_identity():
    """Another version of the API is the same object; another name is another one."""
    found = changes(
        inventory(DEPLOYMENT), inventory(DEPLOYMENT.replace("name: web, namespace", "name: new, namespace"))
    )
    assert [each.name for each in found.added] == ["new"]
    assert [each.name for each in found.removed] == ["web"]
    assert differing(DEPLOYMENT, DEPLOYMENT.replace("apps/v1", "apps/v1beta2")) == [
        "apiVersion: apps/v1 → apps/v1beta2"
    ]


@pytest.mark.parametrize(("kind", "old", "new", "told"), [
    ("Deployment", "web:1", "web:2", (2, "RollingUpdate", False)),
    ("Deployment", "replicas: 2", "replicas: 3", None),
    ("Deployment", "{a: b}", "{a: c}", None),
    ("Deployment", "web:1", "web:2\n  strategy: {type: Recreate}", (2, "Recreate", True)),
    ("StatefulSet", "web:1", "web:2", (2, "RollingUpdate", False)),
    ("StatefulSet", "web:1", "web:2\n  updateStrategy: {type: OnDelete}", (2, "OnDelete", False)),
    ("Job", "web:1", "web:2", None),
])  # fmt: skip
def test_pods_are_made_anew_where_the_template_differs(kind, old, new, told):
    """With the number of pods and the strategy; more replicas or another label of the object restart nobody."""
    changed = (WEB % kind).replace(old, new.partition("\n")[0])
    if "\n" in new:
        changed = changed.replace("  replicas: 2", f"{new.partition(chr(10))[2]}\n  replicas: 2")
    found = list(restarted(inventory(WEB % kind), inventory(changed)))
    assert [(each.pods, each.strategy, each.away) for each in found] == ([told] if told else [])


def test_one_pod_of_a_statefulset_is_away_and_none_restarts_nobody():
    """A StatefulSet deletes its pod before it makes the new one; without replicas there is nothing to restart."""
    one, none = ((WEB % "StatefulSet").replace("replicas: 2", f"replicas: {n}") for n in (1, 0))
    assert [each.away for each in restarted(inventory(one), inventory(one.replace("web:1", "web:2")))] == [True]
    assert list(restarted(inventory(none), inventory(none.replace("web:1", "web:2")))) == []
