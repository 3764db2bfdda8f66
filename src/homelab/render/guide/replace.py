"""docs/replace.md: a node or a machine that goes, and one that takes its place.

Sources: https://docs.siderolabs.com/talos/v1.13/deploy-and-manage-workloads/scaling-down ("talosctl reset will cordon and drain the
node, leaving etcd if required, and then erase its disks and power down the system"), Rook's
Documentation/Storage-Configuration/Advanced/ceph-osd-mgmt.md, https://opentofu.org/docs/language/meta-arguments/lifecycle/.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.catalog.machines import proxmox
from homelab.catalog.offers.lab import control_planes, host_of
from homelab.catalog.plan import Plan
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.guide.upgrade import HEALTHY, SHELL, first_plane
from homelab.spec import derived
from homelab.spec.hosts import Role

CEPH = """\
kubectl --namespace rook-ceph exec deploy/rook-ceph-operator -- sh -c \\
  'export CEPH_CONF=/var/lib/rook/rook-ceph/rook-ceph.config; {command}' sh "$node\""""
EMPTY = CEPH.format(command='ceph osd out $(ceph osd ls-tree "$1")')
FORGET = 'kubectl --namespace rook-ceph delete deployment --selector "app=rook-ceph-osd,topology-location-host=$node"'
PURGE = CEPH.format(
    command='for osd in $(ceph osd ls-tree "$1"); do ceph osd purge "$osd" --yes-i-really-mean-it; done'
)
"""Rook's operator has the programs and a configuration of the cluster that it runs."""


def replace_page(plan: Plan) -> str:
    """The page."""
    planes = control_planes(plan)
    return md.page(
        "Replace a node or a machine",
        *_intro(plan),
        md.section("Take a node out", *(_out(plan) if len(plan.homelab.nodes) > 1 else [ONE])),
        md.section("A control plane that is dead", *(_dead_plane(plan) if len(planes) > 1 else [_only(plan)])),
        md.section("Put a node in its place", *_in(plan)),
        md.section("A physical machine", *_machine(plan)),
    )


ONE = "This lab has one node: taking it out is the end of the lab, and the way back is [docs/rebuild.md](rebuild.md)."


def _intro(plan: Plan) -> Iterator[str]:
    yield (
        "The example is the node that is the least loss; set `node`, `address` and the rest for yours. One machine at a time, and "
        "only while everything else is healthy."
    )
    rows = [
        (name, str(node.role), host_of(name, node), node.address, str(len(node.ceph) or ""))
        for name, node in plan.homelab.nodes.items()
    ]
    yield md.table(("Node", "Role", "Machine", "Address", "Ceph disks"), rows)


def _example(plan: Plan) -> str:
    """The last worker; the last control plane where there is none."""
    nodes = plan.homelab.nodes
    return max(nodes, key=lambda name: (nodes[name].role is not Role.CONTROL_PLANE, name))


def _out(plan: Plan) -> Iterator[str]:
    name = _example(plan)
    node = plan.homelab.nodes[name]
    yield "First its pods go elsewhere. A budget that allows no disruption holds the drain up until its copies are elsewhere:"
    yield md.code(
        f"{SHELL}\nnode={name} address={node.address}\n"
        'kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout=30m'
    )
    yield _copies(plan)
    if "rook-ceph" in plan.by_name and any(each.ceph for each in plan.homelab.nodes.values()):
        yield (
            "Where it has disks of Ceph, these are emptied: Ceph copies what lay there to other machines, if they have the room, and "
            "says `HEALTH_OK` again. Without a place for all copies it never does: then bring the new node first."
        )
        yield md.code(f"{EMPTY}\n{HEALTHY}")
    yield ("Then the node leaves etcd, where it is a member, erases its disk and switches off; Kubernetes forgets it:")
    yield md.code('talosctl reset --nodes "$address"\nkubectl delete node "$node"')
    if "rook-ceph" in plan.by_name and any(each.ceph for each in plan.homelab.nodes.values()):
        yield "What is left of its disks in Ceph:"
        yield md.code(f"{FORGET}\n{PURGE}")
    yield from _state(plan)


def _copies(plan: Plan) -> str:
    """What lies on the node alone."""
    local = "local-path" in plan.by_name
    words = "Volumes of `local-path` lie on their node alone and go with it: a database of several instances makes a copy anew (`kubectl cnpg destroy` gives the lost instance up), everything else comes from its backup, so make one before."
    return words if local else ""


def _state(plan: Plan) -> Iterator[str]:
    if proxmox.PROXMOX.name not in plan.by_name:
        yield "Take it out of `homelab.yaml`, run `homelab render`, commit, and let OpenTofu forget it:"
        yield md.code("(cd tofu/talos\n tofu apply)")
        return
    name = _example(plan)
    yield (
        "OpenTofu deletes no machine of this lab: `prevent_destroy` stands at each, because deleting one deletes its disks, and it "
        "refuses every plan that would, also when the node has left `homelab.yaml`. So the machine is taken out of its state first, "
        "and out of Proxmox by hand, last. Take the node out of `homelab.yaml`, run `homelab render`, commit, then:"
    )
    yield md.code('(cd tofu/talos\n tofu state rm "proxmox_virtual_environment_vm.node[\\"$node\\"]"\n tofu apply)')
    yield "And the machine with its disks, which nothing brings back:"
    yield md.code(
        f"# on its Proxmox host, as root\nqm stop {derived.vm_id(plan.homelab.nodes[name])}\nqm destroy {derived.vm_id(plan.homelab.nodes[name])} --purge"
    )


def _dead_plane(plan: Plan) -> Iterator[str]:
    planes = control_planes(plan)
    quorum = len(planes) // 2 + 1
    yield (
        f"{quorum} of {len(planes)} control planes decide. A dead one still counts as a member, so it is taken out before another comes "
        "in; ask one that lives, and put the id of the dead one, the first column, in place of the dots:"
    )
    yield md.code(
        f"talosctl etcd members --nodes {first_plane(plan).address}\ntalosctl etcd remove-member --nodes {first_plane(plan).address} '…'"
    )
    yield f"With fewer than {quorum} left, etcd decides nothing any more: [docs/rebuild.md](rebuild.md) has the way back from a snapshot."


def _only(plan: Plan) -> str:
    name = next(iter(control_planes(plan)))
    return f"`{name}` is the only control plane: with its disk goes etcd. [docs/rebuild.md](rebuild.md) has the way back from a snapshot."


def _in(plan: Plan) -> Iterator[str]:
    name = _example(plan)
    again = f"(cd tofu/talos\n tofu apply -replace='talos_machine_configuration_apply.node[\"{name}\"]')"
    if proxmox.PROXMOX.name in plan.by_name:
        yield (
            "A node of the same name and address takes its place when it is in `homelab.yaml` again: OpenTofu makes the machine, gives it "
            "its configuration, and it joins by itself. Where the machine is there and only its disk is new, the configuration is given anew:"
        )
    else:
        yield (
            f"Boot the new machine from the stick, as step 1 of [{layout.BUILD}](build.md) says, with its `mac` and `install_disk` in "
            "`homelab.yaml` where those differ. OpenTofu believes that the old one still has its configuration, so it is told to give it anew:"
        )
    yield md.code(f"{again}\nkubectl get nodes")


def _machine(plan: Plan) -> Iterator[str]:
    homes: dict[str, list[str]] = {}
    for name, node in plan.homelab.nodes.items():
        homes.setdefault(host_of(name, node), []).append(name)
    yield "With a machine go all nodes on it, and each is a node taken out and put in its place as above, control planes first:"
    yield md.table(("Machine", "Nodes that go with it"), [(host, ", ".join(names)) for host, names in homes.items()])
