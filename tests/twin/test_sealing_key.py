"""The key of sealed secrets goes into a twin where its owner gives it."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from homelab.errors import UsageError
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.twin.sealing_key import LABEL, checked, objects
from test_sealing import certificate_pem, private_pem

CONTROLLER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: sealed, namespace: vault}
spec:
  selector: {matchLabels: {app: sealed}}
  template:
    metadata: {labels: {app: sealed}}
    spec: {containers: [{name: main, image: "registry.example.org/bitnami/sealed-secrets-controller:0.38.4"}]}
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A key pair in files."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("keys") / "sealing.key"
    file.write_bytes(private_pem(made))
    file.with_suffix(".crt").write_bytes(certificate_pem(made))
    return file


def test_it_lies_beside_the_controller(key):
    """In the namespace of whoever runs the controller, under the label by which it knows its keys."""
    space, secret = objects(read(of_texts({"all.yaml": CONTROLLER})), key)
    assert (space["kind"], space["metadata"]["name"]) == ("Namespace", "vault")
    assert (secret["metadata"]["namespace"], secret["metadata"]["labels"]) == ("vault", {LABEL: "active"})
    assert base64.b64decode(secret["data"]["tls.key"]) == key.read_bytes()


def test_a_lab_without_a_controller_gets_none(key):
    """There is nobody to open anything with it."""
    assert objects(read(of_texts({"all.yaml": CONTROLLER.replace("sealed-secrets-controller", "web")})), key) == []


def test_what_is_no_key_pair_is_refused(key, tmp_path):
    """A file that is not there, a key without its certificate, and a certificate in place of the key are told before anything starts."""
    assert checked(key) == key
    with pytest.raises(UsageError, match=r"nowhere\.key is not there"):
        checked(tmp_path / "nowhere.key")
    (tmp_path / "alone.key").write_bytes(key.read_bytes())
    with pytest.raises(UsageError, match=r"alone\.crt is not there"):
        checked(tmp_path / "alone.key")
    (tmp_path / "turned.key").write_bytes(key.with_suffix(".crt").read_bytes())
    (tmp_path / "turned.crt").write_bytes(key.read_bytes())
    with pytest.raises(UsageError, match="key"):
        checked(tmp_path / "turned.key")
