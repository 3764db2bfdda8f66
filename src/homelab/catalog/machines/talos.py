"""Talos: the operating system that is nothing but Kubernetes; it brings the API server, etcd, the kubelet and CoreDNS.

It has no Application: its machine configuration is rendered to `tofu/talos`, in the dialect of the chosen version.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component
from homelab.catalog.machines.extensions import FORMER, extensions
from homelab.catalog.needs import start
from homelab.catalog.plan import Plan
from homelab.spec.forms import Argument, Parameter, Registry, Sentence, Url
from homelab.spec.names import unresolved
from homelab.spec.source import Problem
from homelab.spec.units import Label


class Settings(component.Settings):
    """What differs from one Talos lab to another."""

    extensions: tuple[Label, ...] = Field(default=("iscsi-tools", "util-linux-tools"))
    """System extensions of the image; virtual machines on Proxmox get `qemu-guest-agent` as well.

    Names as Talos publishes them: <https://github.com/siderolabs/extensions>."""
    kernel_arguments: tuple[Argument, ...] = ()
    """Further kernel arguments of the image, as `net.ifnames=0`."""
    registry_mirrors: dict[Registry, Url] = Field(default_factory=dict)
    """Registry to the mirror that is asked first, as `{docker.io: https://mirror.lan:5000}`."""
    sysctls: dict[Parameter, Sentence] = Field(default_factory=dict)
    """Further kernel parameters; those that components of this catalog need are set anyway."""


CONTRACT = "talos:contract"
"""Among the pins of a repository: the contract of the first day."""


def line(version: str) -> tuple[int, int]:
    """Major and minor of a version, to compare."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def contract(plan: Plan) -> str:
    """The Talos for which configurations are generated: said, else what the repository has, else the Talos that is chosen.

    "Talos version (--talos-version) contract: The Talos version you originally used to generate the machine configs. Keep this
    value fixed to ensure reproducibility." (docs.siderolabs.com/talos/v1.13, reproducible-machine-configuration)
    """
    versions = plan.homelab.versions
    return versions.contract or plan.pins.get(CONTRACT) or versions.talos


def release(version: str) -> tuple[int, ...]:
    """Major, minor and patch of a version, to compare."""
    return tuple(map(int, version.split(".")))


def taken_back(before: str, after: str) -> Problem | None:
    """What is wrong with a contract that is older than the one before: the provider would make another cluster's secrets.

    `if semver.Compare(planValue, stateValue) < 0 { res.RequiresReplace = true }`, of `talos_version` of `talos_machine_secrets`
    (github.com/siderolabs/terraform-provider-talos/blob/main/pkg/talos/talos_machine_secrets_resource.go)
    """
    if release(after) >= release(before):
        return None
    return Problem(
        "versions.contract",
        f"{after} is older than {before}, which the repository has: tofu would replace the secrets of the whole cluster",
        f"keep {before}; for a lab that was never built, remove its homelab.auto.tfvars.json from tofu/talos first",
    )


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """A contract that the chosen Talos does not know yet, or that goes back, and extensions that Talos does not have."""
    talos = plan.homelab.versions.talos
    if back := taken_back(plan.pins.get(CONTRACT, contract(plan)), contract(plan)):
        yield back
    if line(contract(plan)) > line(talos):
        yield Problem(
            "versions.contract" if plan.homelab.versions.contract else "versions.talos",
            f"a configuration for Talos {contract(plan)} has fields that Talos {talos} refuses",
            f"choose Talos {contract(plan)} or newer, or a contract of {talos} or older",
        )
    known = extensions(talos)
    for index, name in enumerate(settings.extensions):
        option = f"components.talos.extensions.{index}"
        if name in FORMER:
            yield Problem(option, f"{name} is gone from Talos {talos}", f"its place took {FORMER[name]}")
        elif name not in known:
            yield unresolved(option, name, known, f"an extension of Talos {talos}")


TALOS = Component(
    name="talos",
    area=Area.INFRASTRUCTURE,
    summary="Immutable, API-driven Linux that runs Kubernetes and nothing else.",
    settings=Settings,
    provides=frozenset({Capability.CLUSTER_API, Capability.CLUSTER_DNS, Capability.KUBELET}),
    needs=(start(Capability.MACHINE, "Talos boots on machines"),),
    homepage="https://www.talos.dev",
    refuses=refuses,
    applies=lambda _homelab: True,
)
