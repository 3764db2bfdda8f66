"""What a commit cannot change is known before: the same as what a real API server refuses."""

from __future__ import annotations

import sys

import pytest

from gitops.immutable import CHANGES, STATEFUL, changed
from homelab.cluster.api import ApiRefused
from homelab.documents.emit import emit
from homelab.gitops.commits.immutable import refused
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.tools.services import Services
from homelab.twin.control_plane import ControlPlane

ROOT = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: https://git.example.org/lab.git, path: shop}
  destination: {namespace: default}
"""


def deployed(body):
    """A repository that deploys one object."""
    return read(of_texts({"root.yaml": ROOT, "shop/one.yaml": emit(body)}))


def fields(before, after):
    """The fields that cannot become what the commit says."""
    return [each.field for each in refused(deployed(before), deployed(after))]


@pytest.mark.parametrize("what", CHANGES)
def test_a_field_that_cannot_be_changed_is_named(what):
    """By Kubernetes' own rules, with the defaults that the server fills in."""
    before, after, field = CHANGES[what]
    assert fields(before, after) == ([field] if field else [])
    assert fields(before, before) == []


def test_what_is_made_anew_may_change():
    """With Replace and Force, Argo CD deletes the object and makes another."""
    noted = changed(STATEFUL, "spec.serviceName", "b")
    noted["metadata"] = noted["metadata"] | {
        "annotations": {"argocd.argoproj.io/sync-options": "Replace=true,Force=true"}
    }
    assert fields(STATEFUL, noted) == []


@pytest.fixture(scope="module")
def plane(tmp_path_factory, twin_program):
    """A real API server."""
    folder = tmp_path_factory.mktemp("plane")
    services = Services(folder / "logs")
    made = ControlPlane(folder / "plane", services, twin_program)
    try:
        made.start()
        yield made
        made.api.close()
    finally:
        services.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a control plane runs on Linux only")
@pytest.mark.parametrize("what", CHANGES)
def test_a_real_server_refuses_the_same(plane, what):
    """Each change is applied, after what was there before."""
    before, after, field = CHANGES[what]
    api = plane.api
    api.apply(before, "argocd-controller")
    try:
        if not field:
            api.apply(after, "argocd-controller")
            return
        with pytest.raises(ApiRefused) as caught:
            api.apply(after, "argocd-controller")
        said = " ".join((str(caught.value), *caught.value.causes)).lower()
        assert any(word in said for word in ("immutable", "forbidden", "may not"))
    finally:
        api.delete(before)
