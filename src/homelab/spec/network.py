"""The network of the lab: where nodes, virtual address and load balancers live."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from homelab.spec import forms
from homelab.spec.forms import Address, Expression, HostName, Range
from homelab.spec.section import Section


class Network(Section):
    """Addresses. Node, pod and service networks must not overlap."""

    nodes: forms.Network
    """The LAN of the nodes, as `192.168.1.0/24`."""
    gateway: Address
    """The router's address in it."""
    api: Address | None = None
    """Virtual address of the Kubernetes API; derived: a single control plane's own address. Needed for more than one."""
    load_balancers: Range
    """Addresses for Services of type LoadBalancer, as `192.168.1.150-192.168.1.170`; outside the DHCP range."""
    dhcp: Range | None = None
    """The router's DHCP range, so that nothing fixed lies in it."""
    pods: forms.Network = "10.244.0.0/16"
    """Pod network; private, routed only inside the cluster."""
    services: forms.Network = "10.96.0.0/12"
    """Service network; private, virtual."""
    name_servers: Annotated[tuple[Address, ...], Field(min_length=1, max_length=3)] = Field(
        default=("1.1.1.1", "9.9.9.9")
    )
    """Name servers of the nodes."""
    time_servers: Annotated[tuple[HostName, ...], Field(min_length=1, max_length=10)] = Field(
        default=("time.cloudflare.com",)
    )
    """Time servers of the nodes; etcd and certificates need the right time."""
    interface: Expression = "^(eth|en).*"
    """Regular expression of the network interfaces on which load-balancer addresses are announced."""
