"""A twin: a lab's repository on a real control plane of this machine, with its nodes' shape and no hardware.

Everything lies in one folder, listens on the loopback only, and ends with its keeper.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from homelab.cluster.api import Api, ApiRefused
from homelab.documents.emit import emit
from homelab.documents.quantity import rounded_bytes
from homelab.documents.read import load
from homelab.errors import ToolError, UnreadableRepository
from homelab.gitops import repository as repositories
from homelab.gitops.read import read
from homelab.gitops.rendering import Asked
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, wave_of
from homelab.lab.charts import Charts, wanted
from homelab.lab.charts import template as template_of
from homelab.lab.told import Told, silent
from homelab.tools import git
from homelab.tools.charts.content import Content
from homelab.tools.helm import Template
from homelab.tools.process import Programs
from homelab.tools.run import Call, Runner
from homelab.tools.services import LOOPBACK, Service, Services, free_port
from homelab.twin import argo as argo_cd
from homelab.twin import sealing_key, shelf
from homelab.twin.applied import tried
from homelab.twin.argo import Argo
from homelab.twin.callbacks import setup as callbacks
from homelab.twin.control_plane import WAIT, ControlPlane, Newer
from homelab.twin.drills.changes import Change
from homelab.twin.nodes import nodes
from homelab.twin.operators.process import Operators
from homelab.twin.room import Room, free, room
from homelab.twin.roots import CHART, argo_of, own, roots
from homelab.twin.sources import Addresses, Listening, Rewritten, addresses, rewrite
from homelab.twin.standins import process as standins

BRANCH = "main"
SERVER = "kube-apiserver"
MENDED = 3
"""How often a program is started anew before it counts as broken."""

TRIED = 20.0
"""Seconds that an Application has to be tried for the first time, before the next one is made."""
AS_WRITTEN = "waves"


def _shuffled(found: list[Resource]) -> list[Resource]:
    return sorted(found, key=lambda each: sha256(each.name.encode()).digest())


ORDERS: Mapping[str, Callable[[list[Resource]], list[Resource]]] = MappingProxyType(
    {AS_WRITTEN: lambda _found: [], "reverse": lambda found: found[::-1], "shuffled": _shuffled}
)
"""Orders in which Applications are synced: as the waves have it, the last first, and one by chance that is always the same."""


def _nowhere(_name: str) -> None:
    return None


@dataclass
class Twin:
    """A lab on this machine.

    Attributes:
        folder: everything of it lies in here.
        texts: the repository, paths to texts.
        program: the file of a program by its name.
        charts: where charts come from.
        told: hears what is going on.
        fast: how many times faster the clocks of failure run.
    """

    folder: Path
    texts: Mapping[str, str]
    program: Callable[[str], Path]
    charts: Charts
    told: Told = silent
    fast: float = 1.0
    optional: Callable[[str], Path | None] = _nowhere
    """The file of an operator that runs as a process, where it was built."""
    changes: tuple[Change, ...] = ()
    """What drills may commit."""
    above: Newer | None = None
    """The next minor of Kubernetes, where its programs were built."""
    runner: Runner = field(default_factory=Programs)
    sealing: Path | None = None
    """The private key of the lab's sealed secrets, where its owner gives it; the certificate lies beside it."""
    rewritten: list[Rewritten] = field(default_factory=list, init=False)
    """Addresses that were changed."""
    added: list[str] = field(default_factory=list, init=False)
    """Objects and keys that were made in place of a program that does not run here."""
    mended: Counter[str] = field(default_factory=Counter, init=False)
    """Programs that ended without being told to and were started anew, and how often."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every program."""
        if "control_plane" in self.__dict__:
            self.api.close()
        self.services.close()

    @cached_property
    def services(self) -> Services:
        """Its running programs."""
        return Services(self.folder / "logs")

    @cached_property
    def listening(self) -> Listening:
        """Hears which charts the lab installs."""
        return Listening(self.charts)

    @cached_property
    def inventory(self) -> Inventory:
        """What the repository deploys, as it is judged."""
        return read(repositories.of_texts(self.texts), helm=self.listening)

    @cached_property
    def ground(self) -> Ground:
        """What the lab stands on.

        Raises:
            UnreadableRepository: nobody says which machines it has.
        """
        found = self.inventory.ground
        if found is None or not found.nodes:
            raise UnreadableRepository("no node is known", hint="say in .homelab/lab.yaml which machines the lab has")
        return found

    @cached_property
    def control_plane(self) -> ControlPlane:
        """Its control plane; an etcd member for each control-plane node."""
        members = max(1, sum(node.control_plane for node in self.ground.nodes))
        home = self.folder / "control-plane"
        door = self.callbacks / callbacks.SOCKET
        return ControlPlane(home, self.services, self.program, members, self.fast, door=door, room=self.room)

    @cached_property
    def room(self) -> Room:
        """The memory that it takes."""
        members = max(1, sum(node.control_plane for node in self.ground.nodes))
        kinds = len(self.inventory.of("CustomResourceDefinition"))
        return room(members, kinds, len(self.inventory.resources), len(self.operators.programs))

    @property
    def callbacks(self) -> Path:
        """Where the process lies that the API server calls into."""
        return self.folder / "callbacks"

    @property
    def api(self) -> Api:
        """Its API, as the cluster's owner."""
        return self.control_plane.api

    @cached_property
    def argo(self) -> Argo:
        """Its Argo CD."""
        beside = {str(self.program(name).parent) for name in ("kustomize", "helm")}
        path = ":".join([*sorted(beside), argo_cd.found()])
        return Argo(self.folder / "argocd", self.services, self.program, self.control_plane, path)

    @cached_property
    def operators(self) -> Operators:
        """Its operators that are real."""
        return Operators(self.folder / "operators", self.runner, self.optional, sealed=self.sealing is not None)

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses that the repository names."""
        states = (self.texts, *(each.texts for each in self.changes if each.brings))
        found = [addresses(texts) for texts in states]
        return Addresses(frozenset().union(*(a.git for a in found)), frozenset().union(*(a.charts for a in found)))

    def start(self) -> None:
        """Start the control plane, its nodes, Argo CD, and what serves charts and the repository; nothing is deployed yet.

        Raises:
            ToolError: a program is missing, ends or does not come up, or there is too little memory.
        """
        self.told("reading the repository")
        _ = self.inventory
        with ThreadPoolExecutor(1) as beside:
            first = beside.submit(self._installed)  # helm takes a second, and asks nobody
            self.boot()
            self.told("starting Argo CD")
            self._first_day(first.result())
        for body in sealing_key.objects(self.inventory, self.sealing) if self.sealing else ():
            self.api.ensure(body)
        self.argo.start()
        self.added += argo_cd.projects(self.api)

    def boot(self) -> None:
        """Start all but Argo CD: machines that are on, and nothing installed.

        Raises:
            ToolError: as `start`.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.room.check(free())
        self.told(f"starting the control plane: all of it takes up to {rounded_bytes(self.room.bytes)} of memory")
        self.control_plane.start()
        callbacks.start(self.callbacks, self.services, self.control_plane)
        real = self.operators.programs
        standins.start(self.standins, self.services, self.control_plane, self.inventory, real=real)
        for node in nodes(self.ground):
            self.api.create(node)
        self.told("publishing the repository and its charts")
        self._serve()
        callbacks.ready(self.callbacks, self.services)
        standins.ready(self.standins, self.services)
        self.operators.start(self.services, self.control_plane, self.callbacks)

    @property
    def standins(self) -> Path:
        """Where those lie that stand in for operators."""
        return self.folder / "stand-ins"

    def _serve(self) -> None:
        port = free_port()
        home = self.folder / "charts"
        for each in self.changes:
            _ = each.brings and each.inventory  # what it installs is heard
        by_address: dict[str, dict[str, tuple[str, Content]]] = {address: {} for address in self.addresses.charts}
        for asked in self.listening.asked:
            if asked.release.repository in by_address and not asked.folder:
                want = wanted(asked)
                by_address[asked.release.repository][str(want)] = want.name, self.charts.store.find(want)
        shelf.publish(home, {address: found.values() for address, found in by_address.items()})
        command = (sys.executable, "-I", "-m", "http.server", str(port), "--bind", LOOPBACK, "--directory", str(home))
        self.services.start(Service("charts", command))
        table = {each: f"http://{LOOPBACK}:{port}/{shelf.slug(each)}" for each in by_address}
        self.services.ready("charts", lambda: argo_cd.listens(port), 20)
        self.table = table | dict.fromkeys(self.own, f"file://{self.folder / 'repository'}")
        self.publish(self.texts, "The lab")

    @property
    def own(self) -> frozenset[str]:
        """Addresses of the repository itself."""
        return own(self.texts, self.inventory)

    def publish(self, texts: Mapping[str, str], message: str) -> str:
        """Commit a repository, its addresses rewritten, where Argo CD sees it; the new commit."""
        made, self.rewritten = rewrite(texts, self.table)
        return git.publish(self.runner, self.folder / "repository", made, message, BRANCH)

    def reachable(self, *, yes: bool) -> None:
        """Take the repository out of Argo CD's reach, or give it back."""
        here, away = self.folder / "repository", self.folder / "repository-away"
        (away if yes else here).rename(here if yes else away)

    def read(self, texts: Mapping[str, str]) -> Inventory:
        """What another state of the repository deploys."""
        return read(repositories.of_texts(texts), helm=self.listening)

    def _installed(self) -> list[dict[str, Any]]:
        """Argo CD as the guide installs it: its chart with the lab's values, before Prometheus and routes have kinds.

        Raises:
            Absent: its chart is not at hand.
        """
        release, said = argo_of(self.listening.asked, self.ground.kubernetes)
        if not said:
            self.added.append("the chart argo-cd as it comes: the repository does not install it")
        return self._whole(release)

    def _first_day(self, bodies: Iterable[dict[str, Any]]) -> None:
        """Apply Argo CD, and what its own server would make beside it."""
        self.api.ensure({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": argo_cd.NAMESPACE}})
        later = list[Any]()
        for body in bodies:
            meta = body["metadata"]
            if "helm.sh/hook" in (meta.get("annotations") or {}) and body["kind"] in {"Job", "Pod"}:
                continue
            later += self._apply(body)
        for body in later:
            self._apply(body)
        self.added += argo_cd.settle(self.api)
        self._served(*argo_cd.PROJECT)

    def _apply(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Apply an object of the first day; one whose kind is not there yet comes back, and is Argo CD's."""
        try:
            if self.api.kind(body["apiVersion"], body["kind"]).namespaced:
                body["metadata"].setdefault("namespace", argo_cd.NAMESPACE)
            self.api.apply(body, argo_cd.MANAGER)
        except ApiRefused as refused:
            if refused.reason == "NotFound":
                return [body]
            raise
        return []

    def _whole(self, asked: Asked) -> list[dict[str, Any]]:
        """All objects of a chart, kinds with their schemas, as `helm template` prints them."""
        with ExitStack() as stack:
            template: Template = template_of(asked, self.charts.chart(asked, stack), self.charts.root, given=False)
            argv = ("template", template.release, str(template.chart), "--namespace", template.namespace)
            flags = (
                "--include-crds",
                "--values",
                "-",
                "--kube-version",
                template.kube_version or self.ground.kubernetes,
            )
            said = self.runner.run(Call(("helm", *argv, *flags), stdin=_values(template), timeout=120))
        return [body for body in load(said.stdout, CHART) if body]

    def mend(self) -> None:
        """Start whatever ended without being told to anew, as a machine at home does; look now and then.

        Raises:
            ToolError: a program ends again and again; with the end of its log.
        """
        for name in self.services.fallen():
            if self.mended[name] >= MENDED:
                code, tail = self.services.code(name), self.services.tail(name)
                hint = f"its log: {self.services.log(name)}"
                raise ToolError(f"{name} ended {MENDED + 1} times, the last time with code {code}: {tail}", hint=hint)
            self.mended[name] += 1
            self.services.again(name)
            if name == SERVER:
                self.services.ready(name, self.api.ready, WAIT)

    def begin(self, order: str = AS_WRITTEN) -> None:
        """Apply what a person applies by hand; Argo CD does the rest.

        In another order than the repository's own, Applications are made one after the other before that, each when the one
        before was tried once.

        Args:
            order: a word of ORDERS.
        """
        self._served(*argo_cd.PROJECT)
        made = [each for each in self.inventory.of("Application") if each.namespace == argo_cd.NAMESPACE]
        for each in self.inventory.of("AppProject") if order != AS_WRITTEN else ():
            self.api.apply(self._here(each.body), argo_cd.MANAGER)
        for each in ORDERS[order](sorted(made, key=lambda each: (wave_of(each.body), each.name))):
            self.api.apply(self._here(each.body), argo_cd.MANAGER)
            tried(self.api, each.name, TRIED)
        for body in roots(self.texts, self.inventory):
            self._served(body["apiVersion"], body["kind"])
            self.api.apply(self._here(body), "kubectl")

    def _here(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """An object of Argo CD with the addresses of this machine."""
        made, _ = rewrite({"object.yaml": emit(dict(body))}, self.table)
        return dict(load(made["object.yaml"], "object.yaml")[0])

    def _served(self, version: str, kind: str) -> None:
        """Wait until the API serves a kind whose definition was just applied."""

        def asked() -> bool:
            try:
                return bool(self.api.kind(version, kind))
            except ApiRefused:
                return False

        self.services.ready(SERVER, asked, WAIT)


def _values(template: Template) -> bytes:
    import json

    return json.dumps(template.values, default=dict).encode()
