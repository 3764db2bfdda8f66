"""README.md: what this lab is, in the sections of the reference README, as tables and trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from homelab.catalog.component import Area
from homelab.catalog.offers.gateway import front_address
from homelab.catalog.offers.lab import api_address, control_planes, host_of, hostname, schedulable
from homelab.catalog.plan import Choice, Plan, routes
from homelab.documents.quantity import format_bytes
from homelab.kube.tree import File
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.guide.network import published, serves
from homelab.render.guide.storage import bodies

AREAS = {
    Area.APPS: ("Applications", "What people use."),
    Area.INFRASTRUCTURE: ("Infrastructure", "GitOps, network, storage, backups and observation."),
    Area.PLATFORM: ("Platform services", "Databases, caches, messages and identity."),
    Area.SECURITY: ("Security", "Namespaces, policies and secrets."),
}
OPERATORS = {
    "cilium": "addresses, policies and identities of pods",
    "rook-ceph": "the Ceph cluster, its pools, file systems and buckets",
    "cert-manager": "certificates",
    "kube-prometheus-stack": "Prometheus, Alertmanager, monitors and alert rules",
    "redis-operator": "Redis with replicas and Sentinels",
    "cloudnative-pg": "PostgreSQL clusters and their backups",
    "envoy-gateway": "the proxies of the Gateway",
    "sealed-secrets": "Secrets out of SealedSecrets",
}
"""Components that look after objects of their own kinds, and which."""
TREE = {
    "kubernetes": "everything that runs in the cluster",
    layout.SETS: "the root ApplicationSet, and an Application for each part",
    "kubernetes/security": "namespaces, policies, sealed secrets",
    "kubernetes/infrastructure": "core services and operators",
    "kubernetes/platform": "databases, messages, identity",
    "kubernetes/apps": "applications, by environment",
    "tofu": "OpenTofu",
    layout.TALOS: "machines, their configuration and the cluster",
    layout.BOOTSTRAP: "the sealing key, before Argo CD",
    layout.DOCS: "these pages",
    layout.RENOVATE: "updates of every pinned version",
    layout.JUSTFILE: "the blocks of the guide as recipes",
    layout.PROGRAMS: "versions of the programs they take",
}
LEAVES = (layout.RENOVATE, layout.JUSTFILE, layout.PROGRAMS)
"""What of it are files."""


def readme(plan: Plan, made: Mapping[str, File]) -> str:
    """The page."""
    lab = plan.homelab
    return md.page(
        lab.name,
        f"A Kubernetes cluster of {len(lab.nodes)} node{'s' * (len(lab.nodes) != 1)}: Kubernetes v{lab.versions.kubernetes} "
        f"on Talos v{lab.versions.talos}. Argo CD keeps it as this repository says.",
        md.section("Pages", _pages()),
        md.section("Repository structure", md.code(_structure(made), "text")),
        *(_area(plan, area) for area in (Area.APPS,)),
        md.section("Operators", md.table(("Operator", "Looks after"), _operators(plan))),
        *(_area(plan, area) for area in (Area.INFRASTRUCTURE, Area.PLATFORM, Area.SECURITY)),
        md.section("Architecture", *_architecture(plan)),
        md.section("Traffic", md.code(_traffic(plan), "text")),
        md.section("Storage", _storage(made)),
        md.section("Availability", _availability()),
    )


def _pages() -> str:
    pages = {
        layout.BUILD: "from empty machines to a running lab",
        layout.NETWORK: "addresses, hostnames, who may talk to whom",
        layout.SECRETS_PAGE: "what must be supplied, and how",
        layout.STORAGE: "where data lies and what is copied where",
        layout.RUNBOOKS: "what to do about each alert",
        layout.UPGRADE: "new versions, one thing and one machine at a time",
        layout.REPLACE: "a node or a machine that goes, and one in its place",
        layout.REBUILD: "from nothing, after the house burned down",
    }
    return md.bullets(f"[{path}]({path}): {what}" for path, what in pages.items())


def _structure(made: Mapping[str, File]) -> str:
    paths = {*made, layout.BUILD, *LEAVES}
    found = [path for path in TREE if path in paths or any(each.startswith(f"{path}/") for each in paths)]
    return "\n".join([".", *_branches("", found)])


def _branches(parent: str, paths: list[str], indent: str = "") -> Iterator[str]:
    own = [path for path in paths if path.rpartition("/")[0] == parent]
    for path in own:
        last = path == own[-1]
        inside = any(each.startswith(f"{path}/") for each in paths)
        name = path.rpartition("/")[2] + ("" if path in LEAVES else "/")
        yield f"{indent}{'└──' if last else '├──'} {name:<18} # {TREE[path]}"
        if inside:
            yield from _branches(path, paths, indent + ("    " if last else "│   "))


def _area(plan: Plan, area: Area) -> str:
    title, what = AREAS[area]
    found = [choice for choice in plan.choices if choice.component.area is area]
    if not found:
        return ""
    rows = [(_name(choice), choice.component.summary, _where(plan, choice), choice.why) for choice in found]
    return md.section(title, what, md.table(("Name", "What it is", "Address", "Why it is here"), rows))


def _name(choice: Choice) -> str:
    return md.link(choice.name, choice.component.homepage)


def _where(plan: Plan, choice: Choice) -> str:
    own = [hostname(plan, route.host) for other, route in routes(plan) if other is choice]
    return ", ".join(f"https://{name}" for name in own) if serves(plan) else ""


def _operators(plan: Plan) -> Iterable[tuple[str, str]]:
    return [(_name(choice), OPERATORS[choice.name]) for choice in plan.choices if choice.name in OPERATORS]


def _architecture(plan: Plan) -> Iterator[str]:
    lab, planes, ordinary = plan.homelab, control_planes(plan), schedulable(plan)
    hosts = dict.fromkeys(host_of(name, node) for name, node in lab.nodes.items())
    lines = []
    for host in hosts:
        machine = lab.hosts.get(host)
        size = f"  {machine.cpu:g} cores, {format_bytes(machine.memory)}" if machine else ""
        lines.append(f"{host}{size}")
        own = [(name, node) for name, node in lab.nodes.items() if host_of(name, node) == host]
        for name, node in own:
            branch = "└──" if name == own[-1][0] else "├──"
            disks = f", Ceph {' + '.join(map(format_bytes, node.ceph))}" if node.ceph else ""
            role = str(node.role) + ("" if name in ordinary else ", no ordinary pods")
            lines.append(
                f"{branch} {name}  {node.address}  {node.cpu:g} cores, {format_bytes(node.memory)}, "
                f"disk {format_bytes(node.disk)}{disks}  ({role})"
            )
    yield md.code("\n".join(lines), "text")
    counted = (
        f"{len(hosts)} physical machine{'s' * (len(hosts) != 1)}, {len(planes)} control plane{'s' * (len(planes) != 1)}"
    )
    yield (
        f"{counted}; the Kubernetes API answers at `https://{api_address(plan)}:6443`. Nodes on one machine fail "
        "together, so copies are spread over machines first."
    )


def _traffic(plan: Plan) -> str:
    if not serves(plan):
        return ""
    public, domain = sorted(published(plan)), plan.homelab.domain
    lines = [f"LAN       -> *.{domain} -> {front_address(plan)} (Gateway, TLS) -> HTTPRoute -> Service -> pods"]
    if public and "cloudflared" in plan.by_name:
        lines.insert(
            0, f"Internet  -> {', '.join(public)} -> Cloudflare -> tunnel -> Gateway -> HTTPRoute -> Service -> pods"
        )
    elif public:
        lines.insert(0, f"Internet  -> {', '.join(public)} -> Gateway -> HTTPRoute -> Service -> pods")
    return "\n".join(lines)


def _storage(made: Mapping[str, File]) -> str:
    rows = [(f"`{body['metadata']['name']}`", f"`{body['provisioner']}`") for _, body in bodies(made, "StorageClass")]
    return md.table(("Storage class", "Provisioner"), rows)


def _availability() -> str:
    return (
        "`homelab uptime` computes what this lab can promise, `homelab roadmap` what to do next; `homelab render` writes "
        "both beside the pages above, unless it is told `--without-computed`."
    )
