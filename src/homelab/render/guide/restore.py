"""docs/restore.md: how each kind of data comes back, with the commands and names of this lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.component import Area
from homelab.catalog.infrastructure.storage.velero import targets
from homelab.catalog.offers.lab import control_planes
from homelab.catalog.offers.postgres import CLUSTER, archive_target
from homelab.catalog.plan import Plan, parts_of, uncopied
from homelab.catalog.security import sealed_secrets
from homelab.kube.tree import File
from homelab.render import layout
from homelab.render.applications import OPTIONS
from homelab.render.guide import markdown as md
from homelab.render.guide.databases import SKIP, restored
from homelab.render.guide.storage import bodies
from homelab.render.projects import NAMESPACE

OURS = f"--selector '!{CLUSTER}'"
"""Databases come back from their archive, and never as objects: a Cluster made anew from its object is empty."""
SEALING = """\
cp "$HOME/copies/sealing.key" "$HOME/copies/sealing.crt" tofu/bootstrap/
(cd tofu/bootstrap
 chmod 600 sealing.key
 tofu init
 tofu apply)"""
CARRIERS = "pods,persistentvolumeclaims,persistentvolumes,serviceaccounts,configmaps"
"""What a volume needs to be filled: the pod that mounts it, and what lets that pod be made."""
STATE = """\
mkdir -p "$HOME/copies"
for stack in tofu/*/; do
  (cd "$stack" && tofu init && tofu state pull > "$HOME/copies/$(basename "$stack").tfstate")
done
chmod 600 "$HOME"/copies/*.tfstate"""
PUT = """\
for stack in tofu/*/; do
  (cd "$stack" && tofu init && tofu state push "$HOME/copies/$(basename "$stack").tfstate" && tofu plan)
done"""


def restore_page(plan: Plan, made: Mapping[str, File]) -> str:
    """The page."""
    return md.page(
        "Restore",
        "Try each of these once before it is needed: a copy that was never restored is a hope. Nothing here overwrites what "
        "is there, but the two steps that say so. After a total loss: machines, the key of sealed secrets, Git, storage, copies, and "
        "then applications.",
        md.table(("What", "Comes back from", "Where to"), _kinds(plan, made)),
        md.section("Objects and volumes of a namespace", *_velero(plan, made)),
        md.section("A database to a point in time", *restored(plan, made)),
        md.section("Every database and volume, into a lab built anew", *_anew(plan, made)),
        md.section("The key of sealed secrets", *_sealing(plan)),
        md.section("etcd", *_etcd(plan)),
        md.section("The state of OpenTofu", *_state()),
    )


def _kinds(plan: Plan, made: Mapping[str, File]) -> Iterator[tuple[str, str, str]]:
    where = md.listed(plan.homelab.backup.targets)
    copied = any(bodies(made, "Schedule"))
    yield "Objects", "Git" + (f", Velero's copies at {where}" if copied else ""), "the last commit, or the last copy"
    yield "Volumes", f"Velero's copies at {where}" if copied else "**nothing**", "the last copy" if copied else md.NONE
    for item in uncopied(plan):
        yield (
            f"Volumes labelled {md.listed(f'{k}={v}' for k, v in item.labels.items())} in `{item.namespace}`",
            item.why,
            "",
        )
    found = archive_target(plan)
    if any(bodies(made, "ObjectStore")) and found:
        yield "Databases", f"the archive at `{found[0]}`", "any moment since the oldest base backup"
    if plan.has(Capability.SECRETS_GIT):
        yield "The key of sealed secrets", "your own copy", "as it was made"
    yield "etcd", "a snapshot, where one was taken", "the snapshot"
    yield "State of OpenTofu", "your own copy", "the last copy"


def schedule(made: Mapping[str, File]) -> str:
    """The schedule to restore from: the daily one of the target that lies farthest away, which is named last; empty without."""
    names = [str(body["metadata"]["name"]) for _, body in bodies(made, "Schedule")]
    return next((name for name in reversed(names) if name.startswith("daily-")), next(iter(names), ""))


def _spaces(plan: Plan) -> list[str]:
    """The namespaces of applications with data."""
    parts = [part for choice in plan.choices if choice.component.area is Area.APPS for part in parts_of(plan, choice)]
    return list(dict.fromkeys(part.namespace for part in parts if part.stateful))


def _velero(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    name = schedule(made)
    if not name:
        yield "Nothing of this lab is copied by a schedule: see [storage-and-backups.md](storage-and-backups.md)."
        return
    space = next(iter(_spaces(plan)), "default")
    yield (
        "Beside the original, to look at it or to take single files from it. Databases are left out, because they come back "
        "from their archive:"
    )
    yield md.code(
        f"velero backup get --selector velero.io/schedule-name={name}\n"
        f"velero restore create --from-schedule {name} --include-namespaces {space} \\\n"
        f"  --namespace-mappings {space}:{space}-restored {OURS} --wait\n"
        f"kubectl --namespace {space}-restored get pods,persistentvolumeclaims"
    )
    yield (
        "Into the namespace itself, when objects or claims are lost. A claim that is there keeps its contents: Velero fills a "
        "volume only while it makes the claim, together with the pod that mounts it. Secrets come from Git: the controller of "
        "sealed secrets leaves alone one that somebody else made."
    )
    yield md.code(
        f"kubectl --namespace {NAMESPACE} annotate application --all {SKIP}=true\n"
        f"velero restore create --from-schedule {name} --include-namespaces {space} {OURS} \\\n"
        "  --exclude-resources secrets --existing-resource-policy none --wait\n"
        f"kubectl --namespace {targets.NAMESPACE} get podvolumerestores\n"
        f"kubectl --namespace {NAMESPACE} annotate application --all {SKIP}-"
    )
    yield _zero(space)


def _zero(space: str) -> str:
    return (
        "What was at zero replicas when it was copied, or was scaled to zero by hand, is at zero afterwards as well. Argo CD "
        "takes back only what Git says a number of; the rest stays at zero until somebody scales it:\n\n"
        + md.code(f"kubectl --namespace {space} get deployments,statefulsets")
    )


def _anew(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    held = [part for c in plan.choices if c.component.area is Area.APPS for part in parts_of(plan, c) if part.stateful]
    # what has no chart holds the data of one that has: it comes first
    apps = [part.name for part in sorted(held, key=lambda part: part.chart is not None)]
    name = schedule(made)
    if not apps or not (name or any(bodies(made, "ObjectStore"))):
        yield "This lab has no application whose data are copied."
        return
    backup = plan.homelab.backup
    yield (
        f"Before the lab is built anew, say in `homelab.yaml` that it is: this is generation {backup.generation}, so "
        f"`backup.generation: {backup.generation + 1}` and `backup.recover: true`. Then `homelab render`, and build as in "
        "[build.md](build.md). Databases are then made from the archive of the generation before and write into a folder of "
        "their own; applications with data are there, but wait for you, so that their volumes come first."
    )
    if name:
        spaces = ",".join(_spaces(plan))
        yield md.code(
            f"kubectl --namespace {targets.NAMESPACE} wait backupstoragelocation --all \\\n"
            "  --for=jsonpath='{.status.phase}'=Available --timeout=15m\n"
            f"velero backup get --selector velero.io/schedule-name={name}\n"
            f"velero restore create --from-schedule {name} --include-namespaces {spaces} \\\n"
            f"  --include-resources {CARRIERS} {OURS} \\\n"
            "  --existing-resource-policy none --wait"
        )
    options = ", ".join(f'"{option}"' for option in OPTIONS)
    sync = f'{{"operation": {{"sync": {{"syncOptions": [{options}]}}}}}}'
    yield "Then the applications, by hand:"
    yield md.code(
        f"for app in {' '.join(apps)}; do\n  kubectl --namespace {NAMESPACE} patch application $app --type merge \\\n"
        f"    --patch '{sync}'\ndone\nkubectl get clusters.postgresql.cnpg.io --all-namespaces"
    )
    yield (
        "Once all databases are healthy, `backup.recover: false`, `homelab render` and a commit: from then on applications "
        "follow Git by themselves again. `backup.generation` stays as it is."
    )


def _sealing(plan: Plan) -> Iterator[str]:
    if not plan.has(Capability.SECRETS_GIT):
        yield "This lab seals nothing."
        return
    yield (
        "`sealing.key` and `sealing.crt` open every secret in this repository; without them each one has to be made and sealed "
        "anew. In a new cluster they go in before Argo CD comes, in one that runs the controller reads them at its next start:"
    )
    yield md.code(SEALING)
    yield md.code(f"kubectl --namespace {sealed_secrets.NAMESPACE} rollout restart deployment")


def _etcd(plan: Plan) -> Iterator[str]:
    nodes = [node.address for node in control_planes(plan).values()]
    yield (
        "Objects are in Git, so a lab built anew needs no snapshot; one that lost its quorum is back sooner with it. Nothing "
        "takes it by itself. Before a risky change:"
    )
    yield md.code(f"talosctl etcd snapshot etcd.snapshot --nodes {nodes[0]}")
    yield (
        "When etcd is lost on every control plane, each is emptied, and one of them begins from the snapshot; the others join "
        "it. This is the one step on this page that deletes: what was written after the snapshot is gone."
    )
    yield md.code(
        "\n".join(
            f"talosctl reset --graceful=false --reboot --system-labels-to-wipe EPHEMERAL --nodes {each}"
            for each in nodes
        )
    )
    yield "Once etcd says `Preparing` on each:"
    looks = [f"talosctl service etcd --nodes {each}" for each in nodes]
    yield md.code("\n".join([*looks, f"talosctl bootstrap --recover-from=./etcd.snapshot --nodes {nodes[0]}"]))


def _state() -> Iterator[str]:
    yield (
        "The state holds the authorities and keys of the cluster: without it no `tofu apply` knows the machines. Copy it after "
        f"each apply to a place outside of this house. `{layout.TALOS}` is encrypted where it lies, but not in this copy:"
    )
    yield md.code(STATE)
    yield "Back it comes so; `tofu plan` then has nothing to change:"
    yield md.code(PUT)
