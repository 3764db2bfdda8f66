"""Phase 0 of docs/build.md: from empty machines to a cluster that follows the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Part
from homelab.catalog.infrastructure.storage import proxmox_csi
from homelab.catalog.machines import proxmox
from homelab.catalog.plan import Plan, parts_of, pin, secrets
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.projects import NAMESPACE, repository

SEALING = """\
(cd tofu/bootstrap
 openssl req -x509 -newkey rsa:4096 -nodes -days 3650 -subj /CN=sealed-secrets \\
   -keyout sealing.key -out sealing.crt
 chmod 600 sealing.key
 cp sealing.crt ../../sealing.pem)"""
BOOTSTRAP = """\
(cd tofu/bootstrap
 tofu init
 tofu apply)"""


def network(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    """The pod network, before anything else can start."""
    found = _part(plan, "cilium")
    if found is None:
        return
    path, part = found
    yield "The pod network comes next, from the same values with which Argo CD takes it over later:"
    yield md.code(_template(plan, part, path, made))
    yield _why(made, path)
    yield md.code("kubectl wait nodes --all --for=condition=Ready --timeout=10m")


def _part(plan: Plan, name: str) -> tuple[str, Part] | None:
    """The first chart part of a component with the path of its values; None where it is not in the lab."""
    choice = plan.by_name.get(name)
    for part in parts_of(plan, choice) if choice else ():
        if choice and part.chart is not None and part.values is not None:
            return layout.values_file(choice.component, part), part
    return None


def _template(plan: Plan, part: Part, path: str, made: Mapping[str, File]) -> str:
    assert part.chart is not None
    oci = part.chart.repository.startswith("oci://")
    name = f"{part.chart.repository}/{part.chart.name}" if oci else part.chart.name
    where = "" if oci else f" --repo {part.chart.repository}"
    lines = [
        f"helm template {part.release or part.name} {name}{where} --version {pin(plan, part)}",
        f"--namespace {part.namespace} --include-crds --skip-tests --kube-version {plan.homelab.versions.kubernetes}",
        f"--values {path}",
        *(f"--set {switch}=false" for switch in monitor_switches(made, path)),
    ]
    return " \\\n  ".join(lines) + " \\\n  | kubectl apply --server-side --force-conflicts -f -"


def monitor_switches(made: Mapping[str, File], path: str) -> list[str]:
    """The switches of chart values that turn monitors on: paths as `--set` takes them."""
    file = made.get(path)
    return list(_switches(file.documents[0], ())) if isinstance(file, YamlFile) else []


def _switches(values: Any, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        own = (*path, str(key))
        if key in {"serviceMonitor", "podMonitor", "prometheusRule"} and isinstance(value, Mapping):
            if value.get("enabled") is True:
                yield ".".join((*own, "enabled"))
        else:
            yield from _switches(value, own)


def _why(made: Mapping[str, File], path: str) -> str:
    """Why switches are off on the first day, and what of the folder is not applied yet."""
    if not monitor_switches(made, path):
        return ""
    return (
        "The switches are off for this day only: the kind ServiceMonitor comes with Prometheus, which is not there yet. "
        "Routes and alert rules of the same folder wait for their kinds as well; Argo CD brings all of them."
    )


def argo(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    """Step 2: the sealing key, secrets, and Argo CD."""
    if plan.has(Capability.SECRETS_GIT):
        yield "The key that opens every sealed secret is made before the cluster has one, so that secrets can be sealed now:"
        yield md.code(SEALING)
        yield "Keep a copy of `sealing.key` outside this house: without it no secret in Git can ever be opened again."
        token = proxmox_csi.PROXMOX_CSI.name in plan.by_name and proxmox.PROXMOX.name in plan.by_name
        yield md.code(BOOTSTRAP + ("\n(cd tofu/bootstrap\n tofu output -raw csi_token)" if token else ""))
        if secrets(plan):
            yield f"Seal what [{layout.SECRETS_PAGE}](secrets.md) lists, then:"
            yield md.code(
                "homelab secrets list\nhomelab render\ngit add . && git commit -m 'Seal the secrets' && git push"
            )
    found = _part(plan, "argo-cd")
    if found is None:
        return
    path, part = found
    yield "Argo CD starts from the values with which it looks after itself later, not from `helm install --set …`:"
    yield md.code(f"kubectl create namespace {part.namespace}\n" + _template(plan, part, path, made))
    yield _why(made, path)
    yield md.code(
        f"kubectl --namespace {part.namespace} rollout status deployment --timeout=10m\n"
        f"kubectl --namespace {part.namespace} get secret argocd-initial-admin-secret \\\n"
        "  -o jsonpath='{.data.password}' | base64 -d"
    )


def credentials(plan: Plan) -> Iterator[str]:
    """What Argo CD needs to read a private repository."""
    address = repository(plan)
    if not plan.homelab.git.repository:
        yield "First name the repository in `git.repository` and render again: Argo CD now looks at a placeholder."
    yield "A private repository needs credentials; a public one does not. They go in by hand once and into Git sealed:"
    yield md.code(
        f"kubectl create secret generic repository --namespace {NAMESPACE} --dry-run=client -o yaml \\\n"
        f"  --from-literal=type=git --from-literal=url={address} \\\n"
        "  --from-literal=username=git --from-literal=password='…' \\\n"
        "  | kubectl label --local -f - -o yaml argocd.argoproj.io/secret-type=repository \\\n"
        "  | kubectl annotate --local -f - -o yaml sealedsecrets.bitnami.com/managed=true > /dev/shm/repository.yaml\n"
        "kubectl apply -f /dev/shm/repository.yaml"
    )
    if plan.has(Capability.SECRETS_GIT):
        yield md.code(
            f"kubeseal --cert sealing.pem --format yaml < /dev/shm/repository.yaml \\\n"
            f'  > "{layout.SECRETS}"/repository.yaml\n'
            "rm /dev/shm/repository.yaml\nhomelab render"
        )


def root(plan: Plan) -> Iterator[str]:
    """Step 3: the one thing that is applied by hand."""
    yield from credentials(plan)
    areas = [str(area) for area in Area if any(choice.component.area is area for choice in plan.choices)]
    yield f"Push the repository, then apply the root. It makes an Application for each area: {', '.join(areas)}."
    yield md.code(f"kubectl apply -f {layout.ROOT}\nkubectl --namespace {NAMESPACE} get applications --watch")
    yield (
        "There is no order to keep: what comes too early is tried again for over an hour. What stays red after that "
        "most often waits for a secret."
    )
