"""What a twin and the process that the API server calls into say to each other, by files in one folder."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import homelab
from homelab.cluster.api import Api
from homelab.tools.services import Service, Services
from homelab.twin.control_plane import WAIT, ControlPlane
from homelab.twin.keys import Keys

FILE, PROCESSES, SOCKET = "callbacks.json", "processes.json", "door"
"""Files of the folder: how to reach the API; Services that are processes; the socket."""
NAME = "callbacks"


@dataclass(frozen=True)
class Setup:
    """How to reach the API, and with what to sign."""

    host: str
    port: int
    certificate: Path
    key: Path
    authority: Path
    authority_key: Path

    @classmethod
    def of(cls, plane: ControlPlane) -> Setup:
        """That of a control plane."""
        keys, api = plane.keys, plane.api
        return cls(api.host, api.port, api.certificate, api.key, keys.authority, keys.key(Keys.AUTHORITY))

    @classmethod
    def read(cls, folder: Path) -> Setup:
        """What was written into a folder."""
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        paths = {name: Path(found[name]) for name in ("certificate", "key", "authority", "authority_key")}
        return cls(found["host"], found["port"], **paths)

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    def api(self) -> Api:
        """A client of the API."""
        return Api(self.host, self.port, self.authority, self.certificate, self.key)


def start(folder: Path, services: Services, plane: ControlPlane) -> None:
    """Start what a control plane calls in place of webhooks and aggregated APIs; its door is `folder / SOCKET`."""
    Setup.of(plane).write(folder)
    (folder / SOCKET).unlink(missing_ok=True)
    home = {"PYTHONPATH": str(Path(homelab.__file__).parents[1])}
    command = (sys.executable, "-m", "homelab.twin.callbacks", str(folder))
    services.start(Service(NAME, command, home, cwd=folder))


def ready(folder: Path, services: Services) -> None:
    """Wait until it answers.

    Raises:
        ToolError: it does not come up.
    """
    services.ready(NAME, (folder / SOCKET).is_socket, WAIT)


class Processes:
    """Services that are a process on this machine, from the table in a folder, which is read anew whenever it changed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / PROCESSES
        self._stamp, self._table = 0, dict[str, int]()

    def port(self, name: str) -> int | None:
        """The port of the loopback at which the process listens, by the name of its Service."""
        return self.table().get(name)

    def table(self) -> dict[str, int]:
        """All of them. A table that cannot be read counts as the one before."""
        try:
            changed = self._file.stat().st_mtime_ns
            if changed != self._stamp:
                self._table = json.loads(self._file.read_text(encoding="utf-8"))
                self._stamp = changed
        except FileNotFoundError:
            self._table, self._stamp = {}, 0
        except (OSError, ValueError):
            return self._table
        return self._table


def register(folder: Path, name: str, port: int | None) -> None:
    """Say at which port of the loopback a Service such as `web.shop.svc`, or a pod such as `10.244.0.7:9443`, is a process.

    None says that it is none any more.

    It is written in one step, so that nobody reads half of it.
    """
    table = {**Processes(folder).table()}
    table.pop(name, None)
    draft = folder / f"{PROCESSES}.new"
    draft.write_text(json.dumps(table | ({name: port} if port else {}), sort_keys=True), encoding="utf-8")
    draft.replace(folder / PROCESSES)
