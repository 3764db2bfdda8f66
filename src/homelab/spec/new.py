"""A first homelab.yaml: what `homelab init` writes, from the few answers that nothing else follows from.

One machine, no account, no domain of one's own, no hypervisor. Everything else is derived and can be said later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from homelab.documents.quantity import parse_bytes
from homelab.errors import InvalidHomelab, UsageError
from homelab.spec.load import loads

HEADER = "# Your lab. `homelab check` reads it; every option: homelab.sample.yaml"


@dataclass(frozen=True)
class Prompt:
    """One question. `default` is what an empty answer means, from the answers so far; None: it must be answered."""

    key: str
    question: str
    default: Callable[[Mapping[str, str]], str] | None = None
    example: str = ""


PROMPTS: tuple[Prompt, ...] = (
    Prompt("address", "Address of the machine on your network", example="192.168.1.10"),
    Prompt("cpu", "Its processor threads", lambda _answers: "4"),
    Prompt("memory", "Its memory", lambda _answers: "16Gi"),
    Prompt("disk", "Its disk", lambda _answers: "250GB"),
)
"""All that is asked. Name, network, gateway and load balancers follow, and can be given as answers all the same."""


@dataclass(frozen=True)
class Answers:
    """What is known of the first machine; empty texts are derived."""

    address: str
    cpu: str = "4"
    memory: str = "16Gi"
    disk: str = "250GB"
    name: str = "homelab"
    network: str = ""
    gateway: str = ""
    load_balancers: str = ""
    timezone: str = ""
    apps: tuple[str, ...] = field(default=())


def smallest(answers: Answers) -> str:
    """The text of the smallest homelab.yaml of these answers: at most 15 lines, without a mistake in it.

    Raises:
        UsageError: an answer does not fit, with the reason.
    """
    lan = _network(answers)
    gateway = answers.gateway or str(lan[1])
    pool = answers.load_balancers or _pool(lan, {answers.address, gateway})
    sizes = f"cpu: {answers.cpu}, memory: {answers.memory}, disk: {answers.disk}"
    node = f"  {answers.name}-1: {{role: control-plane, address: {answers.address}, {sizes}}}"
    lines = [
        HEADER,
        "homelab: v1",
        f"name: {answers.name}",
        *(["profile: starter"] if _small(answers) else []),
        "network:",
        f"  nodes: {lan}",
        f"  gateway: {gateway}",
        f"  load_balancers: {pool} # keep this range out of your router's DHCP",
        "nodes:",
        node,
        *([f"site: {{timezone: {answers.timezone}}}"] if answers.timezone and answers.apps else []),
        *(["apps:", *(f"  {app}: {{}}" for app in answers.apps)] if answers.apps else []),
    ]
    text = "\n".join(lines) + "\n"
    try:
        loads(text, "homelab.yaml")
    except InvalidHomelab as error:
        first = error.mistakes[0]
        raise UsageError(f"{first.path} {first.message}", hint=first.hint) from None
    return text


def _network(answers: Answers) -> IPv4Network:
    """The given network, else the /24 around the machine."""
    try:
        at = IPv4Address(answers.address)
    except AddressValueError:
        message = f"{answers.address or 'an empty answer'} is not an IPv4 address such as 192.168.1.10"
        raise UsageError(message, hint="it is the address at which the machine answers on your network") from None
    try:
        return IPv4Network(answers.network or f"{at}/24", strict=bool(answers.network))
    except ValueError:
        raise UsageError(f"{answers.network} is not a network such as 192.168.1.0/24") from None


def _pool(lan: IPv4Network, taken: set[str]) -> str:
    """Ten addresses near the end of the network, or just below whoever stands there."""
    size = min(10, max(1, lan.num_addresses // 8))
    last = int(lan.broadcast_address) - 5
    fixed = {int(IPv4Address(text)) for text in taken if text.count(".") == 3 and text.replace(".", "").isdigit()}
    while last - size > int(lan.network_address) and any(last - size < each <= last for each in fixed):
        last -= 1
    return f"{IPv4Address(last - size + 1)}-{IPv4Address(last)}"


def _small(answers: Answers) -> bool:
    """Whether the machine is one for the starter profile: up to 32 GiB."""
    try:
        return parse_bytes(answers.memory) <= 32 * 2**30
    except ValueError:
        return False
