"""Who may talk to whom, read from the policies as they are rendered: what the page says is what Cilium is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.catalog.security.flows import NAMESPACE_LABEL
from homelab.kube.resource import Manifest, dig
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.guide import markdown as md

POLICIES = f"{layout.FOUNDATION}/network-policies"
NAMESPACES = f"{layout.FOUNDATION}/namespaces"
SYSTEM = ("default", "kube-node-lease", "kube-public", "kube-system")
"""The namespaces that Kubernetes makes itself."""
ENTITIES = {
    "kube-apiserver": "the Kubernetes API",
    "host": "the node",
    "remote-node": "other nodes",
    "world": "the LAN and the Internet",
}
"""Cilium's names for what is no pod, in words."""
DIRECTIONS = (("ingress", "from"), ("egress", "to"))
Row = tuple[str, str, str, str]
"""Pods, way, other end, ports."""


def talk(made: Mapping[str, File]) -> Iterator[str]:
    """The section: which namespaces deny, which do not, and every rule."""
    policies = [body for body in _bodies(made, POLICIES) if str(body.get("kind")).endswith("NetworkPolicy")]
    if not policies:
        yield "No network policies are in this lab: every pod may talk to every other."
        return
    declared = {str(body["metadata"]["name"]) for body in _bodies(made, NAMESPACES) if body.get("kind") == "Namespace"}
    denied = {str(body["metadata"]["namespace"]) for body in policies if _denies(body)}
    yield (
        f"The policies are in `{POLICIES}`, a file for each namespace, and each is made from what both ends declare. These "
        f"namespaces start from deny, so that nothing in them talks unless a line here says so: {md.listed(sorted(denied))}."
    )
    yield (
        f"Nothing is denied in {md.listed(sorted((declared | set(SYSTEM)) - denied))}: a pod there may call whoever lets it in, and "
        "be called by whoever is let out. What runs in `kube-system` has to run before any policy is read."
    )
    yield from _tables(policies)


def _bodies(made: Mapping[str, File], folder: str) -> Iterator[Manifest]:
    for path in sorted(made):
        file = made[path]
        if path.startswith(f"{folder}/") and isinstance(file, YamlFile):
            yield from (body for body in file.documents if isinstance(body, dict))


def _denies(body: Manifest) -> bool:
    """Whether a policy makes every pod of its namespace start from deny, in both directions."""
    spec = body["spec"]
    chosen = dig(spec, ["endpointSelector", "matchLabels"], {}) or dig(
        spec, ["endpointSelector", "matchExpressions"], []
    )
    turned_off = dig(spec, ["enableDefaultDeny"], {})
    both = all(word in spec and turned_off.get(word) is not False for word, _way in DIRECTIONS)
    return "namespace" in body["metadata"] and not chosen and both


def _tables(policies: list[Manifest]) -> Iterator[str]:
    rows: dict[str, list[Row]] = {}
    for body in policies:
        rows.setdefault(str(body["metadata"].get("namespace", "")), []).extend(_rows(body))
    for space in sorted(rows):
        if rows[space]:
            yield f"### {space or 'Every namespace'}"
            yield md.table(("Pods", "Way", "Other end", "Ports"), rows[space])


def _rows(body: Manifest) -> Iterator[Row]:
    """A line for each peer of each rule of a policy."""
    own = str(body["metadata"].get("namespace", ""))
    pods = _pods(dig(body, ["spec", "endpointSelector", "matchLabels"], {}), own)
    for direction, way in DIRECTIONS:
        for rule in body["spec"].get(direction, ()):
            for peer in _peers(rule, way, own):
                yield pods, way, peer, _ports(rule)


def _peers(rule: Mapping[str, Any], way: str, own: str) -> Iterator[str]:
    for selector in rule.get(f"{way}Endpoints", ()):
        yield _pods(selector.get("matchLabels") or {}, own)
    if entities := rule.get(f"{way}Entities"):
        yield ", ".join(ENTITIES.get(name, name) for name in entities)
    yield from (f"`{network}`" for network in rule.get(f"{way}CIDR", ()))


def _pods(labels: Mapping[str, str], own: str) -> str:
    chosen = {name: value for name, value in labels.items() if name != NAMESPACE_LABEL}
    named = md.listed(f"{name.rpartition('/')[2]}={chosen[name]}" for name in sorted(chosen)) or "all pods"
    space = labels.get(NAMESPACE_LABEL, own)
    return named if space == own else f"{named} in `{space}`"


def _ports(rule: Mapping[str, Any]) -> str:
    found = [(int(port["port"]), str(port["protocol"])) for ports in rule.get("toPorts", ()) for port in ports["ports"]]
    return ", ".join(_port(*each) for each in sorted(found)) or "all"


def _port(number: int, protocol: str) -> str:
    if number == 0:
        return f"all ({protocol})"
    return f"{number}" if protocol == "TCP" else f"{number} ({protocol})"
