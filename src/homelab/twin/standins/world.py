"""What a stand-in sees: the objects of the cluster, the time, an authority that signs, and how a drill wants it to fare."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from homelab.cluster.api import Object
from homelab.kube.resource import dig

MOOD = "twin.homelab.dev/stand-in"
"""The annotation by which a drill holds an object back (`progressing`) or breaks it (`degraded`)."""
MOODS = ("progressing", "degraded")
Key = tuple[str, str]
"""API group and kind."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A certificate to be made.

    Attributes:
        name: common name of its subject; may be empty.
        hosts: DNS names and addresses.
        days: how long it holds.
        authority: whether it may sign others.
        algorithm: `ECDSA`, `RSA` or `Ed25519`, with `size` in bits.
    """

    name: str
    hosts: tuple[str, ...] = ()
    days: float = 90.0
    authority: bool = False
    algorithm: str = "RSA"
    size: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM; `authority` is the certificate of who signed."""

    certificate: bytes
    key: bytes
    authority: bytes


class Signs(Protocol):
    """Makes certificates."""

    def __call__(self, wanted: Wanted, by: Pair | None = None, *, itself: bool = False) -> Pair:
        """Signed by a pair, by `itself`, or else by the twin's own authority."""
        ...


@dataclass(frozen=True)
class World:
    """A cluster at one moment.

    Attributes:
        objects: (group, kind) to (namespace, name) to object.
        now: the time, as Kubernetes writes it.
        sign: makes certificates.
        moods: `Kind/namespace/name` to a mood: what drills want of objects, beside their annotation.
        pending: secrets that the lab declares and nobody sealed, by namespace: name to keys.
        seed: of values that are random.
    """

    objects: Mapping[Key, Mapping[tuple[str, str], Object]]
    now: str
    sign: Signs
    moods: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    pending: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=lambda: MappingProxyType({}))
    seed: str = ""

    def get(self, group: str, kind: str, namespace: str, name: str) -> Object | None:
        """One object; None where there is none."""
        return self.objects.get((group, kind), {}).get((namespace, name))

    def of(self, group: str, kind: str, namespace: str = "") -> list[Object]:
        """The objects of a kind, of all namespaces where none is named, by namespace and name."""
        found = self.objects.get((group, kind), {})
        return [found[key] for key in sorted(found) if namespace in ("", key[0])]

    def lookup(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object by its kind alone, as `software` asks."""
        for (_, known), found in self.objects.items():
            if known == kind and (namespace, name) in found:
                return found[namespace, name]
        return None

    def runs(self, image: str, container: str = "") -> bool:
        """Whether a pod is ready that runs an image (the end of its name) in a container of that name (a part of it)."""
        return any(name.endswith(image) and container in of for name, of in self._running)

    @cached_property
    def _running(self) -> frozenset[tuple[str, str]]:
        found = set[tuple[str, str]]()
        for pod in self.of("", "Pod"):
            if has(pod, "Ready"):
                for each in pod["spec"]["containers"]:
                    name = each["image"].partition("@")[0]
                    head, _, last = name.rpartition("/")
                    found.add((f"{head}/{last.partition(':')[0]}", each["name"]))
        return frozenset(found)

    def mood(self, body: Object) -> str:
        """How a drill wants an object to fare; empty where nobody meddles."""
        meta = body["metadata"]
        said = self.moods.get(f"{body['kind']}/{meta.get('namespace', '')}/{meta['name']}")
        found = said or (meta.get("annotations") or {}).get(MOOD, "")
        return found if found in MOODS else ""

    def random(self, *words: str) -> str:
        """A value that nobody guesses and that is the same when it is asked for again."""
        digest = hashlib.sha256("\n".join((self.seed, *words)).encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def group_of(version: str) -> str:
    """The API group of an `apiVersion`; empty for the core."""
    return version.rpartition("/")[0]


def key_of(body: Object) -> Key:
    """Group and kind of an object."""
    return group_of(body["apiVersion"]), body["kind"]


def place_of(body: Object) -> tuple[str, str]:
    """Namespace and name of an object."""
    return body["metadata"].get("namespace", ""), body["metadata"]["name"]


def indexed(bodies: Iterable[Object]) -> dict[Key, dict[tuple[str, str], Object]]:
    """Objects by kind and by place."""
    found: dict[Key, dict[tuple[str, str], Object]] = {}
    for body in bodies:
        found.setdefault(key_of(body), {})[place_of(body)] = body
    return found


def condition(body: Object, world: World, kind: str, *said: bool | str, old: Iterable[Object] | None = None) -> Object:
    """A condition as controllers write it; its time stays where its status stays.

    `said` are status, reason and message; `old` the conditions there are, where they are not the object's own.
    """
    status, reason, message = said
    had = next((each for each in (_conditions(body) if old is None else old) if each.get("type") == kind), {})
    since = had.get("lastTransitionTime") if had.get("status") == str(status) else None
    made = {"type": kind, "status": str(status), "reason": reason, "message": message}
    return {
        **made,
        "lastTransitionTime": since or world.now,
        "observedGeneration": body["metadata"].get("generation", 1),
    }


def _conditions(body: Object) -> list[Object]:
    return list(dig(body, ["status", "conditions"], []))


def has(body: Object | None, kind: str, status: str = "True") -> bool:
    """Whether an object says a condition."""
    return any(each.get("type") == kind and each.get("status") == status for each in _conditions(body or {}))


def b64(text: str | bytes) -> str:
    """Text as a Secret carries it."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def decoded(secret: Object | None, key: str) -> bytes:
    """A value of a Secret; empty where it has none."""
    return base64.b64decode(((secret or {}).get("data") or {}).get(key, ""))
