"""Secrets in files: what lies in Git is found wherever it lies, what Git ignores is not there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from homelab.gitops.committed import leaked
from homelab.gitops.repository import of_folder, of_texts
from homelab.gitops.tracked import tracked

WORD = "Ieph8ooJah2u"
KUBECONFIG = f"apiVersion: v1\nkind: Config\nusers: [{{name: admin, user: {{token: {WORD}}}}}]\n"


def found(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(each.file, each.leak.key) for each in leaked(of_texts(files))]


@pytest.mark.parametrize(
    ("path", "text", "key"),
    [
        ("kubeconfig", KUBECONFIG, "token"),
        ("clusters/lab.kubeconfig", KUBECONFIG, "token"),
        ("talosconfig", "context: lab\ncontexts: {lab: {endpoints: [a], ca: x, crt: LS0tLS1C, key: LS0tLS1CRUdJTg==}}\n", "key"),
        ("shop.yaml", f"kind: Application\napiVersion: argoproj.io/v1alpha1\nspec: {{source: {{helm: {{values: 'adminPassword: {WORD}\n\n  other: 1'}}}}}}\n", "adminPassword"),
        ("cluster.yaml", ("apiVersion: v1\nkind: Secret\nmetadata: {name: edge}\nstringData: {config: "
         f"'{{\"bearerToken\": \"{WORD}\"}}'}}\n"), "config"),
        (".env", f"COLOUR=blue\nexport DB_PASSWORD='{WORD}'\n", "DB_PASSWORD"),
        ("tofu/lab.auto.tfvars", f'api_token = "{WORD}"\n', "api_token"),
        ("keys/id_ed25519", "-----BEGIN " + "OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAA\n", ""),
        ("age.agekey", "AGE-SECRET-KEY-1" + "Q" * 58, ""),
        ("terraform.tfstate", f'{{"outputs": {{"x": {{"value": 1}}}}, "resources": [{{"password": "{WORD}"}}]}}', "password"),
        ("machine.yaml", f"machine: {{token: abcdef.{WORD}, ca: {{crt: a}}}}\ncluster: {{id: x}}\n", "token"),
        ("shop/kustomization.yaml", f"secretGenerator: [{{name: a, literals: [user=shop, password={WORD}]}}]\n", "password"),
        ("web/values.yaml", f"main: {{env: {{SMTP_PASS: {WORD}}}}}\n", "SMTP_PASS"),
        ("web/values.yaml", f"config: |\n  [mail]\n  password = {WORD}\n", "password"),
        ("registry.yaml", ("apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\nstringData: {.dockerconfigjson: "
         f"'{{\"auths\": {{\"registry.example.org\": {{\"auth\": \"c2hvcDo{WORD}\"}}}}}}'}}\n"), ".dockerconfigjson"),
    ],
)  # fmt: skip
def test_a_secret_is_found_wherever_it_lies(path, text, key):
    """Kubeconfigs, settings, variables, keys, states, machine secrets, literals and values: each in its own form."""
    assert found({path: text}) == [(path, key)]
    assert WORD not in str(list(leaked(of_texts({path: text}))))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.example", "DB_PASSWORD=change-me\n"),
        ("tofu/main.tf", 'variable "token" { sensitive = true }\nprovider "x" { api_token = var.api_token_of_lab2 }\n'),
        ("web/values.yaml", "auth: {existingSecret: shop-login2, passwordKey: Password1}\ntls: {secret: shop-tls-2}\n"),
        ("web/template.yaml", '{{ if .a }}\npassword: "Ieph8ooJah2u"\n{{ end }}\n'),
        ("sops.yaml", f"password: {WORD}\nsops: {{mac: x}}\n"),
        (
            "es.yaml",
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {password: Ieph8ooJah2u}\n",
        ),
        ("bitwarden.yaml", "config: {secretKey: client-id-2, credential: shop-s3}\n"),
    ],
)
def test_what_is_no_secret_is_left_alone(path, text):
    """Examples, variables, references, templates, encrypted files and stores of secrets elsewhere."""
    assert found({path: text}) == []


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("kubeconfig", "a/kubeconfig", True),
        ("/kubeconfig", "a/kubeconfig", False),
        ("a/", "a/kubeconfig", True),
        ("*.kubeconfig\n!lab.kubeconfig", "a/lab.kubeconfig", False),
        ("a/**/kubeconfig", "a/b/c/kubeconfig", True),
        ("**/b/*", "a/b/kubeconfig", True),
        ("b", "a/bc/kubeconfig", False),
        ("# kubeconfig\n\nk[aeu]beconfig?", "kubeconfig1", True),
    ],
)
def test_what_git_ignores_is_not_in_git(rules, path, ignored):
    """Lists of what to ignore are read as Git reads them: anchors, folders, wildcards, exceptions."""
    assert (found({path: KUBECONFIG, ".gitignore": rules}) == []) is ignored


@pytest.mark.parametrize("version", ["2", "4"])
def test_what_git_keeps_is_in_git_although_ignored(tmp_path: Path, version):
    """Git's own index decides: a file that was added by force is known to everybody."""
    (tmp_path / "a").mkdir()
    for name in ("kubeconfig", "a/kubeconfig", "a/other"):
        (tmp_path / name).write_text(KUBECONFIG)
    (tmp_path / ".gitignore").write_text("kubeconfig\n")
    git = ["git", "-C", str(tmp_path), "-c", f"index.version={version}"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-f", "a/kubeconfig", "a/other", ".gitignore"], check=True)
    assert tracked(tmp_path) == {"a/kubeconfig", "a/other", ".gitignore"}
    assert tracked(tmp_path / "a") == {"kubeconfig", "other"}
    assert [each.file for each in leaked(of_folder(tmp_path))] == ["a/kubeconfig", "a/other"]


def test_nothing_is_known_of_a_broken_index(tmp_path: Path):
    """An index of another kind, or cut short, says nothing and stops nobody."""
    (tmp_path / ".git").mkdir()
    for data in (b"", b"DIRC\0\0\0\x09\0\0\0\x01", b"DIRC\0\0\0\x04\0\0\0\x02short"):
        (tmp_path / ".git" / "index").write_bytes(data)
        assert tracked(tmp_path) == frozenset()
