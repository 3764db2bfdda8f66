"""The lab file, `.homelab/lab.yaml`: the Ground on disk, written by `render` or by a stranger's hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from homelab.documents.duration import format_duration, parse_duration
from homelab.documents.quantity import format_bytes, parse_bytes
from homelab.errors import Place, UnreadableRepository
from homelab.ground import (
    FILE,
    Acceptance,
    DeclaredSecret,
    Goals,
    Ground,
    Host,
    Node,
    RateOverride,
    Site,
    Target,
)

ELDER = ("accepted",)
"""Keys of earlier lab files, read as what they are called now: `accept`."""


def dump(ground: Ground) -> dict[str, Any]:
    """The Ground as `.homelab/lab.yaml` holds it: sizes and durations as people write them, defaults left out."""
    site, goals = ground.site, ground.goals
    found: dict[str, Any] = {
        "name": ground.name,
        "domain": ground.domain,
        "kubernetes": ground.kubernetes,
        "talos": ground.talos,
        "api": ground.api,
        "hosts": {
            h.name: _said(
                cpu=h.cpu, memory=format_bytes(h.memory), disks={d: format_bytes(s) for d, s in h.disks.items()}
            )
            for h in ground.hosts
        },
        "nodes": {n.name: _node(n) for n in ground.nodes},
        "site": _said(
            grid=site.grid,
            ups=format_duration(site.ups) if site.ups else None,
            uplinks=site.uplinks,
            switches=site.switches,
            spare_host=site.spare_host or None,
        ),
        "targets": {
            t.name: _said(kind=t.kind, endpoint=t.endpoint, bucket=t.bucket, host=t.host, off_site=t.off_site or None)
            for t in ground.targets
        },
        "goals": _said(
            lan=goals.lan,
            internet=goals.internet,
            rto=format_duration(goals.rto) if goals.rto is not None else None,
            rpo=format_duration(goals.rpo) if goals.rpo is not None else None,
        ),
        "rates": {name: _said(mttf=r.mttf, mttr=r.mttr, reason=r.reason) for name, r in ground.rates.items()},
        "public": list(ground.public),
        "authenticated": list(ground.authenticated),
        "secrets": [
            _said(name=s.name, namespace=s.namespace, purpose=s.purpose, keys=list(s.keys)) for s in ground.secrets
        ],
        "accept": [_said(check=a.check, reason=a.reason, subject=a.subject, until=a.until) for a in ground.accepted],
    }
    return _said(**found)


def _said(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value is not None and value not in ("", {}, [])}


def _node(node: Node) -> dict[str, Any]:
    return _said(
        role="control-plane" if node.control_plane else "worker",
        schedulable=node.schedulable,
        host=node.host,
        address=node.address,
        cpu=node.cpu,
        memory=format_bytes(node.memory),
        disk=format_bytes(node.disk),
        ceph=[format_bytes(size) for size in node.ceph],
        virtual=None if node.virtual else False,
        labels=dict(node.labels),
    )


def parse(data: Mapping[str, Any], file: str = FILE) -> Ground:
    """The Ground of a `.homelab/lab.yaml`, generated or written by hand; what is not said has its default.

    Raises:
        UnreadableRepository: a field that is not what it should be, named by its path.
    """
    reader = _Reader(file)
    known = set(dump(Ground(name="x"))) | {
        "kubernetes", "talos", "api", "hosts", "nodes", "site", "targets", "goals", "rates", "public",
        "authenticated", "secrets", "accept",
    }  # fmt: skip
    for key in data:
        if key not in known and key not in ELDER:
            raise UnreadableRepository(
                f"{key} is not a field of the lab file", where=Place(file), hint=f"known: {', '.join(sorted(known))}"
            )
    return reader.ground(data)


class _Reader:
    """Reads one lab file; every complaint names the path."""

    def __init__(self, file: str) -> None:
        self.file = file

    def section(self, data: Mapping[str, Any], key: str, path: str = "") -> Mapping[str, Any]:
        return self.map(path or key, data.get(key))

    def entries(self, data: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The entries of a section, each a map of its own."""
        for name, entry in self.section(data, key).items():
            yield str(name), self.map(f"{key}.{name}", entry)

    def map(self, path: str, value: object) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.wrong(path, value, "a map")
        return value

    def items(self, path: str, value: object) -> Sequence[Any]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self.wrong(path, value, "a list")
        return value

    def words(self, path: str, value: object) -> tuple[str, ...]:
        return tuple(map(str, self.items(path, value)))

    def wrong(self, path: str, value: object, expected: str) -> UnreadableRepository:
        return UnreadableRepository(f"{path} is {value!r}, expected {expected}", where=Place(self.file))

    def size(self, path: str, value: object) -> int:
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise self.wrong(path, value, "a size such as 64Gi")
        try:
            return parse_bytes(value)
        except (ValueError, OverflowError) as error:
            raise self.wrong(path, value, "a size such as 64Gi") from error

    def number(self, path: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(path, value, "a number")
        try:
            return float(value)
        except OverflowError as error:
            raise self.wrong(path, value, "a number") from error

    def count(self, path: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
            raise self.wrong(path, value, "a whole number from 1 to 100")
        return value

    def seconds(self, path: str, value: object) -> float | None:
        if value is None or value is False:
            return None
        if isinstance(value, int | float):
            return self.number(path, value)
        try:
            return parse_duration(str(value))
        except (ValueError, OverflowError) as error:
            raise self.wrong(path, value, "a duration such as 24h") from error

    def ground(self, data: Mapping[str, Any]) -> Ground:
        site, goals = self.section(data, "site"), self.section(data, "goals")
        return Ground(
            name=str(data.get("name", "homelab")),
            domain=str(data.get("domain", "home.arpa")),
            kubernetes=str(data.get("kubernetes", "")),
            talos=str(data.get("talos", "")),
            api=str(data.get("api", "")),
            hosts=tuple(self.host(name, entry) for name, entry in self.entries(data, "hosts")),
            nodes=tuple(self.node(name, entry) for name, entry in self.entries(data, "nodes")),
            site=Site(
                grid=str(site.get("grid", "germany")),
                ups=self.seconds("site.ups", site.get("ups")) or 0.0,
                uplinks=self.count("site.uplinks", site.get("uplinks", 1)),
                switches=self.count("site.switches", site.get("switches", 1)),
                spare_host=bool(site.get("spare_host", False)),
            ),
            targets=tuple(self.target(name, entry) for name, entry in self.entries(data, "targets")),
            goals=Goals(
                lan=self.fraction(goals, "lan"),
                internet=self.fraction(goals, "internet"),
                rto=self.seconds("goals.rto", goals.get("rto")),
                rpo=self.seconds("goals.rpo", goals.get("rpo")),
            ),
            rates={name: self.rate(name, entry) for name, entry in self.entries(data, "rates")},
            public=self.words("public", data.get("public")),
            authenticated=self.words("authenticated", data.get("authenticated")),
            secrets=tuple(
                self.secret(self.map("secrets", entry)) for entry in self.items("secrets", data.get("secrets"))
            ),
            accepted=tuple(
                self.acceptance(self.map(key, entry))
                for key in ("accept", *ELDER)
                for entry in self.items(key, data.get(key))
            ),
            file=FILE,
        )

    def fraction(self, goals: Mapping[str, Any], key: str) -> float | None:
        return None if goals.get(key) is None else self.number(f"goals.{key}", goals[key])

    def host(self, name: str, entry: Mapping[str, Any]) -> Host:
        path = f"hosts.{name}"
        disks = {d: self.size(f"{path}.disks.{d}", s) for d, s in self.section(entry, "disks", f"{path}.disks").items()}
        return Host(
            name,
            self.number(f"{path}.cpu", entry.get("cpu", 0)),
            self.size(f"{path}.memory", entry.get("memory", 0)),
            disks,
        )

    def node(self, name: str, entry: Mapping[str, Any]) -> Node:
        path, plane = f"nodes.{name}", entry.get("role") == "control-plane"
        return Node(
            name=name,
            control_plane=plane,
            schedulable=bool(entry.get("schedulable", not plane)),
            host=None if entry.get("host") is None else str(entry["host"]),
            address=str(entry.get("address", "")),
            cpu=self.number(f"{path}.cpu", entry.get("cpu", 0)),
            memory=self.size(f"{path}.memory", entry.get("memory", 0)),
            disk=self.size(f"{path}.disk", entry.get("disk", 0)),
            ceph=tuple(self.size(f"{path}.ceph", size) for size in self.items(f"{path}.ceph", entry.get("ceph"))),
            virtual=bool(entry.get("virtual", True)),
            labels={str(k): str(v) for k, v in self.section(entry, "labels", f"{path}.labels").items()},
        )

    def target(self, name: str, entry: Mapping[str, Any]) -> Target:
        host = entry.get("host")
        return Target(
            name,
            str(entry.get("kind", "s3")),
            str(entry.get("endpoint", "")),
            str(entry.get("bucket", "")),
            None if host is None else str(host),
            bool(entry.get("off_site", False)),
        )

    def rate(self, name: str, entry: Mapping[str, Any]) -> RateOverride:
        def hours(key: str) -> float | None:
            return None if entry.get(key) is None else self.number(f"rates.{name}.{key}", entry[key])

        return RateOverride(hours("mttf"), hours("mttr"), str(entry.get("reason", "")))

    def secret(self, entry: Mapping[str, Any]) -> DeclaredSecret:
        return DeclaredSecret(
            str(entry.get("name", "")),
            str(entry.get("namespace", "")),
            str(entry.get("purpose", "")),
            self.words("secrets.keys", entry.get("keys")),
        )

    def acceptance(self, entry: Mapping[str, Any]) -> Acceptance:
        return Acceptance(
            str(entry.get("check", "")),
            str(entry.get("reason", "")),
            str(entry.get("subject", "*")),
            str(entry.get("until", "")),
        )
