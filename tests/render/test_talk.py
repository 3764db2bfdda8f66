"""docs/network.md, who may talk to whom: the page says what the policies in the repository say, line by line."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
import yaml

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.kube.tree import YamlFile
from homelab.render.guide.talk import POLICIES, talk
from homelab.render.tree import render
from homelab.spec.load import loads

SYSTEM = {"default", "kube-node-lease", "kube-public", "kube-system"}


@cache
def tree(example="enterprise", **more):
    data = yaml.safe_load((REPOSITORY / "examples" / example / "homelab.yaml").read_text(encoding="utf-8"))
    data["practices"] = {**data.get("practices", {}), **more}
    return render(resolve(loads(yaml.safe_dump(data), "homelab.yaml")))


def lines(made):
    """Namespace to the rows of its table, header left out."""
    found, space = {}, ""
    for line in "\n".join(talk(made)).splitlines():
        if line.startswith("### "):
            space = line.removeprefix("### ")
        elif line.startswith("| ") and not line.startswith(("| Pods", "| ---")):
            found.setdefault(space, []).append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def counted(made):
    """Namespace to the number of ends in its rules, as a reader of the files counts them."""
    found = {}
    for path, text in made.texts().items():
        for body in yaml.safe_load_all(text) if path.startswith(f"{POLICIES}/") else ():
            for direction in ("ingress", "egress") if body["kind"].endswith("NetworkPolicy") else ():
                for rule in body["spec"].get(direction, ()):
                    ends = [
                        len(value) if key.endswith(("Endpoints", "CIDR")) else 1
                        for key, value in rule.items()
                        if key != "toPorts"
                    ]
                    space = body["metadata"].get("namespace", "Every namespace")
                    found[space] = found.get(space, 0) + sum(ends)
    return {space: count for space, count in found.items() if count}


def said(made):
    """The namespaces that deny, and those that do not, as the two sentences list them."""
    paragraphs = list(talk(made))
    return tuple(
        set(re.findall(r"`([a-z0-9-]+)`", text.split(":", 1)[1] if n == 0 else text.partition(": ")[0]))
        for n, text in enumerate(paragraphs[:2])
    )


@pytest.mark.parametrize("example", ["enterprise", "starter"])
def test_each_rule_is_a_line_and_each_line_a_rule(example):
    """No end of a rendered rule is left out, and nothing is said that no policy says."""
    made = tree(example)
    assert {space: len(rows) for space, rows in lines(made).items()} == counted(made)


def test_the_page_follows_a_changed_policy():
    """Another port in a policy is another line; a policy taken out takes its lines along."""
    made = dict(tree())
    path = f"{POLICIES}/argocd.yaml"
    file = made[path]
    assert ["`instance=argocd`, `name=argocd-repo-server`", "to", "the LAN and the Internet", "443"] in lines(made)[
        "argocd"
    ]
    text = yaml.safe_dump_all(file.documents).replace("'443'", "'2222'")
    made[path] = replace(file, documents=tuple(yaml.safe_load_all(text)))
    assert ["`instance=argocd`, `name=argocd-repo-server`", "to", "the LAN and the Internet", "2222"] in lines(made)[
        "argocd"
    ]
    del made[path]
    assert "argocd" not in lines(made)


def test_who_denies_and_who_does_not_is_said():
    """Namespaces under default deny are named, and so is each that has none: those of Kubernetes, and what was left open."""
    denied, open_ = said(tree())
    assert denied >= {"argocd", "n8n-prod", "monitoring"}
    assert open_ == SYSTEM
    made = dict(tree())
    path = f"{POLICIES}/argocd.yaml"
    left = [body for body in made[path].documents if body["metadata"]["name"] != "default-deny"]
    made[path] = YamlFile(tuple(left), made[path].header)
    denied, open_ = said(made)
    assert "argocd" not in denied
    assert open_ == {*SYSTEM, "argocd"}


def test_half_a_denial_is_none():
    """A policy that denies one direction only, or only adds, makes no namespace start from deny."""
    made = dict(tree())
    path = f"{POLICIES}/argocd.yaml"
    (deny,) = [body for body in made[path].documents if body["metadata"]["name"] == "default-deny"]
    one = {**deny, "spec": {"endpointSelector": {}, "ingress": [{}]}}
    adding = {**deny, "spec": {**deny["spec"], "enableDefaultDeny": {"egress": False}}}
    some = {**deny, "spec": {**deny["spec"], "endpointSelector": {"matchLabels": {"app": "x"}}}}
    for body in (one, adding, some):
        made[path] = YamlFile((body,))
        assert "argocd" in said(made)[1]


def test_without_policies_the_page_says_so():
    """A lab without the practice is told that everything may talk."""
    assert list(talk(tree(network_policies=False))) == [
        "No network policies are in this lab: every pod may talk to every other."
    ]
