"""Real operators as processes, as a kubelet would run them: each while a pod of it in the lab is ready, as one of those pods.

With several pods of one operator one process stands for all of them: the others would only wait to be its leader.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from homelab.cluster.api import Api, ApiRefused, Object
from homelab.errors import HomelabError
from homelab.tools import pod as machine
from homelab.tools.services import LOOPBACK, Service, Services, free_port
from homelab.twin.callbacks.setup import Setup, register
from homelab.twin.operators.pods import Pod, written
from homelab.twin.operators.table import OPERATORS, Operator

API_PORT = 6443
"""Where a pod here finds the API, on its own loopback."""
AGAIN = 10.0
"""Seconds from one start of a program to the next, as a kubelet's first pause."""
REPORT = "operators.json"
BOUNDS = {"GOMAXPROCS": "2", "GOMEMLIMIT": "400MiB"}
"""What an operator may take unless its own pod says otherwise."""


@dataclass
class Run:
    """One operator that was started: the pod that it is, and which ports of this machine lead to which of its own."""

    uid: str
    name: str
    ports: dict[int, int]
    began: float
    tokens: dict[str, str] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)


@dataclass
class Running:
    """The operators of one twin.

    Attributes:
        folder: where each has its files, and the report lies.
        callbacks: the folder of who answers the API server, which is told where they are.
        program: the file of a program by its name; None where it was not built.
    """

    folder: Path
    setup: Setup
    api: Api
    services: Services
    callbacks: Path
    program: Callable[[str], Path | None]
    table: Sequence[Operator] = OPERATORS
    clock: Callable[[], float] = time.monotonic
    runs: dict[str, Run] = field(default_factory=dict, init=False)
    waiting: dict[str, str] = field(default_factory=dict, init=False)
    """Programs that do not run, and what for they wait."""
    starts: dict[str, int] = field(default_factory=dict, init=False)
    """How often each program was started."""

    def look(self) -> None:
        """Start every operator whose pods have become ready since the last look, and end those whose pods are gone.

        Call it from the thread that lives as long as they shall.
        """
        for operator in self.table:
            if program := self.program(operator.program):
                try:
                    self.waiting[operator.program] = self._see_to(operator, program)
                except HomelabError as error:
                    self.waiting[operator.program] = error.message
        self._report()

    def _see_to(self, operator: Operator, program: Path) -> str:
        """Let one operator be as its pods are; what it waits for, empty where it runs."""
        found = list(_pods(self.api, operator.image))
        run = self.runs.get(operator.program)
        if run and run.uid not in {each.uid for each in found}:
            self._end(operator.program, run)
            run = None
        if not found:
            return "no pod of it is ready"
        if run is None or self.services.code(operator.program) is not None:
            if run and self.clock() < run.began + AGAIN:
                return f"it ended with code {self.services.code(operator.program)}"
            if unknown := [kind for version, kind in operator.kinds if not self._served(version, kind)]:
                return f"the API serves no {unknown[0]} yet"
            pod = next((each for each in found if run and each.uid == run.uid), found[0])
            run = self.runs[operator.program] = self._start(operator, program, pod)
        pod = next(each for each in found if each.uid == run.uid)
        if operator.bare is None:
            pod.tokens = run.tokens
            written(self._root(operator), dict(pod.files()))
            self._announce(run, found)
        return ""

    def _start(self, operator: Operator, program: Path, pod: Pod) -> Run:
        """Start an operator as a pod."""
        run = Run(pod.uid, pod.name, {}, self.clock(), pod.tokens)
        if operator.bare:
            given = [word for word in pod.words(pod.variables()) if not word.startswith(operator.without)]
            argv = (str(program), *given, *operator.bare(self.setup, pod.account))
            plain = {each["name"]: each["value"] for each in pod.container.get("env") or () if "value" in each}
            self.services.start(Service(operator.program, argv, BOUNDS | plain))
        else:
            variables = pod.variables()
            files = dict(pod.files())
            spaced = self.api.list("v1", "Service", pod.space)
            run.ports = {free_port(): port for port in sorted(pod.ports(spaced))}
            self._prepared(operator, files)
            self._pod(operator.program, operator, program, pod.words(variables), variables, run.ports)
        self.starts[operator.program] = self.starts.get(operator.program, 0) + 1
        return run

    def _root(self, operator: Operator) -> Path:
        return self.folder / operator.program

    def _prepared(self, operator: Operator, files: dict[PurePosixPath, bytes | None]) -> None:
        """An empty folder with these files: what the pod before left is gone, as it is at home."""
        shutil.rmtree(self._root(operator), ignore_errors=True)
        written(self._root(operator), {PurePosixPath("/tmp"): None, **files})  # noqa: S108 - the pod's own

    def _pod(
        self,
        name: str,
        operator: Operator,
        program: Path,
        words: list[str],
        variables: dict[str, str],
        ports: dict[int, int],
    ) -> None:
        """Run a program in a pod, with a way to the API and from these ports of the machine to its own."""
        known = {
            "KUBERNETES_SERVICE_HOST": LOOPBACK,
            "KUBERNETES_SERVICE_PORT": str(API_PORT),
            "HOME": "/",
            "PATH": "/",
        }
        spec = {
            "root": str(self._root(operator)),
            "program": str(program),
            "argv": [f"/{program.name}", *words],
            "env": {**known, **BOUNDS, **variables},
            "calls": {str(API_PORT): self.setup.port},
            "answers": {str(outer): inner for outer, inner in ports.items()},
        }
        file = self.folder / f"{name}.pod.json"
        file.write_text(json.dumps(spec), encoding="utf-8")
        file.chmod(0o600)
        self.services.start(Service(name, (sys.executable, "-I", "-S", machine.__file__, str(file))))

    def _announce(self, run: Run, found: Sequence[Pod]) -> None:
        """Tell at which addresses of pods the API server reaches it: whichever of them it chooses, the process answers."""
        addresses = {
            f"{each.address}:{inner}": outer for each in found for outer, inner in run.ports.items() if each.address
        }
        for gone in run.addresses - set(addresses):
            register(self.callbacks, gone, None)
        for address in set(addresses) - run.addresses:
            register(self.callbacks, address, addresses[address])
        run.addresses = set(addresses)

    def _end(self, name: str, run: Run) -> None:
        """End an operator whose pod is gone, at once: its machine may be dead."""
        for address in run.addresses:
            register(self.callbacks, address, None)
        self.services.kill(name)
        del self.runs[name]

    def _served(self, version: str, kind: str) -> bool:
        try:
            return bool(self.api.kind(version, kind))
        except ApiRefused:
            return False

    def _report(self) -> None:
        """Write who runs, as which pod, how often each was started, and what the others wait for."""
        running = {name: run.name for name, run in self.runs.items() if self.services.code(name) is None}
        whole = {"started": running, "starts": self.starts, "waiting": {k: v for k, v in self.waiting.items() if v}}
        draft = self.folder / f"{REPORT}.new"
        draft.write_text(json.dumps(whole, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(self.folder / REPORT)


def _pods(api: Api, image: str) -> Iterator[Pod]:
    """The ready pods of Deployments and StatefulSets that run an image."""
    for kind in ("Deployment", "StatefulSet"):
        for body in api.list("apps/v1", kind):
            containers = [each for each in body["spec"]["template"]["spec"]["containers"] if _is(each["image"], image)]
            if containers and (body.get("status") or {}).get("readyReplicas"):
                chosen = ",".join(f"{k}={v}" for k, v in (body["spec"]["selector"].get("matchLabels") or {}).items())
                space = body["metadata"]["namespace"]
                for pod in sorted(api.list("v1", "Pod", space, labelSelector=chosen), key=_age):
                    if _ready(pod):
                        yield Pod(
                            api, pod, next(each for each in pod["spec"]["containers"] if _is(each["image"], image))
                        )


def _age(pod: Object) -> tuple[str, str]:
    return pod["metadata"].get("creationTimestamp") or "", pod["metadata"]["name"]


def _ready(pod: Object) -> bool:
    conditions = {each["type"]: each["status"] for each in (pod.get("status") or {}).get("conditions") or ()}
    return conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp")


def _is(image: str, wanted: str) -> bool:
    """Whether an image is of a repository, whichever registry it comes from."""
    bare = image.partition("@")[0]
    head, colon, tag = bare.rpartition(":")
    return f"/{head if colon and '/' not in tag else bare}".endswith(f"/{wanted}")
