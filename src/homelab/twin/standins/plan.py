"""What the stand-ins of one twin are told: where its API is, which kinds to define, which secrets to give."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from homelab.cluster.api import Api, Object
from homelab.errors import HomelabError
from homelab.ground import Ground

FILE, REPORT, MOODS = "plan.json", "stood-in.json", "moods.json"


@dataclass(frozen=True)
class Plan:
    """The plan, as its file has it.

    Attributes:
        host, port, authority, certificate, key: of the API and of whom one is there, as `cluster.api.Api` has them.
        keys: the folder of the twin's own authority.
        definitions: kinds that operators install at run time.
        pending: secrets that nobody sealed yet: namespace to name to keys.
        real: programs that run for real.
        seed: of values that are random.
    """

    host: str
    port: int
    authority: str
    certificate: str
    key: str
    keys: str
    definitions: tuple[Object, ...] = ()
    pending: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    real: tuple[str, ...] = ()
    seed: str = ""

    @property
    def api(self) -> Api:
        """The API."""
        return Api(self.host, self.port, Path(self.authority), Path(self.certificate), Path(self.key))


def plan_of(api: Api, keys: Path, pending: Mapping[str, Mapping[str, tuple[str, ...]]], *, definitions: Collection[Object] = (), real: Collection[str] = ()) -> Plan:  # fmt: skip
    """A plan for a twin, with a seed that nobody knows before."""
    files = (str(api.authority), str(api.certificate), str(api.key))
    return Plan(api.host, api.port, *files, str(keys), tuple(definitions), pending, tuple(real), secrets.token_hex(16))


def pending_of(ground: Ground) -> dict[str, dict[str, tuple[str, ...]]]:
    """The secrets that a lab declares: namespace to name to keys; who is there already keeps its own."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for secret in ground.secrets:
        found.setdefault(secret.namespace, {})[secret.name] = tuple(secret.keys) or ("value",)
    return found


def write(folder: Path, plan: Plan) -> None:
    """Put a plan where the stand-ins read it; only its owner may."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(asdict(plan)), encoding="utf-8")


def read(folder: Path) -> Plan:
    """The plan in a folder.

    Raises:
        HomelabError: there is none, or it is of another shape.
    """
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        for name in ("definitions", "real"):
            found[name] = tuple(found[name])
        return Plan(**found)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HomelabError(f"{folder / FILE} is no plan for stand-ins: {error}") from None
