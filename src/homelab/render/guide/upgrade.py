"""docs/upgrade.md: new versions of this lab, one thing at a time and one machine at a time.

Sources: https://docs.siderolabs.com/talos/v1.13/configure-your-talos-cluster/lifecycle-management/upgrading-talos,
https://docs.siderolabs.com/kubernetes-guides/advanced-guides/upgrading-kubernetes ("the --nodes parameter specifies the control plane
node to send the API call to, but all members of the cluster will be upgraded").
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.capabilities import Capability
from homelab.catalog.machines import talos
from homelab.catalog.offers.lab import control_planes, host_of
from homelab.catalog.plan import Plan
from homelab.catalog.versions import span
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.software.talos.system import TALOS
from homelab.spec.hosts import Node

SHELL = 'export KUBECONFIG="$PWD/tofu/talos"/kubeconfig TALOSCONFIG="$PWD/tofu/talos"/talosconfig'
HEALTHY = "kubectl --namespace rook-ceph wait cephcluster --all --for=jsonpath='{.status.ceph.health}'=HEALTH_OK --timeout=30m"
IMAGE = """\
(cd tofu/talos
 tofu init -upgrade
 tofu apply -target=data.talos_image_factory_urls.this)
image="$(cd tofu/talos && tofu output -raw installer)\""""


def upgrade_page(plan: Plan) -> str:
    """The page."""
    return md.page(
        "Upgrade the lab",
        *_intro(plan),
        md.section("Before", *_before(plan)),
        md.section("Talos", *_talos(plan)),
        md.section("Kubernetes", *_kubernetes(plan)),
        md.section("The contract of the machine configuration", *_contract(plan)),
        md.section("Charts and images", CHARTS),
        md.section("homelab itself", ITSELF, *_state(plan)),
    )


CHARTS = (
    "Each version stands once in this repository, and `renovate.json` says where: a merged pull request is what Argo CD rolls "
    "out, and `homelab render` keeps it and brings along the pages that name the version. `homelab assess` says which versions "
    "were not made for each other. PostgreSQL itself is an image of its own, so that an operator's upgrade restarts no database; a "
    "new major version of it is a move of the data, and no bump."
)
ITSELF = (
    "`homelab diff` shows what a new homelab would write. Where Argo CD would delete data on the way, `homelab render` writes "
    "only guards, says so, and goes on with `--synced` once the cluster has them."
)


FORMER = """\
for stack in {stacks}; do
  cat > "$stack/encryption.tf" << 'END'
variable "state_passphrase" {{
  type      = string
  sensitive = true
}}

terraform {{
  encryption {{
    key_provider "pbkdf2" "passphrase" {{
      passphrase = var.state_passphrase
    }}

    method "aes_gcm" "passphrase" {{
      keys = key_provider.pbkdf2.passphrase
    }}

    method "unencrypted" "former" {{}}

    state {{
      method = method.aes_gcm.passphrase
      fallback {{
        method = method.unencrypted.former
      }}
    }}
  }}
}}
END
  (cd "$stack"
   tofu init
   tofu apply -refresh-only)
  git checkout -- "$stack/encryption.tf"
  rm -f "$stack/terraform.tfstate.backup"
done"""
"""A state that is read as it was and written encrypted; nothing else changes.

Source: https://opentofu.org/docs/language/state/encryption/ (fallback); a test does it with OpenTofu itself.
"""


def first_plane(plan: Plan) -> Node:
    """The control plane that is spoken to: the first by name."""
    planes = control_planes(plan)
    return planes[min(planes)]


def _intro(plan: Plan) -> Iterator[str]:
    versions = plan.homelab.versions
    yield (
        f"This lab runs Talos {versions.talos} and Kubernetes {versions.kubernetes}. The commands below are for these: set the new "
        "version in `homelab.yaml`, run `homelab check`, which says the steps where one is not enough, then `homelab render`, and "
        "this page has the new ones. Change one of the two at a time, Talos first where both wait."
    )
    now = talos.line(versions.talos)
    rows = [
        (f"Talos {row.line}" + (" (this lab)" if talos.line(row.line) == now else ""), f"Kubernetes {span(row.runs)}")
        for row in TALOS.support
        if talos.line(row.line) in {now, (now[0], now[1] + 1)}
    ]
    yield md.table(("Talos", "runs"), rows)
    yield (
        "What stops while one node is away, and for how long, is computed: `homelab render` writes it into `resilience.md`, beside this "
        "page."
        if len(plan.homelab.nodes) > 1
        else "The one node of this lab takes everything down while it starts anew: some ten minutes."
    )


def _before(plan: Plan) -> Iterator[str]:
    yield "Everything is healthy before anything changes, and etcd is copied. The copy holds every secret of the cluster: keep it as such, and out of Git."
    lines = [SHELL, "kubectl get nodes", "kubectl --namespace argocd get applications"]
    if "rook-ceph" in plan.by_name:
        lines.append(HEALTHY)
    lines.append(f'talosctl etcd snapshot "etcd-$(date +%Y-%m-%d).snapshot" --nodes {first_plane(plan).address}')
    yield md.code("\n".join(lines))


def _talos(plan: Plan) -> Iterator[str]:
    yield "The installer of this lab, with its extensions:"
    yield md.code(IMAGE)
    planes, nodes = control_planes(plan), plan.homelab.nodes
    if len(planes) > 1:
        yield f"Control planes, one by one: {len(planes) // 2 + 1} of {len(planes)} must stand at any moment, and each is back before the next goes."
    else:
        yield "The one control plane: pods go on while it is away, but nothing is started, moved or changed."
    yield _each(plan, planes)
    workers = {name: node for name, node in nodes.items() if name not in planes}
    by_host = sorted(workers, key=lambda name: (host_of(name, workers[name]), name))
    if workers:
        yield "Workers, one by one, those of one machine after the other:"
        yield _each(plan, {name: workers[name] for name in by_host})
    yield "The configuration of the new version goes to the nodes when all of them run it: an older Talos refuses what it does not know."
    yield md.code(
        "(cd tofu/talos\n tofu apply)\ntalosctl version --nodes " + ",".join(node.address for node in nodes.values())
    )
    yield "A node that does not start with the new version starts the old one by itself; `talosctl rollback` asks for it."


def _each(plan: Plan, nodes: dict[str, Node]) -> str:
    """The loop over these nodes; it stops at the first that does not come back."""
    lines = [
        'talosctl upgrade --nodes "$address" --image "$image" || break',
        f"talosctl health --nodes {first_plane(plan).address} || break",
        *([f"{HEALTHY} || break"] if "rook-ceph" in plan.by_name else []),
    ]
    names = ", ".join(nodes)
    addresses = " ".join(node.address for node in nodes.values())
    return md.code(f"# {names}\nfor address in {addresses}; do\n  " + "\n  ".join(lines) + "\ndone")


def _kubernetes(plan: Plan) -> Iterator[str]:
    yield (
        "Talos exchanges Kubernetes node by node, beginning with the control planes. Only then the same version goes into the "
        "machine configuration: `tofu apply` alone would give it to all nodes at once."
    )
    address, version = first_plane(plan).address, plan.homelab.versions.kubernetes
    yield md.code(
        f"talosctl upgrade-k8s --nodes {address} --to {version} --dry-run\n"
        f"talosctl upgrade-k8s --nodes {address} --to {version}\n"
        "kubectl get nodes\n(cd tofu/talos\n tofu apply)"
    )


def _contract(plan: Plan) -> Iterator[str]:
    now, runs = talos.contract(plan), plan.homelab.versions.talos
    yield (
        f"Machine configurations of this lab are generated as for Talos {now}, the one of its first day, whatever runs: a new Talos "
        "takes an old contract, an old one refuses the fields of a new, so no bump moves it."
    )
    if talos.release(now) >= talos.release(runs):
        yield "It is that of the nodes now. Once they run a newer Talos, `homelab contract` says what a newer one would change, and moves it."
        return
    yield (
        f"Once every node answers with {runs}, it may follow, and need not. The first command says which fields change; look at the plan "
        "before the last, as it changes every machine at once. There is no way back: an older contract would be another cluster."
    )
    yield md.code(
        f"talosctl version --nodes {','.join(node.address for node in plan.homelab.nodes.values())}\n"
        f"homelab contract --move-to {runs}\n"
        "homelab render\n"
        "(cd tofu/talos\n tofu plan)\n(cd tofu/talos\n tofu apply)"
    )


def _state(plan: Plan) -> Iterator[str]:
    yield (
        "A state that an earlier homelab left unencrypted is refused now: `encountered unencrypted payload`. It is read once more as it "
        "was, and written encrypted, with `TF_VAR_state_passphrase` in the environment:"
    )
    stacks = [layout.TALOS, *([layout.BOOTSTRAP] if plan.has(Capability.SECRETS_GIT) else [])]
    yield md.code(FORMER.format(stacks=" ".join(stacks)))
