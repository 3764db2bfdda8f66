"""Secrets that the lab declares and nobody sealed yet: what a person will give, given here with values that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.twin.standins.acts import Act, Make
from homelab.twin.standins.standin import StandIn
from homelab.twin.standins.world import World, b64

PERSON = "twin.homelab.dev/pending"
"""The annotation of a Secret that a person has still to seal."""


def namespace(body: Object, world: World) -> Iterator[Act]:
    """A Namespace: the pending secrets in it, each with its keys."""
    space = body["metadata"]["name"]
    if body["metadata"].get("deletionTimestamp"):
        return
    for name, keys in sorted(world.pending.get(space, {}).items()):
        meta = {"name": name, "namespace": space, "annotations": {PERSON: "true"}}
        data = {key: b64(world.random(space, name, key)) for key in keys}
        yield Make({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": data})


PENDING = StandIn("whoever seals secrets", {("", "Namespace"): namespace})
