"""docs/rebuild.md: the lab after its machines, or the house, are gone.

Sources: https://docs.siderolabs.com/talos/v1.13/build-and-extend-talos/cluster-operations-and-maintenance/disaster-recovery,
https://github.com/cloudnative-pg/cloudnative-pg/issues/6470 ("Expected empty archive"), CloudNativePG docs/src/recovery.md: a
recovered Cluster must archive under another `serverName` than the one that it is recovered from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.offers.lab import control_planes
from homelab.catalog.plan import Plan
from homelab.kube.tree import File
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.guide.storage import bodies
from homelab.render.guide.upgrade import SHELL, first_plane
from homelab.render.projects import repository


def rebuild_page(plan: Plan, made: Mapping[str, File]) -> str:
    """The page."""
    return md.page(
        "Rebuild the lab from nothing",
        "Git has what the lab is, backups have what it knows, and a few files open both. This page is of use on the day only if those files lie elsewhere today.",
        md.section("What must lie outside of this house", *_kept(plan)),
        md.section("The house burned down", *_from_nothing(plan, made)),
        md.section("Only etcd is gone", *_etcd(plan)),
    )


def _kept(plan: Plan) -> Iterator[str]:
    rows = [
        (
            f"this repository, {repository(plan)}",
            "everything that is declared",
            "machines and manifests are written anew by hand",
        ),
        (
            "the passphrase of the state, `TF_VAR_state_passphrase`",
            "opens the state",
            "a new identity of the cluster; nothing that Git or a backup has",
        ),
        (
            "`terraform.tfstate` of `tofu/talos` and `tofu/bootstrap`, encrypted",
            "the identity of the cluster, and which machines are its own",
            "as above",
        ),
    ]
    if plan.has(Capability.SECRETS_GIT):
        rows.append(
            (
                "`sealing.key` and `sealing.crt` of `tofu/bootstrap`",
                "open every sealed secret in Git, and with them every backup place",
                "each secret is made and sealed anew; **what a lost secret encrypted is lost**, as credentials in applications",
            )
        )
    if plan.homelab.backup.targets:
        rows.append(
            (
                "the access keys of the backup places, readable without this lab",
                "reach the copies",
                "none, where the sealing key is there",
            )
        )
    rows.append(
        (
            "a snapshot of etcd, not older than the last change",
            "brings control planes back as they were",
            "Git brings the same objects back, without their history",
        )
    )
    yield md.table(("What", "What it is for", "Without it"), rows)
    off = [name for name, target in plan.homelab.backup.targets.items() if target.kind == "s3"]
    if not off:
        yield "**No copy of data leaves this house.** What is below brings an empty lab: name a place elsewhere under `backup.targets`."
    yield "Try it once: copy these files to a second computer, and see there that `tofu plan` opens the state and says nothing that surprises."


ANEW = "tofu state rm talos_machine_secrets.this talos_machine_bootstrap.this talos_cluster_kubeconfig.this"
"""The identity, that it was bootstrapped, and the key to it; configurations are applied anew as they change."""


def _from_nothing(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    sealing = plan.has(Capability.SECRETS_GIT)
    yield f"The way is that of [{layout.BUILD}](build.md), in its order, from a clone of this repository, with these differences:"
    items = [
        "New hardware: its machines, disks and ports go into `homelab.yaml` first, then `homelab render`.",
        (
            "Step 1: with the old state, machines that are gone are taken out of it before `tofu apply`, as "
            "[docs/replace.md](replace.md) says; without it, start without one. A new state is a new cluster: old kubeconfigs and "
            "talosconfigs open nothing."
        ),
        (
            "Another cluster on purpose, with the state that is there: OpenTofu refuses every plan that would replace the identity "
            "(`prevent_destroy`), since the running cluster would end with it. Once every machine is new or reset, "
            f"`{ANEW}` in `{layout.TALOS}` takes out of the state what belongs to the old one, and `tofu apply` makes the new."
        ),
    ]
    if sealing:
        items.append(
            "Step 2: **no new sealing key.** Put `sealing.key` and `sealing.crt` back into `tofu/bootstrap` and leave out the block that makes them, and the sealing of secrets: all are in Git. With a new key none of them opens."
        )
    items.append(
        "Step 3: before the root is applied, say where each database below comes from: with `backup.recover` in `homelab.yaml` it is made from its archive, and applications wait until their volumes are there. Without it Argo CD starts all of them at once, empty."
    )
    yield md.bullets(items)
    yield from _databases(made)
    yield "Volumes and objects come from Velero, and how each kind of data is brought back has a page of its own: [restore.md](restore.md), for a lab built anew under *Every database and volume*. Data first, then applications: one that starts on an empty volume writes into it."
    yield f"At the end stands what stands at the end of [{layout.BUILD}](build.md): the verification, and `homelab assess`."


def _databases(made: Mapping[str, File]) -> Iterator[str]:
    rows = []
    for path, body in bodies(made, "Cluster"):
        plugins = body["spec"].get("plugins") or []
        stores = [str(plugin.get("parameters", {}).get("barmanObjectName", "")) for plugin in plugins]
        if any(stores):
            meta = body["metadata"]
            rows.append((f"{meta.get('namespace', '')}/{meta['name']}", ", ".join(filter(None, stores)), f"`{path}`"))
    if not rows:
        return
    yield (
        "A database of the same name finds its own former archive and refuses to write over it: CloudNativePG says `Expected empty "
        "archive` and never becomes ready. That is its protection of your data. It is recovered *from* that archive, and writes to another "
        "name (`serverName`) from then on; emptying the archive instead throws the backups away."
    )
    yield md.table(("Database", "Its archive, an ObjectStore", "File"), rows)


def _etcd(plan: Plan) -> Iterator[str]:
    planes = control_planes(plan)
    names = ", ".join(planes)
    yield (
        f"Where the disks of workers are whole and only the control planes ({names}) lost theirs, a snapshot brings the cluster back as it "
        "was, with its volumes. It takes the old state, and so the old identity. Give the control planes their configuration anew, and do "
        "not let anything bootstrap an empty etcd:"
    )
    replaced = " ".join(f"-replace='talos_machine_configuration_apply.node[\"{name}\"]'" for name in planes)
    yield md.code(
        f"{SHELL}\n(cd tofu/talos\n tofu apply {replaced})\n"
        f'talosctl bootstrap --nodes {first_plane(plan).address} --recover-from="$(ls etcd-*.snapshot | tail -1)"\n'
        f"talosctl health --nodes {first_plane(plan).address}"
    )
    yield "Volumes on disks that are gone with it stay `Pending` or point nowhere: those come from their backups. A snapshot is taken before each upgrade, as [docs/upgrade.md](upgrade.md) says; take one more often where the lab changes by more than Git."
