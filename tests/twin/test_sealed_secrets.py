"""The real controller of Sealed Secrets beside a real control plane, in a pod without a container."""

from __future__ import annotations

import base64
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from homelab.sealing import Secret, read_certificate, sealed_secret
from test_sealing import certificate_pem, private_pem
from twin.operated import applied, beside, installed, namespaces, until

pytestmark = [pytest.mark.judge, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
HOME = "sealed-secrets"


def test_what_we_seal_it_opens(tmp_path, twin_program, test_data, oracle):
    """Its owner's key lies in the cluster before it: a value that homelab sealed becomes the Secret, and the status says so."""
    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), datetime.now(UTC)
    pem = certificate_pem(key, begins=now - timedelta(days=1))
    with beside(tmp_path, twin_program, "sealed-secrets-controller") as made:
        namespaces(made.api, HOME, "shop")
        labels = {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}
        data = {
            name: base64.b64encode(text).decode() for name, text in (("tls.crt", pem), ("tls.key", private_pem(key)))
        }
        meta = {"name": "sealed-secrets-key-ours", "namespace": HOME, "labels": labels}
        made.api.create(
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data}
        )
        installed(made, oracle("helm"), test_data / "charts" / "sealed-secrets", HOME, HOME)
        secret = Secret("till", "shop")
        applied(made.api, sealed_secret(secret, {"password": b"opensesame"}, read_certificate(pem, now=now)))
        found = until(
            lambda: made.api.get("v1", "Secret", "till", "shop"), 60, lambda: made.log("sealed-secrets-controller")
        )
        assert base64.b64decode(found["data"]["password"]) == b"opensesame"

        def says():
            body = made.api.get("bitnami.com/v1alpha1", "SealedSecret", "till", "shop")
            return {each["type"]: each["status"] for each in (body.get("status") or {}).get("conditions") or ()}

        assert until(lambda: says().get("Synced"), 30) == "True"
