"""Who may talk to whom: what pods serve, what they use, and which hostnames lead to them.

The target declares its ports, the source its use by capability; the join makes the policies of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from homelab.capabilities import Capability


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods by namespace and labels: one end of a flow. Empty labels are all pods of the namespace."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Serves:
    """`pods` listen on `port` for whoever uses `capability` (or for the named `audience`)."""

    pods: Pods
    port: int
    capability: Capability | None = None
    audience: str = ""
    """`gateway`, `metrics`, `api-server`, `lan`, `namespace` where the callers are not users of a capability."""
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Uses:
    """`pods` call a capability, or something outside.

    `outside` is `api-server`, `world`, `host`, `lan:<cidr>` or `namespace:<name>`; an address of homelab.yaml becomes one by
    `offers.outside.reaching`. `protocol` is `TCP`, `UDP` or `ANY`; without `ports`, all of them are meant.
    """

    pods: Pods
    capability: Capability | None = None
    outside: str = ""
    ports: tuple[int, ...] = ()
    protocol: str = "TCP"


Flow = Serves | Uses


@dataclass(frozen=True, slots=True)
class Route:
    """A hostname: `host` is the first label (`n8n`), the domain follows from the lab."""

    host: str
    namespace: str
    environment: str = "production"
    login: bool = True
    """Whether the application brings a login of its own; one without is routed only where `access.without_login` names it."""
    port: str = ""
    """For one without a login: the port of its first Service, as `kubectl port-forward` takes it (`9090`, `12000:80`)."""
    services: tuple[str, ...] = ()
    """The Services behind it, in `namespace`: each path of the hostname leads to one of them."""
