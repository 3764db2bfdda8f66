"""Argo CD's chart: its own network policies, on by default since chart 10."""

from __future__ import annotations

from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.argo_cd.frame import Frame
from homelab.software.shapes import thing

ANYWHERE: Manifest = {"namespaceSelector": {}}


def add_policies(frame: Frame) -> None:
    """A policy for each part whose switch, or the common one, is on."""
    common = frame.values["global"]["networkPolicy"]
    for key, name, rules in _rules(frame):
        if common["create"] or frame.values[key]["networkPolicy"]["create"]:
            _add(frame, key, name, rules)
    if common["create"] and common["defaultDenyIngress"]:
        spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
        made = thing("NetworkPolicy", f"{frame.full}-default-deny", frame.namespace, spec=spec)
        frame.draft.add(made, "global.networkPolicy")


def _add(frame: Frame, key: str, name: str, rules: list[Manifest]) -> None:
    pods = {"matchLabels": frame.selector(name)}
    spec = {"ingress": rules, "podSelector": pods, "policyTypes": ["Ingress"]}
    frame.draft.add(thing("NetworkPolicy", frame.named(name), frame.namespace, spec=spec), f"{key}.networkPolicy")


def _rules(frame: Frame) -> list[tuple[str, str, list[Manifest]]]:
    values = frame.values
    scraped: Manifest = {"from": [ANYWHERE], "ports": [{"port": "metrics"}]}
    callers = ["server", "application-controller", "notifications-controller", "applicationset-controller"]
    if not values["notifications"]["enabled"]:
        callers.remove("notifications-controller")
    renders = {"from": _pods(frame, callers), "ports": [_tcp("repo-server")]}
    found: list[tuple[str, str, list[Manifest]]] = [
        ("controller", "application-controller", [scraped]),
        ("server", "server", [{}]),
        ("repoServer", "repo-server", [renders, scraped]),
    ]
    if values["applicationSet"]["metrics"]["enabled"]:
        found.append(("applicationSet", "applicationset-controller", [scraped]))
    if values["notifications"]["enabled"]:
        found.append(("notifications", "notifications-controller", [scraped]))
    scraped_tcp = {"from": [ANYWHERE], "ports": [_tcp("metrics")]}
    if values["dex"]["enabled"]:
        logins = {"from": _pods(frame, ["server"]), "ports": [_tcp("http"), _tcp("grpc")]}
        found.append(("dex", "dex-server", [logins, scraped_tcp]))
    if values["redis"]["enabled"] and not values["redis-ha"]["enabled"]:
        caches = {"from": _pods(frame, ["server", "repo-server", "application-controller"]), "ports": [_tcp("redis")]}
        rules = [caches, scraped_tcp] if values["redis"]["exporter"]["enabled"] else [caches]
        found.append(("redis", "redis", rules))
    return found


def _pods(frame: Frame, names: list[str]) -> list[Manifest]:
    return [{"podSelector": {"matchLabels": frame.selector(name)}} for name in names]


def _tcp(port: str) -> dict[str, Any]:
    return {"port": port, "protocol": "TCP"}
