"""Step 1 of docs/build.md: the machines, what runs on them, and the API that answers."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.catalog.infrastructure.storage import proxmox_csi
from homelab.catalog.infrastructure.storage.rook_ceph import cluster
from homelab.catalog.machines import proxmox
from homelab.catalog.offers.lab import api_address, control_planes
from homelab.catalog.plan import Plan
from homelab.errors import pasted
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.projects import repository
from homelab.render.talos import smallest_disk
from homelab.render.tofu import ceph_datastores
from homelab.spec.hosts import Node

CLUSTER = """\
(cd tofu/talos
 tofu output -raw kubeconfig > kubeconfig && chmod 600 kubeconfig
 tofu output -raw talosconfig > talosconfig && chmod 600 talosconfig)
export KUBECONFIG="$PWD/tofu/talos"/kubeconfig TALOSCONFIG="$PWD/tofu/talos"/talosconfig
kubectl get nodes"""
GIT = """\
git init --initial-branch={revision}
git remote get-url origin > /dev/null 2>&1 || {remote}"""
ENCRYPTED = """\
[ -n "${TF_VAR_state_passphrase:-}" ] || export TF_VAR_state_passphrase="$(openssl rand -base64 24)"
echo "$TF_VAR_state_passphrase\""""
APPLY = "(cd tofu/talos\n tofu init\n tofu apply)"
IMAGE = """\
(cd tofu/talos
 tofu init
 tofu apply -target=talos_image_factory_schematic.this
 curl -fLo talos.iso "https://factory.talos.dev/image/$(tofu output -raw schematic)/v{version}/metal-amd64.iso")"""
MACHINES = (
    "Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit", "SDN.Use", "Sys.Audit",
    "Sys.Modify", "VM.Allocate", "VM.Audit", "VM.Config.CDROM", "VM.Config.CPU", "VM.Config.Cloudinit", "VM.Config.Disk",
    "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options", "VM.PowerMgmt",
)  # fmt: skip
"""Privileges on Proxmox that making machines takes.

Source: https://registry.terraform.io/providers/bpg/proxmox/latest/docs#api-token-authentication, and for the image "Besides the
`Datastore.AllocateTemplate` privilege, this resource requires both the `Sys.Audit` and `Sys.Modify` privileges" (download_file).
"""
USERS = ("Permissions.Modify", "Realm.AllocateUser", "User.Modify")
"""Privileges that making the user of the volume driver takes as well."""
ROLE = """\
# on one Proxmox host, as root
case "$(pveversion)" in pve-manager/8*) agent=VM.Monitor ;; *) agent=VM.GuestAgent.Audit ;; esac
pveum user add terraform@pve
pveum role add Homelab --privs "{privileges} $agent"
pveum acl modify / --users terraform@pve --roles Homelab
pveum user token add terraform@pve homelab --privsep 0
pvesm set {store} --content "$(pvesh get /storage/{store} --output-format yaml | sed -n 's/^content: //p'),import\""""

STORAGES = """\
# on one Proxmox host, as root
for place in {places}; do
  pvesh get "/nodes/${{place%%/*}}/storage/${{place##*/}}/status" --output-format yaml || echo "$place is not there"
done
pvesm status"""
"""Asks each host for each storage before anything is made. Source: https://pve.proxmox.com/pve-docs/api-viewer/ (GET /nodes/{node}/storage/{storage}/status)."""


def machines(plan: Plan) -> Iterator[str]:
    """Machines, Talos, Kubernetes."""
    yield (
        "The folder of this repository becomes one of Git; `.gitignore` leaves out what holds secrets or is only of this "
        "computer:"
    )
    yield md.recipe(
        "git",
        GIT.format(
            revision=plan.homelab.git.revision, remote=pasted("git", "remote", "add", "origin", repository(plan))
        ),
    )
    yield (
        f"`{layout.TALOS}` makes the machines and the cluster. Its state holds the authorities and keys of the cluster, and is "
        "written encrypted, by a passphrase that only the environment has. Note it outside of this house, and on another day "
        "export it before `tofu` is run; without it the state is lost, and with it every further `tofu apply`:"
    )
    yield md.code(ENCRYPTED)
    yield from _virtual(plan) if proxmox.PROXMOX.name in plan.by_name else _own(plan)
    count, planes = len(plan.homelab.nodes), len(control_planes(plan))
    yield md.recipe("access", CLUSTER)
    yield (
        f"Wait for {count} node{'s' * (count != 1)}, {planes} of them control plane; they stay `NotReady` until the "
        f"pod network is there. The API answers at `https://{api_address(plan)}:6443`."
    )


def _virtual(plan: Plan) -> Iterator[str]:
    """Virtual machines on Proxmox, by its API alone."""
    settings = plan.settings(proxmox.PROXMOX.name)
    if not settings.endpoint:
        yield (
            "First name the address of Proxmox in `components.proxmox.endpoint`, as `https://pve.example.org:8006/`, and run "
            "`homelab render` again."
        )
    if not settings.insecure:
        yield (
            "A new Proxmox has a certificate that nobody knows: give it one of a known authority, or say "
            "`components.proxmox.insecure: true` and render again."
        )
    yield from _storages(plan)
    yield (
        "OpenTofu comes with a token, and makes everything through the API of Proxmox VE 8.4 or newer; no SSH to a host is "
        f"needed. The role holds what that takes; the storage `{settings.image_datastore}` must take images to import:"
    )
    privileges = MACHINES + (USERS if proxmox_csi.PROXMOX_CSI.name in plan.by_name else ())
    yield md.code(ROLE.format(privileges=" ".join(privileges), store=settings.image_datastore))
    yield "The last but one command shows the token, once. It goes into the environment here, and into no file:"
    yield md.code("export PROXMOX_VE_API_TOKEN='terraform@pve!homelab=…'")
    yield md.recipe("machines", APPLY)


def _storages(plan: Plan) -> Iterator[str]:
    """The storages that must be there, by name, and what proves it: which host has which is known to nobody but its owner."""
    settings = plan.settings(proxmox.PROXMOX.name)
    rows, places = [], []
    for name, host in plan.homelab.hosts.items():
        raw = [
            where
            for node, each in plan.homelab.nodes.items()
            if each.host == name
            for where in ceph_datastores(plan, node)
        ]
        rows.append((name, f"`{host.datastore}`", md.listed(dict.fromkeys(raw))))
        node = settings.node_names.get(name, name)
        places += [f"{node}/{where}" for where in dict.fromkeys((settings.image_datastore, host.datastore, *raw))]
    ceph = any(raw for *_, raw in rows)
    words = "These storages must be there; other names are said by `hosts.<name>.datastore`"
    words += (
        " and `hosts.<name>.ceph_datastores`. Ceph copies on write itself, so its raw disks lie better on LVM than on ZFS, and "
        "each on a physical disk of its own."
        if ceph
        else "."
    )
    yield words
    heads = ("Host", "System disks", *(["Raw disks of Ceph"] if ceph else []))
    yield md.table(heads, [row[: len(heads)] for row in rows])
    yield (
        "Proxmox' installer makes `local-lvm`, or `local-zfs` where ZFS was chosen. This asks for each of them, names those that are not "
        "there, and lists what is. Mend `homelab.yaml` and render again before you go on: `tofu apply` would stop half-way."
    )
    yield md.code(STORAGES.format(places=" ".join(places)))


def _own(plan: Plan) -> Iterator[str]:
    """Machines of their own: an image on a stick, an address from the router, a look at what is in them."""
    nodes = plan.homelab.nodes
    yield "Each machine boots once from a stick with this lab's image, and then waits for its configuration:"
    yield md.recipe("image", IMAGE.format(version=plan.homelab.versions.talos))
    yield (
        "Write that `talos.iso` to a USB stick (balenaEtcher, Rufus, or `dd`), and keep an address in the router for "
        "each machine: its DHCP must answer with the address below, by the hardware address that the machine's screen shows. "
        "At any other address the machine is never found. Switch Secure Boot off, boot from the stick, and wait until the screen "
        "says `Maintenance`."
    )
    ports = {name: node.mac or "the port with the cable" for name, node in nodes.items()}
    rows: list[tuple[str, ...]] = [(name, node.address, ports[name], _disk(node)) for name, node in nodes.items()]
    heads: tuple[str, ...] = ("Machine", "Address", "Port", "Talos installs itself on")
    raw = {name: md.listed(disk["name"] for disk in disks) for name, disks in _raw(plan)}
    if raw:
        heads = (*heads, "Ceph overwrites")
        rows = [(*row, raw.get(row[0], "")) for row in rows]
    yield md.table(heads, rows)
    yield "Before anything is written, see what each machine has:"
    looks = [
        f"talosctl get {what} --insecure --nodes {node.address}"
        for node in nodes.values()
        for what in ("disks", "links")
    ]
    yield md.recipe("look", "\n".join(looks))
    yield (
        "More than one disk of that size: name yours as `install_disk`. More than one port with a cable: name yours as `mac`. "
        "Then `homelab render` again. The disk is overwritten by what comes next; afterwards take the stick out:"
    )
    yield md.recipe("machines", APPLY)


def _raw(plan: Plan) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The disks of each machine that Ceph takes, as `homelab.yaml` names them."""
    choice = plan.by_name.get("rook-ceph")
    if choice is not None:
        settings = plan.settings(choice.name)
        yield from ((name, cluster.devices(settings, name, node)) for name, node in cluster.storage_nodes(plan).items())


def _disk(node: Node) -> str:
    size = smallest_disk(node)
    return f"the disk of at least {size}" if size else f"`{node.install_disk}`"
