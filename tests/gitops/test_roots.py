"""Ways in: which Applications and projects somebody applies by hand, which are switched off, and what Flux applies beside them."""

from __future__ import annotations

from gitops.labs import application, applications, config, gaps, names, reading
from homelab.kube.inventory import Inventory

ROOT = application("root", "path: apps", space="argocd")
PROJECT = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: lab, namespace: argocd}\nspec: {}\n"


def dead(inventory: Inventory) -> list[str]:
    """The files that nothing reaches."""
    return sorted({each.file for each in inventory.dead})


def test_what_a_list_leaves_out_is_switched_off() -> None:
    """An Application beside listed ones, that deploys none itself, is applied by nobody, and neither is what it names."""
    found = reading(
        root=ROOT,
        apps__kustomization="resources: [web.yaml]",
        apps__web=application("web", "path: web"),
        apps__spare=application("spare", "path: spare"),
        web__a=config("a"),
        spare__b=config("b"),
    )
    assert applications(found) == ["root", "web"]
    assert dead(found) == ["apps/spare.yaml", "spare/b.yaml"]


def test_what_a_folder_excludes_is_switched_off() -> None:
    """An exclusion leaves out as a list does; a folder below that is not recursed into is left to whoever applies it."""
    found = reading(
        root=application("root", "path: apps, directory: {exclude: spare.yaml}", space="argocd"),
        apps__web=application("web", "path: web"),
        apps__spare=application("spare", "path: web"),
        apps__more__own=application("own", "path: web"),
        web__a=config("a"),
    )
    assert sorted(applications(found)) == ["own", "root", "web"]


def test_a_root_beside_what_it_deploys_is_a_root() -> None:
    """The root may lie in the folder that it deploys, listed there or not."""
    files = {"apps__web": application("web", "path: web"), "web__a": config("a")}
    for listed in ("web.yaml", "web.yaml, root.yaml"):
        found = reading(apps__root=ROOT, apps__kustomization=f"resources: [{listed}]", **files)
        assert applications(found) == ["root", "web"]


def test_projects_are_applied_by_hand_as_roots_are() -> None:
    """A project that an Application needs, or that lies beside a root, is there; another that nothing deploys is not."""
    needs = application("web", "path: web").replace("default", "lab")
    web = config("a")
    assert names(reading(apps__web=needs, elsewhere__project=PROJECT, web__a=web), "AppProject") == ["argocd/lab"]
    assert names(reading(web=application("web", "path: web"), project=PROJECT, web__a=web), "AppProject") == [
        "argocd/lab"
    ]
    other = reading(web=application("web", "path: web"), elsewhere__project=PROJECT, web__a=web)
    assert names(other, "AppProject") == []
    assert dead(other) == ["elsewhere/project.yaml"]
    once = reading(web=needs.replace("path: web", "path: ."), project=PROJECT)
    assert len(once.of("AppProject")) == 1


FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: NAME, namespace: flux-system}
spec: {path: PATH, targetNamespace: shop, sourceRef: {kind: GitRepository, name: flux-system}}
"""


def flux(name: str, path: str) -> str:
    """A Kustomization of Flux."""
    return FLUX.replace("NAME", name).replace("PATH", path)


def test_what_flux_applies_is_there() -> None:
    """Folders of Flux are read whole, or as their kustomization says, into the target namespace, and followed on."""
    found = reading(
        app=application("web", "path: web"),
        web__a=config("a"),
        clusters__home__all=flux("all", "./clusters/home"),
        clusters__home__two=flux("two", "infra/two"),
        clusters__home__sub__x=config("x", "own"),
        infra__two__kustomization="resources: [b.yaml]",
        infra__two__b=config("b"),
        infra__two__c=config("c"),
    )
    assert names(found) == ["shop/b", "shop/x", "web/a"]
    assert dead(found) == ["infra/two/c.yaml"]


def test_what_flux_makes_of_charts_is_unknown() -> None:
    """A HelmRelease may make anything, and a path that is not here leads elsewhere: both are said, and nothing ends."""
    release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache}\n"
    found = reading(app=application("web", "path: web"), web__a=config("a"), one=flux("one", "gone"), two=release)
    assert "HelmRelease cache: what Flux makes of a chart is not read offline" in gaps(found)
    assert "Kustomization one: the path is not in this repository" in gaps(found)
    assert len(found.unread) == 2
    odd = flux("x", "web").replace("targetNamespace: shop", "patches: 1")
    assert "that Flux reads" in gaps(reading(app=application("web", "path: web"), web__a=config("a"), x=odd))
