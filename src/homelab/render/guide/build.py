"""docs/build.md: the phases and steps of the reference guide, with the names and addresses of this lab."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.component import Area
from homelab.catalog.offers.gateway import front_address
from homelab.catalog.offers.lab import hostname
from homelab.catalog.plan import Choice, Plan, parts_of, routes
from homelab.kube.tree import File
from homelab.render import layout
from homelab.render.guide import first_day
from homelab.render.guide import markdown as md
from homelab.render.guide.machines import machines
from homelab.render.guide.network import serves
from homelab.render.guide.storage import bodies
from homelab.render.guide.talk import POLICIES
from homelab.render.guide.tools import tools
from homelab.render.guide.trust import authority, trusted
from homelab.render.projects import NAMESPACE

DROPPED = """\
kubectl get ciliumnetworkpolicies --all-namespaces
for agent in $(kubectl --namespace kube-system get pods --selector k8s-app=cilium --output name); do
  kubectl --namespace kube-system exec "$agent" --container cilium-agent -- hubble observe --verdict DROPPED --last 20
done"""
"""The agents have hubble with them, each for its own node: nothing has to be installed or forwarded."""
NOTHING = "Nothing of this is part of the lab."


def build_page(plan: Plan, made: Mapping[str, File], others: Iterable[str]) -> str:
    """The page; `others` are the texts of the other pages, whose programs are needed as well."""
    steps = _steps(plan, made)
    return md.page("Build the lab from scratch", md.section("What you need", tools(plan, (*steps, *others))), *steps)


def _steps(plan: Plan, made: Mapping[str, File]) -> tuple[str, ...]:
    return (
        md.section("Phase 0: foundation", "Everything by hand is in this phase; the rest arrives from Git."),
        _step(1, "Machines, Talos and the pod network", [*machines(plan), *first_day.network(plan, made)]),
        _step(2, "Argo CD", first_day.argo(plan, made)),
        _step(3, "The root", first_day.root(plan)),
        md.section("Phase 1: core services", "Wait for each step; nothing is to be typed but what looks."),
        _step(4, "Network", _group(plan, "network", *_network(plan))),
        _step(5, "Storage", _group(plan, "storage", *_storage(plan, made))),
        _step(6, "Observation", _group(plan, "monitoring", *_observation(plan))),
        md.section("Phase 2: platform", "Databases and identity."),
        _step(7, "Identity", _identity(plan)),
        _step(8, "Databases", _databases(plan, made)),
        md.section("Phase 3: applications", "What people use."),
        _step(9, "The first application", _applications(plan, first=True)),
        _step(10, "Further applications", _applications(plan, first=False)),
        md.section("Phase 4: security", "It has been on since the first sync; this is how to see it."),
        _step(11, "Network policies", _policies(made)),
        _step(12, "Pod security", _pod_security(made)),
        _step(13, "Secrets", _secrets(plan)),
        md.section("Verification", *_verification(plan, made)),
    )


def _step(number: int, title: str, blocks: Iterator[str] | list[str]) -> str:
    return md.section(f"Step {number}: {title}", *(list(blocks) or [NOTHING]), level=3)


def _group(plan: Plan, group: str, *more: str) -> Iterator[str]:
    found = [choice for choice in plan.choices if _group_of(choice) == group and parts_of(plan, choice)]
    if found:
        yield md.bullets(f"{choice.name}: {choice.component.summary}" for choice in found)
        yield _wait(plan, found, group)
        yield from more


def _group_of(choice: Choice) -> str:
    """The step a component belongs to: its folder, but certificates belong to the way in."""
    return "network" if Capability.TLS_ISSUER in choice.component.provides else choice.component.group


def _wait(plan: Plan, found: list[Choice], what: str) -> str:
    """The command that waits until every Application of these components is there and healthy."""
    names = " ".join(part.name for choice in found for part in parts_of(plan, choice))
    wait = f"  kubectl --namespace {NAMESPACE} wait application/$app"
    each = f"{wait} --for=create --timeout=15m\n{wait} --for=jsonpath='{{.status.health.status}}'=Healthy --timeout=30m"
    return md.recipe(f"wait-{what}", f"for app in {names}; do\n{each}\ndone") if names else ""


def _network(plan: Plan) -> Iterator[str]:
    if serves(plan):
        yield f"The router's DNS answers `*.{plan.homelab.domain}` with `{front_address(plan)}`; see [{layout.NETWORK}](network.md)."
        yield (
            "More pods at the front door are a setting of `components.envoy-gateway`: scaling the Deployment by hand, "
            "as guides advise, changes the controller and not the proxies, and Argo CD takes it back."
        )
    yield from authority(plan)


def _storage(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    if "rook-ceph" in plan.by_name:
        yield "Ceph takes five to ten minutes, until it says `HEALTH_OK`:"
        yield md.recipe(
            "wait-ceph",
            "kubectl --namespace rook-ceph wait cephcluster --all --for=jsonpath='{.status.ceph.health}'=HEALTH_OK --timeout=30m",
        )
    yield md.recipe("storage-classes", "kubectl get storageclass")
    if any(bodies(made, "Schedule")):
        yield f"A backup now, rather than in the night; what is copied where is in [{layout.STORAGE}](storage-and-backups.md):"
        first = next(bodies(made, "Schedule"))[1]["metadata"]["name"]
        yield md.recipe("first-backup", f"velero backup create first --from-schedule {first} --wait")


def _observation(plan: Plan) -> Iterator[str]:
    yield (
        (
            "Copies of Prometheus and Alertmanager are settings of `components.kube-prometheus-stack`; there is no kind "
            "`prometheusspec` to patch."
        )
        if "kube-prometheus-stack" in plan.by_name
        else ""
    )
    names = [hostname(plan, route.host) for choice, route in routes(plan) if choice.component.group == "monitoring"]
    if names and serves(plan):
        yield md.bullets(f"https://{name}" for name in names)


def _identity(plan: Plan) -> Iterator[str]:
    yield from _group(plan, "identity")


def _databases(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    wanted = {Capability.DATABASE_POSTGRES, Capability.CACHE_REDIS}
    found = [choice for choice in plan.choices if choice.component.provides & wanted]
    if not found:
        return
    yield md.bullets(f"{choice.name}: {choice.component.summary}" for choice in found)
    yield _wait(plan, found, "databases")
    if any(bodies(made, "Cluster")):
        yield md.recipe("databases", "kubectl get clusters.postgresql.cnpg.io --all-namespaces")


def _applications(plan: Plan, *, first: bool) -> Iterator[str]:
    apps = [choice for choice in plan.choices if choice.component.area is Area.APPS]
    for choice in apps[:1] if first else apps[1:]:
        yield f"**{choice.name}**: {choice.component.summary}"
        yield _wait(plan, [choice], choice.name)
        own = [hostname(plan, route.host) for other, route in routes(plan) if other is choice]
        yield md.bullets(f"https://{name}" for name in own) if serves(plan) else ""


def _policies(made: Mapping[str, File]) -> Iterator[str]:
    if not any(path.startswith(f"{POLICIES}/") for path in made):
        return
    yield (
        f"Namespaces start from deny, and `{POLICIES}` holds what is allowed. An application needs more than its "
        f"database: names, cache, gateway and the outside are declared by both ends; see [{layout.NETWORK}](network.md)."
    )
    yield md.recipe("dropped", DROPPED)


def _pod_security(made: Mapping[str, File]) -> Iterator[str]:
    path = f"{layout.FOUNDATION}/namespaces/namespaces.yaml"
    if path in made:
        yield (
            f"Each namespace has its level in `{path}`. What works on nodes needs a wider one and is alone in its "
            "namespace: the same strict rule for all pods would stop the network and the storage."
        )
        yield md.recipe("pod-security", "kubectl get namespaces -L pod-security.kubernetes.io/enforce")


def _secrets(plan: Plan) -> Iterator[str]:
    if plan.has(Capability.SECRETS_GIT):
        yield f"Everything is sealed, or waits to be: [{layout.SECRETS_PAGE}](secrets.md)."
        yield md.recipe("sealed-secrets", "homelab secrets list\nkubectl get sealedsecrets --all-namespaces")


def _verification(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    count = len(plan.homelab.nodes)
    lines = [
        f"kubectl get nodes                    # {count} of {count} Ready",
        f"kubectl --namespace {NAMESPACE} get applications   # all Synced and Healthy",
        "kubectl get pods --all-namespaces --field-selector=status.phase!=Running,status.phase!=Succeeded   # none",
    ]
    if "rook-ceph" in plan.by_name:
        lines.append("kubectl --namespace rook-ceph get cephcluster   # HEALTH_OK")
    if any(bodies(made, "Certificate")):
        lines.append("kubectl get certificates --all-namespaces   # all True")
    yield md.recipe("status", "\n".join(lines))
    names = list(dict.fromkeys(hostname(plan, route.host) for _, route in routes(plan))) if serves(plan) else []
    yield md.recipe(
        "doors",
        "\n".join(
            f"curl -sSI{trusted(plan)} --resolve {n}:443:{front_address(plan)} https://{n} | head -1" for n in names
        ),
    )
    if any(bodies(made, "Certificate")):
        yield "A certificate that does not renew is renewed by `cmctl renew`; deleting it, as guides advise, leaves the site without one."
    yield md.recipe("judge", "homelab uptime\nhomelab assess")
