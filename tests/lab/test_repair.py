"""The repair path: whatever breaks, a commit mends it. Each Application on it is walked, in every example.

Webhooks are found in what the charts make, never in a list; ways are judged by the policies as they are rendered.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from catalog import policy
from conftest import REPOSITORY
from homelab.catalog.plan import namespaces_of
from homelab.catalog.repair import repair_path
from homelab.catalog.resolve import resolve
from homelab.kube.durable import kept
from homelab.kube.inventory import Application, Inventory
from homelab.kube.resource import OPTION, Resource, dig
from homelab.kube.tree import Tree
from homelab.lab.pipeline import Lab
from homelab.render.parts import option_of
from homelab.render.tree import render
from homelab.spec.load import loads

EXAMPLES = ("enterprise", *(pytest.param(name, marks=pytest.mark.slow) for name in ("guide", "two-boxes", "starter")))
CORE = {
    "argocd",
    "cilium",
    "namespaces",
    "network-policies",
    "sealed-secrets",
    "secrets",
    "gateway-api",
    "cert-manager",
}
"""Applications without which no commit arrives, is read or is allowed."""
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"}
REPO_SERVER = ("argocd", {"app.kubernetes.io/name": "argocd-repo-server", "app.kubernetes.io/instance": "argocd"})
CONTROLLER = (
    "argocd",
    {"app.kubernetes.io/name": "argocd-application-controller", "app.kubernetes.io/instance": "argocd"},
)
ADDRESSES = {
    "https://git.home.arpa:8443/me/lab.git": ("git.home.arpa", 8443),
    "https://[fd00::5]:3000/me/lab.git": ("fd00::5", 3000),
    "ssh://git@nas.lan:2222/me/lab.git": ("nas.lan", 2222),
    "ssh://forgejo@[fd00::5]:222/me/lab.git": ("fd00::5", 222),
    "ssh://git@192.168.68.9:30022/me/lab.git": ("192.168.68.9", 30022),
    "ssh://git@192.168.1.10:30022/me/lab.git": ("192.168.1.10", 30022),
    "git@git.home.arpa:me/lab.git": ("git.home.arpa", 22),
}
"""Where somebody keeps a repository: host and port, told apart by hand."""


@cache
def lab(name: str) -> Lab:
    return Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml"))


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Lab:
    return lab(request.param)


def applications(inventory: Inventory) -> dict[str, Application]:
    return {found.name: found for found in inventory.applications if found.resource}


def on_path(example: Lab) -> dict[str, Application]:
    """The Applications of the repair path, by the option that made each."""
    options = {option_of(example.plan.by_name[name]) for name in repair_path(example.plan)}
    return {
        name: found
        for name, found in applications(example.inventory).items()
        if found.resource and dig(found.resource.body, ["metadata", "annotations", OPTION]) in options
    }


def guards(inventory: Inventory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every webhook that refuses while nobody answers, with the Application that makes it; `Fail` is the default."""
    for resource in inventory.resources:
        if resource.kind in {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}:
            for hook in resource.body.get("webhooks") or ():
                if hook.get("failurePolicy", "Fail") == "Fail":
                    yield resource.origin.application, hook


def asked(hook: dict[str, Any], resource: Resource) -> bool:
    """Whether a webhook is asked before an object is made or changed; its selectors are taken to fit."""
    word = resource.kind.lower()
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}es" if word.endswith("s") else f"{word}s"
    return any(
        {"*", resource.group} & set(rule["apiGroups"])
        and {"*", "*/*", plural} & set(rule["resources"])
        and {"*", "CREATE", "UPDATE"} & set(rule["operations"])
        for rule in hook["rules"]
    )


def guarded(inventory: Inventory) -> Iterator[tuple[Resource, str]]:
    """Every deployed object that a webhook guards, with the Application that the webhook comes from."""
    found = list(guards(inventory))
    for resource in inventory.resources:
        if resource.origin.maker != "operator":
            for owner in dict.fromkeys(owner for owner, hook in found if asked(hook, resource)):
                yield resource, owner


def test_webhooks_are_seen(example: Lab) -> None:
    """The charts' own webhooks are found, and with them the objects they guard: no later test passes for want of any."""
    owners = {owner for owner, _hook in guards(example.inventory)}
    assert owners >= {"cert-manager", "cloudnative-pg"}
    kinds = {resource.kind for resource, _owner in guarded(example.inventory)}
    assert kinds >= {"ClusterIssuer", "Certificate", "Cluster"}


def test_the_path_is_whole(example: Lab) -> None:
    """Argo CD, the network, policies, names, keys and kinds are on the path, whatever the lab."""
    assert on_path(example).keys() >= CORE


def test_nothing_on_the_path_cascades(example: Lab) -> None:
    """No Application that mends others deletes its objects when it goes, nor does an area's, nor the root."""
    bodies = [found.resource.body for found in on_path(example).values() if found.resource]
    assert [dig(body, ["metadata", "name"]) for body in bodies if dig(body, ["metadata", "finalizers"])] == []
    (root,) = example.inventory.of("ApplicationSet")
    assert dig(root.body, ["spec", "template", "metadata", "finalizers"]) is None
    assert dig(root.body, ["spec", "syncPolicy", "preserveResourcesOnDeletion"]) is True


def test_namespaces_of_the_path_are_kept(example: Lab) -> None:
    """A namespace takes along what lies in it: those of the path are never pruned, and never deleted with their Application."""
    names = repair_path(example.plan)
    spaces = {space.name for c in example.plan.choices if c.name in names for space in namespaces_of(example.plan, c)}
    declared = {resource.name: resource.body for resource in example.inventory.of("Namespace")}
    assert spaces & declared.keys() >= {"argocd", "cert-manager", "sealed-secrets"}
    assert [name for name in sorted(spaces & declared.keys()) if not kept(declared[name])] == []


def test_the_core_waits_for_no_webhook(example: Lab) -> None:
    """Nobody is asked before an object of these Applications changes: they are mended while all else is down."""
    waiting = {resource.origin.application for resource, _owner in guarded(example.inventory)}
    assert waiting & CORE == set()


def test_every_webhook_can_be_mended_without_itself(example: Lab) -> None:
    """From a webhook to the Application it comes from, to the webhooks that one waits for, and on: no way comes back."""
    waits: dict[str, set[str]] = {}
    for resource, owner in guarded(example.inventory):
        waits.setdefault(resource.origin.application, set()).add(owner)

    def reached(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " waits for ".join((*trail, name))
        for owner in waits.get(name, ()):
            reached(owner, (*trail, name))

    for name in waits:
        reached(name, ())


def test_what_waits_for_a_webhook_waits_alone(example: Lab) -> None:
    """An object of ours that a webhook guards is in an Application without charts and pods, which none of them waits for."""
    waiting = {
        resource.origin.application for resource, _ in guarded(example.inventory) if resource.origin.maker == "file"
    }
    assert len(waiting) >= 3
    bodies = {name: found.resource.body for name, found in applications(example.inventory).items() if found.resource}
    charts = {name for name in waiting if any("chart" in source for source in bodies[name]["spec"]["sources"])}
    pods = {
        r.origin.application for r in example.inventory.resources if r.kind in WORKLOADS and r.origin.maker == "file"
    }
    assert (charts, waiting & pods) == (set(), set())


def documents(tree: Tree, folder: str) -> list[Any]:
    """What stands in the files below a folder of the repository."""
    texts = [text for path, text in tree.texts().items() if path.startswith(f"{folder}/")]
    return [body for text in texts for body in yaml.safe_load_all(text)]


def rendered(tree: Tree) -> policy.Policies:
    """The policies as they stand in the repository."""
    found = documents(tree, "kubernetes/security/foundation/network-policies")
    return [body for body in found if body["kind"].endswith("NetworkPolicy")]


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES)
def test_each_application_reaches_its_sources(address: str) -> None:
    """Under its own policies Argo CD reads Git and every chart, and writes to the API server, wherever the repository is."""
    data = yaml.safe_load((REPOSITORY / "examples/starter/homelab.yaml").read_text(encoding="utf-8"))
    plan = resolve(loads(yaml.safe_dump({**data, "git": {"repository": address}}), "homelab.yaml"))
    tree = render(plan)
    found, nodes = rendered(tree), [node.address for node in plan.homelab.nodes.values()]
    made = [body for body in documents(tree, "kubernetes/sets") if body["kind"] == "Application"]
    sources = {source["repoURL"] for body in made for source in body["spec"]["sources"]}
    assert address in sources
    assert len(sources) > 5
    for source in sources:
        host = urlsplit(source if "://" in source else f"oci://{source}").hostname
        there = ADDRESSES.get(source, (host, 443))
        assert (there[1], "TCP") in policy.opened(found, *REPO_SERVER, str(there[0]), nodes), source
    assert (8081, "TCP") in policy.called(found, CONTROLLER, REPO_SERVER)
    out = [
        rule
        for _space, rule in policy.rules(found, "egress", *CONTROLLER)
        if "kube-apiserver" in rule.get("toEntities", ())
    ]
    assert (6443, "TCP") in set().union(*map(policy.ports, out))


def test_names_are_found_by_all(example: Lab) -> None:
    """Every pod that is denied anything may still look names up."""
    dns = ("kube-system", {"k8s-app": "kube-dns"})
    found = rendered(example.tree)
    spaces = {body["metadata"].get("namespace") for body in found} - {None}
    assert len(spaces) > 5
    for space in spaces:
        out = [rule for _space, rule in policy.rules(found, "egress", space, {}) if "toEndpoints" in rule]
        names = [rule for rule in out if dict(dns[1]).items() <= rule["toEndpoints"][0].get("matchLabels", {}).items()]
        assert {(53, "UDP"), (53, "TCP")} <= set().union(*map(policy.ports, names)), space
