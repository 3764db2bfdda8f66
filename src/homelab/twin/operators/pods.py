"""What a pod of an operator has around it: its variables, and the files of its volumes, as a kubelet gives them.

https://kubernetes.io/docs/concepts/storage/volumes/ and https://kubernetes.io/docs/concepts/workloads/pods/downward-api/;
volumes that hold nothing when a pod begins (emptyDir, claims, folders of a node) are empty folders here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from homelab.cluster.api import Api, Object
from homelab.documents.quantity import parse_bytes
from homelab.errors import HomelabError
from homelab.kube.resource import dig

DAY = 86400
VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
"""How an argument names a variable of its container."""
MODE = 0o600


class Waits(HomelabError):
    """A pod would not start at home either: what it mounts or reads is not there."""


class Pod:
    """One pod of a cluster, and its container that runs an image."""

    def __init__(self, api: Api, body: Object, container: Object) -> None:
        self._api, self.body, self.container = api, body, container
        self.tokens = dict[str, str]()
        """Tokens that its account has, by whom they are for; they are asked for once."""

    @property
    def uid(self) -> str:
        """What tells it from one of the same name before it."""
        return str(self.body["metadata"]["uid"])

    @property
    def space(self) -> str:
        """Its namespace."""
        return str(self.body["metadata"]["namespace"])

    @property
    def name(self) -> str:
        """Its namespace and name."""
        return f"{self.space}/{self.body['metadata']['name']}"

    @property
    def account(self) -> str:
        """The account that it acts as, as the API names it."""
        return f"system:serviceaccount:{self.space}:{self._account}"

    @property
    def _account(self) -> str:
        return str(self.body["spec"].get("serviceAccountName") or "default")

    @property
    def address(self) -> str:
        """Its address; empty where it has none yet."""
        return str(dig(self.body, ["status", "podIP"], ""))

    def words(self, variables: Mapping[str, str]) -> list[str]:
        """The arguments of its container, variables put in; of its command only what follows the program."""
        given = [*(self.container.get("command") or [])[1:], *(self.container.get("args") or [])]
        return [VARIABLE.sub(lambda found: variables.get(found[1], found[0]), word) for word in given]

    def variables(self) -> dict[str, str]:
        """The variables of its container.

        Raises:
            Waits: a value lies in an object that is not there.
        """
        found = dict[str, str]()
        for each in self.container.get("env") or ():
            value = each.get("value", "") if "valueFrom" not in each else self._value(each["valueFrom"])
            if value is not None:
                found[each["name"]] = VARIABLE.sub(lambda name: found.get(name[1], name[0]), value)
        return found

    def _value(self, source: Mapping[str, Any]) -> str | None:
        for word, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if asked := source.get(word):
                data = self._data(kind, asked["name"], optional=bool(asked.get("optional")))
                return data[asked["key"]].decode() if asked["key"] in data else None
        if asked := source.get("resourceFieldRef"):
            amount = dig(self.container, ["resources", *asked["resource"].split(".")], None)
            return str(parse_bytes(str(amount))) if amount and asked["resource"].endswith("memory") else None
        return self._field(dig(source, ["fieldRef", "fieldPath"], ""))

    def _field(self, path: str) -> str:
        head, _, key = path.partition("['")
        found = dig(self.body, head.split("."), "")
        return str(found.get(key.removesuffix("']"), "")) if key and isinstance(found, dict) else str(found)

    def files(self) -> Iterator[tuple[PurePosixPath, bytes | None]]:
        """What is mounted into its container: paths with their content, None for a folder.

        Raises:
            Waits: an object that must be there is not.
        """
        volumes = {each["name"]: each for each in self.body["spec"].get("volumes") or ()}
        for mount in self.container.get("volumeMounts") or ():
            place, part = PurePosixPath(mount["mountPath"]), mount.get("subPath")
            content = dict(self._content(volumes[mount["name"]]))
            if part in content:
                yield place, content[part]
                continue
            yield place, None
            for name, text in content.items():
                yield place / name, text

    def _content(self, volume: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        if "projected" in volume:
            for source in volume["projected"].get("sources") or ():
                yield from self._source(source)
            return
        yield from self._source(volume)

    def _source(self, source: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        """The files of a volume, or of a part of a projected one."""
        if asked := source.get("serviceAccountToken"):
            yield asked["path"], self.token(asked.get("audience", "")).encode()
        for each in dig(source, ["downwardAPI", "items"], ()):
            yield each["path"], self._field(dig(each, ["fieldRef", "fieldPath"], "")).encode()
        for word, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
            if asked := source.get(word):
                name = asked.get("secretName") or asked["name"]
                data = self._data(kind, name, optional=bool(asked.get("optional")))
                names = {each["key"]: each["path"] for each in asked.get("items") or ()} or dict(
                    zip(data, data, strict=True)
                )
                yield from ((path, data[key]) for key, path in names.items() if key in data)

    def _data(self, kind: str, name: str, *, optional: bool) -> dict[str, bytes]:
        body = self._api.get("v1", kind, name, self.space)
        if body is None:
            if optional:
                return {}
            raise Waits(f"{self.name} waits for the {kind} {name}")
        binary = body.get("data") if kind == "Secret" else body.get("binaryData")
        plain = {} if kind == "Secret" else body.get("data") or {}
        return {key: text.encode() for key, text in plain.items()} | {
            key: base64.b64decode(text) for key, text in (binary or {}).items()
        }

    def token(self, audience: str = "") -> str:
        """A token of its account, as a kubelet asks for it; of a day, since a twin is for hours."""
        if audience in self.tokens:
            return self.tokens[audience]
        spec = {"expirationSeconds": DAY, **({"audiences": [audience]} if audience else {})}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        path = self._api.kind("v1", "ServiceAccount").path(self.space, self._account, "token")
        self.tokens[audience] = str(self._api.call("POST", path, body)["status"]["token"])
        return self.tokens[audience]

    def ports(self, services: list[Object]) -> set[int]:
        """The ports at which its container may be called: those it declares, and those that Services lead to."""
        declared = {each.get("name", ""): int(each["containerPort"]) for each in self.container.get("ports") or ()}
        labels = self.body["metadata"].get("labels") or {}
        found = set(declared.values())
        for service in services:
            selector = service["spec"].get("selector") or {}
            if selector and selector.items() <= labels.items():
                for each in service["spec"].get("ports") or ():
                    target = each.get("targetPort", each["port"])
                    found.add(declared.get(target, 0) if isinstance(target, str) else int(target))
        return found - {0}


def written(root: Path, files: Mapping[PurePosixPath, bytes | None]) -> None:
    """Put files where a pod sees them; each in one step, and one that is the same is not touched."""
    for place, text in files.items():
        file = root / place.relative_to("/")
        if text is None:
            file.mkdir(parents=True, exist_ok=True)
            continue
        if file.is_file() and file.read_bytes() == text:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.touch(MODE)
        draft.write_bytes(text)
        draft.replace(file)
