"""Who has the Secret of a database calls that database, though no host is written down."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from homelab.assess.model.services import calls_of
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts

CLUSTER = """
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {{name: db, namespace: shop}}
spec: {{instances: 1, storage: {{size: 1Gi}}{more}}}
"""
POD = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop, namespace: {space}}}
spec:
  selector: {{matchLabels: {{app: shop}}}}
  template:
    metadata: {{labels: {{app: shop}}}}
    spec: {{containers: [{{name: shop, image: "example/shop:1", {env}}}]}}
"""
BY_KEY = "env: [{name: URL, valueFrom: {secretKeyRef: {name: %s, key: uri}}}]"
WHOLE = "envFrom: [{secretRef: {name: %s}}]"
BROUGHT = ", bootstrap: {initdb: {database: a, owner: a, secret: {name: mine}}}"


def called(env: str, more: str = "", space: str = "shop") -> list[str]:
    texts = {"db.yaml": CLUSTER.format(more=more), "shop.yaml": POD.format(space=space, env=env)}
    inventory = read(of_texts(texts))
    (shop,) = [w for w in inventory.workloads if w.name == "shop"]
    return [host for host, _patience in calls_of(SimpleNamespace(inventory=inventory), shop)]


@pytest.mark.parametrize("form", [BY_KEY, WHOLE])
def test_a_database_is_called_by_whom_its_secret_is_given(form: str) -> None:
    """The operator's own Secret, or the one that its owner brings, in the same namespace only."""
    assert called(form % "db-app") == ["db-rw.shop.svc"]
    assert called(form % "mine", BROUGHT) == ["db-rw.shop.svc"]
    assert called(form % "db-app", BROUGHT) == []
    assert called(form % "db-ca") == called(form % "db-app", space="other") == []
