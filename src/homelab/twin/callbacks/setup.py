"""What a twin and the process that the API server calls into say to each other, by files in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from homelab.cluster.api import Api
from homelab.twin.control_plane import ControlPlane
from homelab.twin.keys import Keys

FILE, PROCESSES, RECORD, SOCKET = "callbacks.json", "processes.json", "not-evaluated.jsonl", "door"
"""Files of the folder: how to reach the API; Services that are processes; what nobody evaluated; the socket."""


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
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    def api(self) -> Api:
        """A client of the API."""
        return Api(self.host, self.port, self.authority, self.certificate, self.key)


def processes(folder: Path) -> Callable[[str], int | None]:
    """The port of the process that is a Service, by its name; read anew whenever the file changed."""
    file, known = folder / PROCESSES, {"": 0}
    stamp = [0]

    def port(name: str) -> int | None:
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            return None
        if changed != stamp[0]:
            stamp[0] = changed
            known.clear()
            known.update(json.loads(file.read_text(encoding="utf-8")))
        return known.get(name)

    return port


def not_evaluated(folder: Path) -> list[tuple[str, str]]:
    """What webhooks were asked about and nobody looked at: Service and object, each once."""
    try:
        lines = (folder / RECORD).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [(found["service"], found["object"]) for found in map(json.loads, lines)]
