"""Which addresses helm may be sent to: https and oci, in the public Internet or named by the user's own helm configuration.

An address comes from a repository that may be a stranger's. Without this, judging it would knock at whatever it names:
the router, a metadata service, a program on this machine.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from homelab.errors import HomelabError

Resolve = Callable[[str], Iterable[str]]
"""A host name to its addresses; raises OSError where there are none."""
SCHEMES = {"https": 443, "oci": 443}


def resolved(host: str) -> list[str]:
    """The addresses of a host, as this machine resolves it."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})


def normal(repository: str) -> str:
    """An address as it is compared and kept: lower-case scheme and host, no slash at the end; without a scheme it is OCI."""
    text = repository.strip().rstrip("/")
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "oci", text
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"


def refusal(
    repository: str, resolve: Resolve = resolved, trusted: Iterable[str] = (), environ: Mapping[str, str] = os.environ
) -> str | None:
    """Why helm is not sent to an address; None where it may go. No secret of the address is in the sentence."""
    parts = urlsplit(normal(repository))
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return "its address has no valid port"
    if parts.scheme not in SCHEMES:
        return f"{parts.scheme} is not asked, only https and oci"
    if not host or not re.fullmatch(r"[a-z0-9.:_-]+", host):
        return "its address names no host"
    if parts.username or parts.password or "@" in parts.netloc:
        return f"its address carries a user name; keep credentials in helm's own configuration (`helm registry login {host}`)"
    if {host, f"{host}:{port}"} & set(trusted):
        return None
    return _outside(host, resolve, environ)


def _outside(host: str, resolve: Resolve, environ: Mapping[str, str]) -> str | None:
    """Why a host is not one of the public Internet; None where it is, or where only a proxy can tell."""
    try:
        found = [ip_address(text.partition("%")[0]) for text in resolve(host)]
    except (OSError, UnicodeError, ValueError):
        proxied = any(environ.get(name) for name in ("HTTPS_PROXY", "https_proxy"))
        return None if proxied and "." in host and not host.replace(".", "").isdigit() else f"{host} is not found"
    found = [getattr(address, "ipv4_mapped", None) or address for address in found]
    inside = [address for address in found if not address.is_global or address.is_multicast]
    if found and not inside:
        return None
    return (
        f"{host} is {inside[0] if inside else 'nowhere'}, which is not in the public Internet; to trust it, "
        f"name it in helm's own configuration (`helm repo add`, `helm registry login`)"
    )


def trusted_hosts(environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The hosts of the user's own helm configuration: repositories added, registries logged in to."""
    home = environ.get("HOME") or str(Path.home())
    folder = Path(environ.get("HELM_CONFIG_HOME") or Path(environ.get("XDG_CONFIG_HOME") or f"{home}/.config", "helm"))
    repositories = Path(environ.get("HELM_REPOSITORY_CONFIG") or folder / "repositories.yaml")
    registries = Path(environ.get("HELM_REGISTRY_CONFIG") or folder / "registry" / "config.json")
    return frozenset(filter(None, (*_repositories(repositories), *_registries(registries))))


def _repositories(file: Path) -> list[str]:
    from homelab.documents.read import load

    try:
        found = load(file.read_bytes(), str(file))
    except (OSError, HomelabError):
        return []
    entries = found[0].get("repositories") if found and isinstance(found[0], dict) else None
    named = [entry.get("url") for entry in entries or () if isinstance(entry, dict)]
    return [urlsplit(str(url)).netloc.rpartition("@")[2].lower() for url in named]


def _registries(file: Path) -> list[str]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return []
    hosts = [*(found.get("auths") or {}), *(found.get("credHelpers") or {})] if isinstance(found, dict) else []
    return [host.rpartition("://")[2].partition("/")[0].lower() for host in hosts]
