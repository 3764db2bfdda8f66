"""Seen: a workload with what stands beside it, and short ways to say what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from homelab.findings import Subject
from homelab.kube.facts import Fact, Produces, Role, Singleton, Standby
from homelab.kube.resource import Resource
from homelab.kube.selector import matches
from homelab.kube.workload import Container, Workload

LEASE = 15.0
"""Seconds until a waiting controller may take an abandoned lease: the default of client-go and controller-runtime."""


@dataclass(frozen=True)
class Around:
    """A workload that runs an image, the container that does, and the workloads, Services and ConfigMaps beside it."""

    workload: Workload
    container: Container
    workloads: tuple[Workload, ...] = ()
    services: tuple[Resource, ...] = ()
    configs: tuple[Resource, ...] = ()

    @property
    def subject(self) -> Subject:
        """The workload."""
        return self.workload.subject

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Command and arguments of the container."""
        return words_of(self.container)

    def value(self, name: str) -> str:
        """The value of an environment variable that is written down, there or in a ConfigMap; empty where it is not."""
        for entry in self.container.environment:
            if entry.get("name") == name:
                chosen = (entry.get("valueFrom") or {}).get("configMapKeyRef") or {}
                return str(entry.get("value") or self._configured(chosen.get("name"), chosen.get("key")))
        for source in self.container.body.get("envFrom") or ():
            if found := self._configured((source.get("configMapRef") or {}).get("name"), name):
                return found
        return ""

    def _configured(self, name: object, key: object) -> str:
        for config in self.configs:
            if config.name == name:
                return str((config.get("data") or {}).get(key) or "")
        return ""

    def running(self, image: str, word: str = "") -> tuple[Workload, ...]:
        """The workloads beside it that run an image, with a word in their command."""
        return tuple(
            w
            for w in self.workloads
            if any(runs(c.image, image) and says(words_of(c), word) for c in (*w.containers, *w.init_containers))
        )

    def port_of(self, name: str, default: int) -> int:
        """The first port of a Service of its namespace."""
        found = next((s for s in self.services if s.name == name), None)
        ports = found.get("spec.ports", []) if found else []
        return int(ports[0].get("port", default)) if ports else default

    def service_of(self, workload: Workload) -> str | None:
        """The first Service, headless ones last, that selects a workload's pods."""
        chosen = [
            s
            for s in self.services
            if s.get("spec.selector") and matches({"matchLabels": s.get("spec.selector")}, workload.labels)
        ]
        chosen.sort(key=lambda s: s.get("spec.clusterIP") == "None")
        return chosen[0].name if chosen else None


def words_of(container: Container) -> tuple[str, ...]:
    """Command and arguments of a container."""
    return tuple(str(word) for key in ("command", "args") for word in container.body.get(key) or ())


def says(words: Iterable[str], word: str) -> bool:
    """Whether a word is among others, or a part of one; the empty word always is."""
    return not word or any(word in each for each in words)


def runs(image: str, name: str) -> bool:
    """Whether an image reference is of an image, whatever its registry, tag and digest."""
    path = image.partition("@")[0]
    head, slash, last = path.rpartition("/")
    bare = f"{head}{slash}{last.partition(':')[0]}"
    return bare == name or bare.endswith(f"/{name}")


Facts = Callable[[Around], Iterable[Fact]]


def role(phase: str, why: str) -> Facts:
    """It is missed in a phase: `run`, `start` or `change`."""
    return lambda around: (Role(around.subject, phase, why),)


def elected(source: str, flag: str = "--leader-elect") -> Facts:
    """Further replicas wait for a lease, unless a flag says that there is no election."""

    def facts(around: Around) -> Iterable[Fact]:
        off = any(word.startswith(flag) and word.endswith("=false") for word in around.words)
        return () if off or around.workload.daemon else (Standby(around.subject, LEASE, source),)

    return facts


def single(why: str, source: str) -> Facts:
    """It must stay single."""
    return lambda around: (Singleton(around.subject, why, source),)


def produces(*secrets: str) -> Facts:
    """It makes Secrets of these names in its namespace."""

    def facts(around: Around) -> Iterable[Fact]:
        made = tuple(Subject("Secret", name, around.workload.namespace) for name in secrets)
        return (Produces(around.subject, made),)

    return facts


def both(*parts: Facts) -> Facts:
    """All of these."""
    return lambda around: [fact for part in parts for fact in part(around)]


def only(kind: str, part: Facts) -> Facts:
    """Of workloads of one kind."""
    return lambda around: part(around) if around.workload.kind == kind else ()
