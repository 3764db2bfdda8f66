"""Phase 0 of docs/build.md after the machines: from a cluster without a network to one that follows the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Part
from homelab.catalog.infrastructure.controllers.argo_cd.known_hosts import stranger
from homelab.catalog.infrastructure.network import cloudflared
from homelab.catalog.infrastructure.storage import proxmox_csi
from homelab.catalog.machines import proxmox
from homelab.catalog.plan import Plan, parts_of, pin, secrets
from homelab.errors import pasted
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.projects import NAMESPACE, repository
from homelab.software.argo_cd.known_hosts import KNOWN_HOSTS
from homelab.spec.host_keys import known_as, scan, server_of

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
MANAGER = "argocd-controller"
"""The field manager of Argo CD's own applies. What is applied under another name has two owners afterwards: what a later
commit leaves out stays in the cluster for the sake of the first one, and reads Synced.

Source: https://github.com/argoproj/argo-cd/blob/master/common/common.go, `ArgoCDSSAManager`; no flag changes it.
"""
APPLY = f"kubectl apply --server-side --force-conflicts --field-manager={MANAGER}"
"""How everything is applied that Argo CD takes over later."""


def network(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    """The pod network, before anything else can start."""
    found = _part(plan, "cilium")
    if found is None:
        return
    path, part = found
    yield "The pod network comes next, from the same values with which Argo CD takes it over later:"
    yield md.recipe("pod-network", _template(plan, part, path, made))
    yield _why(made, path)
    yield md.recipe("nodes-ready", "kubectl wait nodes --all --for=condition=Ready --timeout=10m")


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
    return " \\\n  ".join(lines) + f" \\\n  | {APPLY} -f -"


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
        yield md.recipe("sealing-key", SEALING)
        yield "Keep a copy of `sealing.key` outside this house: without it no secret in Git can ever be opened again."
        token = proxmox_csi.PROXMOX_CSI.name in plan.by_name and proxmox.PROXMOX.name in plan.by_name
        yield md.recipe(
            "bootstrap", BOOTSTRAP + ("\n(cd tofu/bootstrap\n tofu output -raw csi_token)" if token else "")
        )
        yield from tunnel(plan)
        if secrets(plan):
            yield f"Seal what [{layout.SECRETS_PAGE}](secrets.md) lists, then:"
            yield md.recipe("secrets", "homelab secrets list\nhomelab render")
    found = _part(plan, "argo-cd")
    if found is None:
        return
    path, part = found
    yield "Argo CD starts from the values with which it looks after itself later, not from `helm install --set …`:"
    space = f"kubectl create namespace {part.namespace} --dry-run=client --output yaml | {APPLY} -f -\n"
    yield md.recipe("argo-cd", space + _template(plan, part, path, made))
    yield _why(made, path)
    yield md.recipe(
        "argo-cd-password",
        f"kubectl --namespace {part.namespace} rollout status deployment --timeout=10m\n"
        f"kubectl --namespace {part.namespace} get secret argocd-initial-admin-secret \\\n"
        "  --output jsonpath='{.data.password}' | openssl base64 -d -A",
    )


def tunnel(plan: Plan) -> Iterator[str]:
    """The tunnel and the names that lead into it, before its file is asked for."""
    if cloudflared.CLOUDFLARED.name not in plan.by_name:
        return
    name = plan.homelab.name
    yield (
        f"The tunnel is made once, in the account that holds the domain `{plan.homelab.domain}`; `login` opens a browser. Each "
        "public hostname gets a DNS record that leads into it: without one, nobody on the Internet finds the lab."
    )
    names = [f"cloudflared tunnel route dns {name} {host}" for host in cloudflared.published(plan)]
    yield md.recipe("tunnel", "\n".join(["cloudflared tunnel login", f"cloudflared tunnel create {name}", *names]))


def credentials(plan: Plan) -> Iterator[str]:
    """What Argo CD needs to read a private repository: by the scheme of its address."""
    git = plan.homelab.git
    if not git.repository:
        yield "First name the repository in `git.repository` and render again: Argo CD now looks at a placeholder."
    elif not git.private:
        yield "A public repository needs no credentials; of a private one, say `git.private: true` and render again."
    elif git.repository.startswith("https://"):
        yield "The repository is private. Its credentials go in by hand once, and are in Git sealed; a token that may only read it:"
        yield _repository(plan, "--from-literal=username=git --from-literal=password='…'")
    else:
        yield from _by_key(plan)
    yield from _host_keys(plan)


def _by_key(plan: Plan) -> Iterator[str]:
    yield (
        "The repository is private and read by SSH. Give the forge the public half of a key of its own, for reading only; the "
        "private half goes in by hand once, and is in Git sealed:"
    )
    key = '[ -f "$HOME/.ssh/argocd" ] || ssh-keygen -t ed25519 -N \'\' -C argocd -f "$HOME/.ssh/argocd"'
    yield md.recipe("repository-key", f'{key}\ncat "$HOME/.ssh/argocd.pub"')
    yield _repository(plan, '--from-file=sshPrivateKey="$HOME/.ssh/argocd"')


def _host_keys(plan: Plan) -> Iterator[str]:
    """How Argo CD knows the server, where the repository is read by SSH and it brings no key of it."""
    git = plan.homelab.git
    server = server_of(git.repository)
    if server is None or known_as(server) in KNOWN_HOSTS:
        return
    name = known_as(server)
    if stranger(git) is None:
        yield f"Argo CD knows the server by the host key of `{name}` in `git.host_keys`."
        return
    forges = md.listed(KNOWN_HOSTS)
    yield (
        f"Argo CD knows the host keys of {forges} only, and refuses `{name}`. Its keys are printed by `{pasted(*scan(server))}`, "
        "by whoever answers: compare them with what `ssh-keygen -lf` says of the files `/etc/ssh/ssh_host_*_key.pub` on the server "
        "itself, or with what its forge publishes. Then write the lines to `git.host_keys`, render again, and install "
        "Argo CD once more as above."
    )


def _repository(plan: Plan, secret: str) -> str:
    """The command that gives Argo CD the credentials; the controller of sealed secrets may take them over."""
    return md.code(
        f"kubectl create secret generic repository --namespace {NAMESPACE} --dry-run=client --output yaml \\\n"
        f"  --from-literal=type=git --from-literal=url={repository(plan)} \\\n"
        f"  {secret} \\\n"
        "  | kubectl label --local -f - --output yaml argocd.argoproj.io/secret-type=repository \\\n"
        "  | kubectl annotate --local -f - --output yaml sealedsecrets.bitnami.com/managed=true \\\n"
        "  | kubectl apply -f -"
    )


def root(plan: Plan) -> Iterator[str]:
    """Step 3: the one thing that is applied by hand."""
    yield from credentials(plan)
    yield "Push the repository:"
    yield md.recipe(
        "push",
        "git add .\ngit diff --cached --quiet || git commit --message 'The lab'\n"
        f"git push --set-upstream origin {plan.homelab.git.revision}",
    )
    areas = [str(area) for area in Area if any(choice.component.area is area for choice in plan.choices)]
    yield f"Then apply the root. It makes an Application for each area: {', '.join(areas)}."
    yield md.recipe("root", f"kubectl apply -f {layout.ROOT}\nkubectl --namespace {NAMESPACE} get applications")
    yield (
        "There is no order to keep: what comes too early is tried again for over an hour. What stays red after that "
        "most often waits for a secret."
    )
