"""The rendered tree: valid for Argo CD, reachable from the root, repeatable, and free of what nobody chose."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
import yaml

from catalog.plans import lab, plan
from conftest import REPOSITORY
from homelab.catalog.infrastructure.controllers.cert_manager import CERT_MANAGER
from homelab.catalog.infrastructure.monitoring.metrics_server import METRICS_SERVER
from homelab.catalog.infrastructure.network.cilium.component import CILIUM
from homelab.catalog.infrastructure.storage.rook_ceph.component import ROOK_CEPH
from homelab.catalog.machines.proxmox import PROXMOX
from homelab.catalog.machines.talos import CONTRACT, TALOS
from homelab.catalog.plan import namespaces_of
from homelab.catalog.resolve import resolve
from homelab.catalog.security.foundation import FOUNDATION
from homelab.catalog.security.sealed_secrets import SEALED_SECRETS
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts, of_tree
from homelab.kube.schemas.validate import Schemas
from homelab.kube.scope import cluster_kinds
from homelab.kube.tree import YamlFile
from homelab.lab.pipeline import Lab
from homelab.lab.tried import tried
from homelab.render import layout, owned
from homelab.render.changes import changes
from homelab.render.pins import pins
from homelab.render.tree import render
from homelab.spec.load import load, loads

COMPONENTS = (PROXMOX, TALOS, CILIUM, FOUNDATION, CERT_MANAGER, ROOK_CEPH, SEALED_SECRETS)


SMALL = """\
homelab: v1
name: small
network: {nodes: 192.168.1.0/24, gateway: 192.168.1.1, load_balancers: 192.168.1.150-192.168.1.159}
nodes:
  mini: {role: control-plane, address: 192.168.1.10, cpu: 8, memory: 32Gi, disk: 500GB}
apps: {n8n: {environments: {production: {}}}}
"""
EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")


def made(shape="two", **more):
    return plan(lab(shape, **more), *COMPONENTS)


def sets(tree):
    for path in tree:
        if path.startswith(layout.SETS):
            yield from tree[path].documents


def test_every_set_is_valid_for_argo_cd(test_data):
    """ApplicationSet, AppProjects and Applications pass the schemas of Argo CD's own CRDs."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in sets(render(made())):
        errors = schemas.validate(body)
        assert errors is not None, body["kind"]
        assert not errors, (body["metadata"]["name"], [str(e) for e in errors])


@pytest.mark.parametrize("shape", ["one", "two", "three"])
def test_every_object_is_reachable_from_the_root_and_declared_once(shape):
    """From the one thing applied by hand, everything is reached, and nothing is said twice."""
    inventory = read(of_tree(render(made(shape))))
    assert not inventory.dead
    assert not inventory.clashes
    assert [u for u in inventory.unknown if "not in this repository" in u.why or "not there" in u.why] == []


def test_the_tree_and_its_texts_give_the_same_inventory():
    """Judging in memory equals judging what is written."""
    tree = render(made())
    one, two = read(of_tree(tree)), read(of_texts(tree.texts()))
    assert [(r.identity, r.body, r.origin) for r in one.resources] == [
        (r.identity, r.body, r.origin) for r in two.resources
    ]
    assert one.facts == two.facts
    assert one.ground == two.ground
    assert one.applications == two.applications


def test_rendering_twice_gives_the_same_bytes():
    """Same plan, same bytes."""
    assert render(made()).texts() == render(made()).texts()


def test_the_retry_of_every_application_outlasts_a_cold_start():
    """Whatever the order of syncs, each Application tries on for over an hour, and takes up newer commits."""
    for body in sets(render(made())):
        if body["kind"] == "Application":
            policy = body["spec"]["syncPolicy"]
            assert policy["retry"]["limit"] == 30
            assert policy["retry"]["refresh"] is True
            assert "SkipDryRunOnMissingResource=true" in policy["syncOptions"]


def test_stateful_applications_never_cascade():
    """Removing an Application with data, or one that others are mended by, leaves what it made; all others clean up."""
    whole = render(plan(lab("two"), *COMPONENTS, METRICS_SERVER))
    applications = {b["metadata"]["name"]: b for b in sets(whole) if b["kind"] == "Application"}
    assert "finalizers" not in applications["rook-ceph-cluster"]["metadata"]
    assert "finalizers" not in applications["cert-manager"]["metadata"]
    assert applications["metrics-server"]["metadata"]["finalizers"]


def test_waves_follow_needs():
    """Nothing is created before what it needs to run or to start."""
    waves = {
        b["metadata"]["name"]: int(b["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for b in sets(render(made()))
        if b["kind"] == "Application"
    }
    assert waves["cilium"] < waves["rook-ceph-cluster"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_projects_allow_everything_that_is_deployed_and_name_it(example):
    """Each object that a chart or a folder makes is of a kind and in a namespace that its project lists; the only patterns are those of applications."""
    tree = render(resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml"))))
    inventory = read(of_tree(tree))
    projects = {b["metadata"]["name"]: b["spec"] for b in sets(tree) if b["kind"] == "AppProject"}
    patterns = {"*-dev", "*-prod", "*-staging"}
    assert {d["namespace"] for p in projects.values() for d in p["destinations"] if "*" in d["namespace"]} == patterns
    assert str(projects).count("*") == 3 * len(patterns)
    used = {a.name: a.project for a in inventory.applications}
    clustered = cluster_kinds([r.body for r in inventory.resources if r.kind == "CustomResourceDefinition"])
    for resource in inventory.resources:
        if resource.origin.maker == "operator" or not resource.origin.application:
            continue
        project = projects[used[resource.origin.application]]
        if resource.kind in clustered:
            assert {"group": resource.group, "kind": resource.kind} in project["clusterResourceWhitelist"], resource
        else:
            spaces = {d["namespace"] for d in project["destinations"]}
            apps = any(fnmatchcase(resource.namespace, pattern) for pattern in spaces & patterns)
            assert apps or resource.namespace in spaces, resource.identity


def test_projects_name_every_source():
    """An Application reads only what its project allows, and none is in the project that allows everything."""
    bodies = list(sets(render(made())))
    projects = {b["metadata"]["name"]: b["spec"] for b in bodies if b["kind"] == "AppProject"}
    for body in bodies:
        if body["kind"] == "Application":
            project = projects[body["spec"]["project"]]
            assert {s["repoURL"] for s in body["spec"]["sources"]} <= set(project["sourceRepos"])
        if body["kind"] == "ApplicationSet":
            assert body["spec"]["template"]["spec"]["project"] in projects


def test_nothing_is_commented_out():
    """What is not chosen is not there: no line of a produced file hides YAML behind a comment."""
    for path, file in render(made()).files.items():
        if isinstance(file, YamlFile):
            hidden = [
                line for line in file.text.splitlines() if line.lstrip().startswith("#") and line.rstrip().endswith(":")
            ]
            assert not hidden, path


def test_no_secret_value_is_rendered():
    """Secrets are references: no object of kind Secret is ever rendered."""
    for path, file in render(made()).files.items():
        if isinstance(file, YamlFile):
            assert all(not isinstance(d, dict) or d.get("kind") != "Secret" for d in file.documents), path


def test_sealed_secrets_are_listed_and_kept_as_they_are():
    """What somebody sealed is part of the tree byte for byte, and the kustomization lists it."""
    path = f"{layout.SECRETS}/n8n-prod-key.yaml"
    sealed = "kind: SealedSecret  # mine\n"
    tree = render(made(), existing={path: sealed, f"{layout.SECRETS}/README.md": "notes"})
    assert tree[path].text == sealed
    assert tree[f"{layout.SECRETS}/kustomization.yaml"].documents[0]["resources"] == ["n8n-prod-key.yaml"]


def bumps(texts):
    """The pins of a repository without the contract of its first day, which every repository has."""
    return {name: version for name, version in pins(texts).items() if name != CONTRACT}


def test_pins_of_the_repository_outrank_the_catalog():
    """An Application pins what the repository had pinned; the catalog's own choice is noted beside it."""
    chosen = made()
    pinned = replace(chosen, pins={"cilium": "9.9.9"})
    tree = render(pinned)
    applications = {b["metadata"]["name"]: b for b in sets(tree) if b["kind"] == "Application"}
    assert applications["cilium"]["spec"]["sources"][0]["targetRevision"] == "9.9.9"
    assert bumps(tree.texts()) == {"cilium": "9.9.9"}
    assert bumps(render(chosen).texts()) == {}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_reachable_and_declared_once(example):
    """In a whole lab, too, everything is reached from the root, nothing twice, and each reference leads somewhere."""
    inventory = read(of_tree(render(resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml"))))))
    assert not inventory.dead
    assert not [(clash.first.identity, clash.second.origin.file) for clash in inventory.clashes]
    assert not inventory.unknown


def test_alerts_link_their_runbooks_where_the_repository_can_be_read():
    """An alert leads to its heading in docs/runbooks.md; an address nobody can browse gives no link."""
    for repository, prefix in (("https://github.com/me/lab.git", "https://github.com/me/lab/blob/main"), (None, None)):
        plan = resolve(loads(SMALL + (f"git: {{repository: {repository}}}\n" if repository else "")))
        rules = [b for f in render(plan).files.values() if isinstance(f, YamlFile) for b in f.documents
                 if b.get("kind") == "PrometheusRule"]  # fmt: skip
        alerts = [a for body in rules for group in body["spec"]["groups"] for a in group["rules"] if "alert" in a]
        assert alerts
        for alert in alerts:
            link = alert["annotations"].get("runbook_url")
            assert link == (prefix and f"{prefix}/docs/runbooks.md#{alert['alert'].lower()}")


def test_image_tags_of_the_repository_outrank_the_catalog():
    """A bumped image survives in every file that names it, by tag or by digest, and counts as no edit."""
    homelab = load(str(REPOSITORY / "examples/enterprise/homelab.yaml"))
    texts = render(resolve(homelab)).texts()
    name, bump = "quay.io/opstree/redis", "v9.9.9@sha256:" + "0" * 64
    bumped = {p: re.sub(rf"({name}:)\S+", rf"\g<1>{bump}", t) for p, t in texts.items() if p != layout.PINS}
    before = {**bumped, layout.PINS: texts[layout.PINS]}
    assert bumps(texts) == {}
    assert bumps(before) == {name: bump}
    again = render(resolve(homelab, pins=pins(before))).texts()
    assert again == before
    hashes = {path: owned.digest(text) for path, text in texts.items()}
    assert changes(texts, before, hashes).edited == ()


def test_provider_versions_of_the_repository_outrank_the_shipped_ones():
    """A bumped OpenTofu provider survives in its file, and counts as no edit."""
    homelab = load(str(REPOSITORY / "examples/enterprise/homelab.yaml"))
    texts = render(resolve(homelab)).texts()
    path = "tofu/talos/versions.tf"
    bumped = re.sub(r'(bpg/proxmox"\n +version = ")[^"]+', r"\g<1>~> 9.9", texts[path])
    assert bumped != texts[path]
    before = {**texts, path: bumped}
    assert bumps(before) == {"bpg/proxmox": "~> 9.9"}
    assert render(resolve(homelab, pins=pins(before))).texts() == before
    assert changes(texts, before, {p: owned.digest(t) for p, t in texts.items()}).edited == ()


def test_alerts_lie_beside_what_runs():
    """No rule stands in a folder that only brings kinds: Envoy's alerts are those of its controller and proxies."""
    for example in ("starter", "enterprise"):
        plan = resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml")))
        paths = [path for path in render(plan) if path.endswith("alerts.yaml")]
        assert "kubernetes/infrastructure/network/envoy-gateway/controller/alerts.yaml" in paths
        assert not [path for path in paths if "/crds/" in path]


def test_what_nobody_scrapes_stays_on_its_node():
    """Etcd, scheduler and controller manager answer the LAN only where Prometheus reads them, and the page says so."""
    text = (REPOSITORY / "examples/starter/homelab.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    closed = {**raw, "components": {"kube-prometheus-stack": {"control_plane": False}}}
    for data, open_ in ((raw, True), (closed, False)):
        texts = render(resolve(loads(yaml.safe_dump(data), "homelab.yaml"))).texts()
        assert (":2381" in texts["tofu/talos/patches/control-plane.yaml"]) is open_
        assert ("0.0.0.0" in texts["tofu/talos/patches/control-plane.yaml"]) is open_
        assert ("port 2381 of each control plane" in texts[layout.NETWORK]) is open_


def test_what_has_no_login_is_said():
    """The page names what has no hostname because it has no login and how to look at it; where the owner opens it, that it is open."""
    raw = yaml.safe_load((REPOSITORY / "examples/starter/homelab.yaml").read_text(encoding="utf-8"))
    names = ["prometheus", "alertmanager", "hubble"]
    for wanted in ([], names):
        texts = render(
            resolve(loads(yaml.safe_dump({**raw, "access": {"without_login": wanted}}), "homelab.yaml"))
        ).texts()
        page = texts[layout.NETWORK]
        assert ("kubectl --namespace kube-system port-forward service/hubble-ui 12000:80" in page) is not wanted
        for name in names:
            assert (f"- https://{name}." in page) is bool(wanted)


def test_timers_are_meant_in_the_zone_of_the_people():
    """Nobody is moved to Berlin: the zone of the site is that of n8n's timers, which may have one of their own."""
    raw = yaml.safe_load((REPOSITORY / "examples/starter/homelab.yaml").read_text(encoding="utf-8"))
    path = "kubernetes/apps/base/n8n/environments/production/values.yaml"
    zones = [({}, {}, "UTC"), ({"timezone": "Asia/Tokyo"}, {}, "Asia/Tokyo"),
             ({"timezone": "Asia/Tokyo"}, {"timezone": "Europe/Rome"}, "Europe/Rome")]  # fmt: skip
    for site, n8n, zone in zones:
        data = {**raw, "site": site, "apps": {"n8n": n8n}}
        texts = render(resolve(loads(yaml.safe_dump(data), "homelab.yaml"))).texts()
        assert yaml.safe_load(texts[path])["timezone"] == zone


def projects(lab):
    """The AppProjects of a lab by name."""
    return {b["metadata"]["name"]: b["spec"] for b in sets(render(lab.plan)) if b["kind"] == "AppProject"}


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_what_a_change_takes_away_may_still_be_deleted(example):
    """Whatever component or environment goes: each area keeps its project, and that allows every namespace and kind of before."""
    lab = Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml"))
    before = projects(lab)
    for change in tried(lab):
        after = projects(change.lab)
        assert before.keys() == after.keys(), change.name
        for name, project in before.items():
            for key in ("destinations", "clusterResourceWhitelist"):
                assert [each for each in project[key] if each not in after[name][key]] == [], change.name


def test_a_component_says_every_namespace_that_it_may_have():
    """Namespaces that depend on the lab are among those that are named for any lab."""
    for example in EXAMPLES:
        plan = resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml")))
        for choice in plan.choices:
            assert {space.name for space in namespaces_of(plan, choice)} <= set(choice.component.every_namespace)
