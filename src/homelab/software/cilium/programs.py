"""Cilium: the network of every node; agents keep the datapath, an operator hands out identities.

Sources: cilium Documentation/network/kubernetes, Documentation/observability/hubble; certgen's flags.
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Calls, Fact, Produces
from homelab.software.seen import Around, both, elected, only, produces, role
from homelab.software.software import ImageTruth

CRD_KINDS = (
    "ciliumbgpadvertisements", "ciliumbgpclusterconfigs", "ciliumbgpnodeconfigoverrides", "ciliumbgpnodeconfigs",
    "ciliumbgppeerconfigs", "ciliumcidrgroups", "ciliumclusterwideenvoyconfigs", "ciliumclusterwidenetworkpolicies",
    "ciliumegressgatewaypolicies", "ciliumendpoints", "ciliumendpointslices", "ciliumenvoyconfigs",
    "ciliumgatewayclassconfigs", "ciliumidentities", "ciliuml2announcementpolicies", "ciliumloadbalancerippools",
    "ciliumlocalredirectpolicies", "ciliumnetworkpolicies", "ciliumnodeconfigs", "ciliumnodes", "ciliumpodippools",
)  # fmt: skip
"""The kinds of cilium.io, which the operator installs: the chart brings none."""
CERTIFICATES = (
    "cilium-ca", "hubble-server-certs", "hubble-relay-client-certs", "hubble-relay-server-certs", "hubble-ui-client-certs",
)  # fmt: skip
"""Secrets that certgen makes, each where its reader is installed."""


def _kinds(around: Around) -> Iterable[Fact]:
    yield Produces(
        around.subject, tuple(Subject("CustomResourceDefinition", f"{kind}.cilium.io") for kind in CRD_KINDS)
    )


def _relay(around: Around) -> Iterable[Fact]:
    port = around.port_of("hubble-peer", 443)
    yield Calls(around.subject, "hubble-peer", port, "run", "it asks every agent for flows")


def _ui(around: Around) -> Iterable[Fact]:
    port = around.port_of("hubble-relay", 80)
    yield Calls(around.subject, "hubble-relay", port, "run", "it shows what the relay collects")


OPERATOR = both(
    elected("the operator elects a leader by a lease of 15 s"),
    role("change", "it hands out identities and addresses; what runs keeps them"),
    _kinds,
)

PROGRAMS: tuple[ImageTruth, ...] = (
    *(ImageTruth(f"cilium/operator{cloud}", OPERATOR) for cloud in ("", "-generic", "-aws", "-azure", "-alibabacloud")),
    ImageTruth(
        "cilium/cilium",
        only("DaemonSet", role("change", "the datapath of its node stays, but new pods, Services and policies wait")),
    ),
    ImageTruth(
        "cilium/cilium-envoy",
        only("DaemonSet", role("change", "only policies of layer 7 send traffic through it")),
    ),
    ImageTruth("cilium/hubble-relay", _relay),
    ImageTruth("cilium/hubble-ui", _ui),
    ImageTruth("cilium/certgen", produces(*CERTIFICATES)),
)
"""What is true of its programs, however they were installed."""
