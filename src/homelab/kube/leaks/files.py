"""Files: every secret that stands readable in a document or a text, each with its place and never with its value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.errors import Place
from homelab.findings import Subject
from homelab.kube.leaks.values import form_of, harmless, names_another, random, strong, telling, words

SECRET, CONFIG, ENVIRONMENT, FILE, VALUES = "Secret", "ConfigMap", "environment", "file", "values"
"""Where a secret was found: what is to be done about it differs."""
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that stands readable: its key, where, and what it looks like. `path` is its place in the document."""

    where: str
    key: str
    what: str
    path: Path = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Leaked:
    """A leak in a file of the repository: what is accused, and the document it stands in."""

    subject: Subject
    leak: Leak
    file: str
    index: int
    place: Place | None


ELSEWHERE = ("external-secrets.io", "secrets.infisical.com", "secrets.hashicorp.com", "onepassword.com", "bitnami.com",
             "secrets-store.csi.x-k8s.io", "lockbox", "ricoberger.de")  # fmt: skip
"""Groups whose resources say where secrets are, or hold them sealed."""
SETTINGS = frozenset({"ca.crt", "tls.crt", "namespace", "username", "user"})
"""Keys of Secrets that are none by themselves."""
WORDS = frozenset({"args", "command", "literals", "extraArgs"})
"""Lists of arguments, and of literals of kustomize."""
ROOM = 256 * 1024
"""Characters of a text that are looked at."""
TALOS = frozenset({"secret", "token", "bootstraptoken", "secretboxencryptionsecret", "aescbcencryptionsecret", "key"})
"""Keys of Talos' machine secrets, as `talosctl gen secrets` and machine configurations write them."""
_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?[\"']?(?P<key>[A-Za-z_][\w.-]*)[\"']?[ \t]*[:=][ \t]*(?P<quote>[\"']?)(?P<value>[^\s\"'#,]+)(?P=quote)[ \t]*(?:,[ \t]*)?(?:[#;].*)?$",
    re.MULTILINE,
)
_FLAG = re.compile(r"^--?(?P<key>[A-Za-z][\w.-]*)(?:[= ](?P<value>\S+))?$")


def leaks(document: Any) -> Iterator[Leak]:
    """The secrets of one YAML document."""
    if not isinstance(document, Mapping) or "sops" in document:
        return
    version, kind = str(document.get("apiVersion", "")), document.get("kind")
    group = version.rpartition("/")[0]
    if kind == "CustomResourceDefinition" or any(group.endswith(each) for each in ELSEWHERE):
        return
    if kind == "Secret" and version == "v1":
        yield from _secret(document)
    elif kind == "ConfigMap" and version == "v1":
        yield from _config(document)
    elif kind == "Config" and version == "v1" and isinstance(document.get("users"), list):
        yield from _kubeconfig(document)
    elif _talos(document):
        yield from _machine_secrets(document, ())
    else:
        yield from _anything(document, ())


def in_text(text: str, *, quoted: bool = False) -> Iterator[Leak]:
    """The secrets of a text: known forms, and lines of `key = value`; with `quoted` the value must stand in quotes."""
    text = text[:ROOM]
    if what := form_of(text):
        yield Leak(FILE, "", what)
        return
    for found in _LINE.finditer(text):
        if quoted and not found["quote"]:
            continue
        if telling(found["key"]) and strong(found["value"]) and not _only_names(found["key"], found["value"]):
            line = text.count("\n", 0, found.start("key")) + 1
            yield Leak(FILE, found["key"], "a value that looks like one", line=line)


def _secret(document: Mapping[str, Any]) -> Iterator[Leak]:
    for section in ("stringData", "data"):
        entries = document.get(section)
        for key, value in entries.items() if isinstance(entries, Mapping) else ():
            name, text = str(key), _decoded(value, encoded=section == "data")
            what = None if name.lower() in SETTINGS else _in_secret(name, text)
            if what:
                yield Leak(SECRET, name, what, (section, name))


def _in_secret(key: str, text: str) -> str | None:
    if what := form_of(text):
        return what
    if "\n" in text.strip() or text.lstrip().startswith(("{", "[")):
        return _inside(text)
    if harmless(text):
        return None
    if telling(key):
        return "its value"
    return "a value that nobody chose" if random(text.strip()) else None


def _inside(text: str) -> str | None:
    """What a file within an entry holds: settings by line, or JSON as of a registry or a cluster."""
    if text.lstrip().startswith("{"):
        try:
            return next((f"{leak.key} in it" for leak in _json(json.loads(text))), None)
        except (ValueError, RecursionError):
            return None
    return next((f"{leak.key} in it" if leak.key else leak.what for leak in in_text(text)), None)


def _json(value: Any) -> Iterator[Leak]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            promised = telling(str(key)) or key in {"auth", "keyData"}
            if isinstance(each, str):
                if (promised and strong(each)) or form_of(each):
                    yield Leak(FILE, str(key), "a value that looks like one")
            else:
                yield from _json(each)
    elif isinstance(value, list):
        for each in value:
            yield from _json(each)


def _config(document: Mapping[str, Any]) -> Iterator[Leak]:
    entries = document.get("data")
    for key, value in entries.items() if isinstance(entries, Mapping) else ():
        name = str(key)
        if isinstance(value, str) and (what := _said(name, value)):
            yield Leak(CONFIG, name, what, ("data", name))


def _said(key: str, text: str) -> str | None:
    """What a setting of a ConfigMap or an environment is, where it should be none."""
    if what := form_of(text):
        return what
    if "\n" in text.strip():
        return _inside(text)
    if telling(key) and not harmless(text) and " " not in text.strip():
        return None if _only_names(key, text) else "its value"
    return None


def _only_names(key: str, text: str) -> bool:
    """Whether a key that may name an object does: its text is a name as Kubernetes takes it, and no mixture."""
    return names_another(key) and re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text) is not None and not random(text)


def _kubeconfig(document: Mapping[str, Any]) -> Iterator[Leak]:
    for index, entry in enumerate(document["users"]):
        user = entry.get("user") if isinstance(entry, Mapping) else None
        for key in ("client-key-data", "token", "password"):
            value = user.get(key) if isinstance(user, Mapping) else None
            if isinstance(value, str) and not harmless(value):
                yield Leak(FILE, key, "the way into a cluster", ("users", str(index), "user", key))


def _talos(document: Mapping[str, Any]) -> bool:
    """Whether a document holds machine secrets of Talos, or is a machine configuration, or the way to its API."""
    cluster, certs, machine = document.get("cluster"), document.get("certs"), document.get("machine")
    contexts = document.get("contexts")
    if isinstance(contexts, Mapping) and "apiVersion" not in document:
        return any(isinstance(each, Mapping) and "crt" in each for each in contexts.values())
    generated = isinstance(cluster, Mapping) and "secret" in cluster and isinstance(certs, Mapping)
    configuration = isinstance(machine, Mapping) and isinstance(cluster, Mapping) and "apiVersion" not in document
    return generated or configuration


def _machine_secrets(value: Any, path: Path) -> Iterator[Leak]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            at = (*path, str(key))
            if isinstance(each, str):
                if str(key).lower() in TALOS and not harmless(each):
                    yield Leak(FILE, str(key), "a machine secret of Talos", at)
            else:
                yield from _machine_secrets(each, at)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _machine_secrets(each, (*path, str(index)))


def _anything(value: Any, path: Path) -> Iterator[Leak]:
    """Values files, workloads, custom resources: environment and arguments, keys that promise a secret, known forms."""
    if isinstance(value, Mapping):
        name, literal = value.get("name"), value.get("value")
        if isinstance(name, str) and isinstance(literal, str) and path and path[-1].isdigit():
            if what := _said(name, literal):
                yield Leak(ENVIRONMENT, name, what, (*path, "value"))
            return
        for key, each in value.items():
            at = (*path, str(key))
            yield from _entry(str(key), each, at) if isinstance(each, str) else _anything(each, at)
    elif isinstance(value, list) and path and path[-1] in WORDS:
        yield from _words(value, path)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            at = (*path, str(index))
            yield from _item(each, at) if isinstance(each, str) else _anything(each, at)


def _item(text: str, path: Path) -> Iterator[Leak]:
    if what := form_of(text):
        yield Leak(VALUES, path[-2] if len(path) > 1 else "", what, path)


def _entry(key: str, text: str, path: Path) -> Iterator[Leak]:
    inside = ENVIRONMENT if path[-2:-1] and words(path[-2])[-1:] in {("env",), ("environment",), ("vars",)} else VALUES
    if (what := form_of(text)) or (inside == ENVIRONMENT and (what := _said(key, text))):
        yield Leak(inside, key, what, path)
    elif telling(key) and strong(text) and not _only_names(key, text):
        yield Leak(VALUES, key, "a value that looks like one", path)
    elif "\n" in text and "=" not in key and (found := next(in_text(text), None)):
        yield Leak(VALUES, found.key or key, found.what, path)


def _words(found: list[Any], path: Path) -> Iterator[Leak]:
    """Arguments and literals: `--password=…`, `--password …`, `PASSWORD=…`, and known forms in any of them."""
    texts = [each if isinstance(each, str) else "" for each in found]
    for index, text in enumerate(texts):
        at = (*path, str(index))
        if what := form_of(text):
            yield Leak(ENVIRONMENT, path[-1], what, at)
            continue
        flag = _FLAG.match(text)
        key, _, value = text.partition("=")
        if flag:
            key, value = flag["key"], flag["value"] or ""
            if not value and index + 1 < len(texts) and not texts[index + 1].startswith("-"):
                value = texts[index + 1]
        if (
            re.fullmatch(r"[\w.-]+", key)
            and value
            and telling(key)
            and not harmless(value)
            and not _only_names(key, value)
        ):
            yield Leak(ENVIRONMENT, key, "its value", at)


def _decoded(value: Any, *, encoded: bool) -> str:
    text = "" if value is None else str(value)
    if not encoded:
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text
