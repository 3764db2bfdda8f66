"""Sealed Secrets, where nobody has the lab's private key: each Secret with the keys that were sealed, and values that mean nothing.

Source: bitnami/sealed-secrets 0.38.4 pkg/controller/controller.go, `updateSealedSecretStatus`.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins.acts import Act, Keep, Say
from homelab.twin.standins.operated import owned
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, b64, condition

GROUP = "bitnami.com"


def opened(body: Object, world: World) -> Iterator[Act]:
    """A SealedSecret: its Secret, and that it is opened."""
    mood = world.mood(body)
    if mood == "progressing":
        return
    if mood == "degraded":
        said = condition(body, world, "Synced", False, "", "no key could decrypt secret (held back by a drill)")
    else:
        yield Keep(_secret(body, world))
        said = condition(body, world, "Synced", True, "", "")
    said.pop("observedGeneration")
    said["lastUpdateTime"] = said["lastTransitionTime"]
    generation = body["metadata"].get("generation", 1)
    yield Say(body, {"conditions": [said], "observedGeneration": generation})


def _secret(body: Object, world: World) -> Object:
    meta, shape = body["metadata"], dig(body, ["spec", "template"], {})
    given = shape.get("metadata") or {}
    name, space = str(given.get("name") or meta["name"]), meta["namespace"]
    keys = dig(body, ["spec", "encryptedData"], {})
    plain = {key: b64(str(value)) for key, value in (shape.get("data") or {}).items()}
    data = {**plain, **{key: b64(world.random(space, name, key)) for key in keys}}
    about = {key: given[key] for key in ("labels", "annotations") if given.get(key)}
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": space, **about}}
    return owned({**made, "type": shape.get("type", "Opaque"), "data": data}, body)


SEALED_SECRETS = StandIn(
    "the controller of Sealed Secrets",
    {(GROUP, "SealedSecret"): opened},
    replaced="sealed-secrets-controller",
    operator=Program("sealed-secrets-controller"),
)
