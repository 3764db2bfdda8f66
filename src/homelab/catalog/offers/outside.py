"""The outside as components call it: from an address of homelab.yaml to the flow that opens its host and its port.

A port written as a constant holds until somebody runs Git on another one, and then Argo CD cannot read the commit that
would mend it. An address is opened as itself; a name is opened as everything outside of the cluster, because Cilium learns
the addresses of a name only from lookups that pass through its agent, and a lab in which no name is found while an agent is
away cannot repair that agent.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.capabilities import Capability
from homelab.catalog.flows import Pods, Uses
from homelab.catalog.offers.gateway import front_address
from homelab.catalog.offers.lab import hostname
from homelab.catalog.plan import Plan, routes
from homelab.spec.endpoint import endpoint, literal, network


def reaching(plan: Plan, pods: Pods, *addresses: str) -> tuple[Uses, ...]:
    """What `pods` use in order to call these addresses: their hosts, each on its port and on no other."""
    ends = dict.fromkeys(endpoint(address) for address in addresses)
    return tuple(flow for end in ends for flow in calling(plan, pods, end.host, (end.port,)))


def calling(plan: Plan, pods: Pods, host: str, ports: tuple[int, ...], protocol: str = "TCP") -> Iterator[Uses]:
    """What `pods` use in order to call a host: a name, an address, or a network with its prefix length."""
    if at_front_door(plan, host):
        # The address of a load balancer never leaves a pod: Cilium puts the pod behind it in its place before any policy is
        # asked, so that a rule for the address itself matches nothing. https://github.com/cilium/cilium/issues/20792
        yield Uses(pods, Capability.GATEWAY_HTTP)
    elif space := _namespace(host):
        yield Uses(pods, outside=f"namespace:{space}", protocol=protocol)
    elif (wanted := network(host)) is None:
        yield Uses(pods, outside="world", ports=ports, protocol=protocol)
    else:
        # Nodes have an identity of their own, which no network matches.
        # https://docs.cilium.io/en/stable/security/policy/language/#cidr-based
        nodes = [at for node in plan.homelab.nodes.values() if (at := literal(node.address))]
        nodes += [at] if (at := literal(plan.homelab.network.api or "")) else []
        if any(node in wanted for node in nodes):
            yield Uses(pods, outside="host", ports=ports, protocol=protocol)
        if wanted.num_addresses > 1 or wanted.network_address not in nodes:
            yield Uses(pods, outside=f"lan:{wanted}", ports=ports, protocol=protocol)


def at_front_door(plan: Plan, host: str) -> bool:
    """Whether a host is the lab's own Gateway: its address on the LAN, or a hostname that it serves."""
    if not plan.has(Capability.GATEWAY_HTTP):
        return False
    return host == front_address(plan) or host in {hostname(plan, route.host) for _choice, route in routes(plan)}


def _namespace(host: str) -> str:
    """The namespace of a Service by its name in the cluster; empty for any other host.

    Which port the pods behind a Service listen on is said by nobody here, so all of them are opened in that namespace.
    """
    words = host.removesuffix(".").removesuffix(".cluster.local").split(".")
    return words[-2] if len(words) >= 3 and words[-1] == "svc" else ""
