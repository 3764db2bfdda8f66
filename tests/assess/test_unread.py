"""Nobody is accused by what was not read: no check asks for existence by itself, and no source that goes unread brings a finding."""

from __future__ import annotations

import ast
from datetime import date

import pytest

from assess.pages import CHECKS, load
from homelab.assess.names import checks
from homelab.assess.run import assess
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE

OTHERS = {"exists", "produced", "unread_anywhere", "broken"}
"""What answers a question of existence in part; `existence` puts it together."""
BEHIND = {f"homelab.kube.existence.{name}" for name in ("unread", "creators", "strangers", "definitions")}
MAY = {"unreachable_manifest.py", "reference_key_missing.py"}
"""Who asks for the sources themselves, and who leaves what is not there to another check."""


def test_no_check_asks_for_existence_another_way():
    """Checks ask `existence`, and none of what it is made of."""
    guilty = []
    for file in sorted(CHECKS.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in BEHIND:
                guilty.append(f"{file.name} imports {node.module}")
            if isinstance(node, ast.Attribute) and node.attr in OTHERS and file.name not in MAY:
                guilty.append(f"{file.name}:{node.lineno} asks for {node.attr}")
    assert guilty == []


def application(name: str, home: str) -> str:
    source = f'repoURL: "https://git.example.org/{home}.git", path: src/{name}, targetRevision: v1'
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec: {{project: default, source: {{{source}}}, destination: {{server: "https://kubernetes.default.svc"}}}}
"""


def repositories(files: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The documents of a page, each deployed by an Application of its own, and the Applications' names."""
    documents = [d for path, text in files.items() if path != FILE for d in text.split("\n---\n")]
    names = [f"part-{number}" for number in range(len(documents))]
    found = {f"apps/{name}.yaml": application(name, "lab") for name in names}
    found |= {f"src/{name}/all.yaml": text for name, text in zip(names, documents, strict=True)}
    return found | {path: text for path, text in files.items() if path == FILE}, names


def elsewhere(files: dict[str, str], name: str) -> dict[str, str]:
    """The repository with one source in another one, which is not at hand."""
    left = {path: text for path, text in files.items() if not path.startswith(f"src/{name}/")}
    return {**left, f"apps/{name}.yaml": application(name, "other")}


def broken(files: dict[str, str], name: str) -> dict[str, str]:
    """The repository with one file that is no YAML."""
    return {**files, f"src/{name}/all.yaml": "a: [\n"}


def accused(files: dict[str, str]) -> set[tuple[str, str]]:
    return {(f.check, str(f.subject)) for f in assess(read(of_texts(files)), today=date(2026, 12, 1)).findings}


@pytest.mark.slow
@pytest.mark.parametrize("lose", [elsewhere, broken])
def test_a_source_that_is_not_read_brings_no_finding(lose):
    """Whatever is taken out of reach and said to be unread, nothing is accused that was not before."""
    tried = 0
    for page in (load(check.page) for check in checks()):
        for files in (page.accused, page.fixed, page.variants.get("Left alone", {})):
            texts = "".join(files.values())
            if "argoproj.io/v1alpha1\nkind: App" in texts or any("kustomization" in path for path in files):
                continue
            if not all(path.endswith(".yaml") for path in files):
                continue
            whole, names = repositories(files)
            before = accused(whole)
            for name in names:
                if "kind: LimitRange" in whole[f"src/{name}/all.yaml"]:
                    continue  # what may lend others a default is not asked for: it would hide every missing request
                tried += 1
                more = accused(lose(whole, name)) - before
                assert {found for found in more if not found[1].endswith(f"Application/{name}")} == set(), (
                    page.path.name
                )
    assert tried > 300
