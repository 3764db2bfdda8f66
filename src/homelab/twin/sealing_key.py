"""The key pair with which a lab's secrets are sealed, in the twin as at home: before Argo CD comes, beside its controller.

The objects are those of the produced `tofu/bootstrap/sealing.tf`; which Secrets the controller takes for keys is said by their
label (bitnami/sealed-secrets 0.38.4 pkg/controller/keys.go, `SealedSecretsKeyLabel`).
"""

from __future__ import annotations

import base64
from pathlib import Path

from homelab.cluster.api import Object
from homelab.errors import UsageError
from homelab.kube.inventory import Inventory
from homelab.sealing import read_private_keys

LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"
IMAGE = "sealed-secrets-controller"


def beside(key: Path) -> Path:
    """The file of the certificate that belongs to a private key: of the same name, as `sealing.crt`."""
    return key.with_suffix(".crt")


def checked(key: Path) -> Path:
    """A private key whose certificate lies beside it.

    Raises:
        UsageError: it is none, or the certificate is not there.
    """
    for file in (key, beside(key)):
        if not file.is_file():
            raise UsageError(f"{file} is not there", hint="the key pair is tofu/bootstrap/sealing.key and sealing.crt")
    read_private_keys(key.read_bytes(), file=str(key))
    return key


def objects(inventory: Inventory, key: Path) -> list[Object]:
    """The namespace of the lab's controller and the Secret with the key; none where the lab has no controller."""
    homes = [
        workload.subject.namespace
        for workload in inventory.workloads
        if any(
            container.image.partition("@")[0].rpartition(":")[0].endswith(IMAGE) for container in workload.containers
        )
    ]
    if not homes:
        return []
    data = {
        name: base64.b64encode(file.read_bytes()).decode()
        for name, file in (("tls.crt", beside(key)), ("tls.key", key))
    }
    meta = {"name": "sealing-key", "namespace": homes[0], "labels": {LABEL: "active"}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": homes[0]}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data},
    ]
