"""A small client of the Kubernetes API: get, list, create, patch, apply, delete, watch, by kind, over one kept connection a thread.

It speaks what https://kubernetes.io/docs/reference/using-api/api-concepts/ promises and reads of kinds what the server
itself says in its discovery. Only certificates of a client are known as a login.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from homelab.errors import HomelabError

Object = dict[str, Any]
"""A Kubernetes object as JSON."""

Body = Object | Sequence[Object] | None
"""What a question carries."""
PAGE = 500
"""Objects of one answer to a list."""


class ApiRefused(HomelabError):
    """The server answered, and said no.

    Attributes:
        code: of HTTP: 404 not found, 409 conflict, 422 invalid …
        reason: the server's own word: `NotFound`, `AlreadyExists`, `Invalid` …
        causes: the server's sentences about each thing that is in the way, such as a budget that refuses an eviction.
    """

    def __init__(self, message: str, code: int, reason: str, causes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.reason, self.causes = code, reason, causes


class ApiSilent(HomelabError):
    """The server cannot be reached, or ended the conversation."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is addressed: `plural` is its word in paths; `namespaced` whether its objects lie in namespaces."""

    version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "", sub: str = "") -> str:
        """The path of an object, of a namespace's objects, or of all."""
        parts = ["/api" if "/" not in self.version else "/apis", self.version]
        if namespace and self.namespaced:
            parts += ["namespaces", quote(namespace, safe="")]
        parts += [self.plural, *([quote(name, safe=":")] if name else []), *([sub] if sub else [])]
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class Event:
    """What a watch tells: `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`, and the object as it is (was, where deleted)."""

    type: str
    object: Object


@dataclass
class Api:
    """A cluster's API at `host:port`, with the files of its authority and of a client's certificate and key."""

    host: str
    port: int
    authority: Path
    certificate: Path
    key: Path
    timeout: float = 30.0
    _kinds: dict[tuple[str, str], Kind] = field(default_factory=dict, repr=False)
    _local: threading.local = field(default_factory=threading.local, repr=False)
    _context: ssl.SSLContext | None = field(default=None, repr=False)

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Object | None:
        """One object, None where there is none.

        Raises:
            ApiRefused, ApiSilent: any other answer, none at all.
        """
        try:
            return self.call("GET", self.kind(version, kind).path(namespace, name))
        except ApiRefused as refused:
            if refused.code == http.client.NOT_FOUND:
                return None
            raise

    def list(self, version: str, kind: str, namespace: str = "", **query: str) -> list[Object]:
        """The objects of a kind, of all namespaces where none is named; `query` as `labelSelector`, `fieldSelector`.

        A kind that the server does not know has none.
        """
        found: list[Object] = []
        try:
            path = self.kind(version, kind).path(namespace)
        except ApiRefused:
            return found
        more = ""
        while True:
            asked = {"limit": str(PAGE), **query, **({"continue": more} if more else {})}
            answer = self.call("GET", f"{path}?{urlencode(asked)}")
            found += [{"apiVersion": version, "kind": kind, **item} for item in answer["items"]]
            more = answer["metadata"].get("continue", "")
            if not more:
                return found

    def create(self, body: Object) -> Object:
        """Make an object; one that is there already is refused with 409."""
        return self.call("POST", self._home(body), body)

    def ensure(self, body: Object) -> bool:
        """Make an object unless there is one of its name; whether it was made."""
        try:
            self.create(body)
        except ApiRefused as refused:
            if refused.code == http.client.CONFLICT:
                return False
            raise
        return True

    def apply(self, body: Object, manager: str, *, force: bool = True) -> Object:
        """Apply on the server's side, as `manager`; unknown fields are refused."""
        query = urlencode({"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"})
        path = f"{self.address(body)}?{query}"
        return self.call("PATCH", path, body, "application/apply-patch+yaml")

    def status(self, body: Object, status: Object) -> Object:
        """Merge into an object's status, as its controller would say it."""
        return self.call("PATCH", self.address(body) + "/status", {"status": status}, "application/merge-patch+json")

    def merge(self, body: Object, patch: Object) -> Object:
        """Merge into an object."""
        return self.call("PATCH", self.address(body), patch, "application/merge-patch+json")

    def edit(self, body: Object, patch: Sequence[Object]) -> Object:
        """Change an object by a JSON patch (RFC 6902)."""
        return self.call("PATCH", self.address(body), patch, "application/json-patch+json")

    def delete(self, body: Object, *, grace: int | None = None) -> None:
        """Delete an object; nothing happens where there is none. `grace` in seconds, 0 at once."""
        options = {} if grace is None else {"gracePeriodSeconds": grace}
        try:
            self.call("DELETE", self.address(body), {"kind": "DeleteOptions", "apiVersion": "v1", **options})
        except ApiRefused as refused:
            if refused.code != http.client.NOT_FOUND:
                raise

    def watch(self, version: str, kind: str, since: str = "", seconds: int = 300) -> Iterator[Event]:
        """What happens to the objects of a kind, for at most `seconds`; with `since` from that resource version on.

        Without `since` it begins with an ADDED for each object there is. It ends by itself where the server ends it; a version
        that the server no longer remembers is an ApiRefused with code 410.
        """
        query = {"watch": "true", "timeoutSeconds": str(seconds), "allowWatchBookmarks": "true"}
        path = f"{self.kind(version, kind).path()}?{urlencode(query | ({'resourceVersion': since} if since else {}))}"
        connection = self._connect(seconds + self.timeout)
        try:
            answer = self._answered(connection, "GET", path, None, "")
            for line in answer:
                said = json.loads(line)
                if said["type"] == "ERROR":
                    raise _refusal(said["object"])
                yield Event(said["type"], {"apiVersion": version, "kind": kind, **said["object"]})
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ApiSilent(f"the watch of {kind} ended: {error}") from None
        finally:
            connection.close()

    def address(self, body: Mapping[str, Any]) -> str:
        """The path of an object."""
        meta = body["metadata"]
        return self.kind(body["apiVersion"], body["kind"]).path(meta.get("namespace", ""), meta["name"])

    def _home(self, body: Object) -> str:
        return self.kind(body["apiVersion"], body["kind"]).path(body["metadata"].get("namespace", ""))

    def kind(self, version: str, kind: str) -> Kind:
        """How a kind is addressed, as the server says.

        Raises:
            ApiRefused: the server does not know it.
        """
        if (version, kind) not in self._kinds:
            answer = self.call("GET", "/".join(["/api" if "/" not in version else "/apis", version]))
            for each in answer["resources"]:
                if "/" not in each["name"]:
                    known = Kind(version, each["kind"], each["name"], each["namespaced"])
                    self._kinds[version, each["kind"]] = known
        if found := self._kinds.get((version, kind)):
            return found
        raise ApiRefused(f"the server knows no {kind} of {version}", http.client.NOT_FOUND, "NotFound")

    def ready(self) -> bool:
        """Whether the server says that it is ready."""
        try:
            return self.text("/readyz") == "ok"
        except HomelabError:
            return False

    def text(self, path: str) -> str:
        """What the server answers to a path, as text."""
        return self._exchange("GET", path, None, "").decode()

    def call(self, method: str, path: str, body: Body = None, form: str = "application/json") -> Object:
        """One question and its answer.

        Raises:
            ApiRefused: the server says no.
            ApiSilent: it does not answer.
        """
        answer: Object = json.loads(self._exchange(method, path, body, form))
        return answer

    def _exchange(self, method: str, path: str, body: Body, form: str) -> bytes:
        for again in (True, False):
            connection = self._kept()
            try:
                return self._answered(connection, method, path, body, form).read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._local.connection = None
                if not (
                    again and isinstance(error, http.client.RemoteDisconnected | BrokenPipeError | ConnectionResetError)
                ):
                    raise ApiSilent(f"the API at {self.host}:{self.port} does not answer: {error}") from None
        raise AssertionError

    def _answered(
        self, connection: http.client.HTTPSConnection, method: str, path: str, body: Body, form: str
    ) -> http.client.HTTPResponse:
        headers = {"Accept": "application/json", **({"Content-Type": form} if body is not None else {})}
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        if answer.status < http.client.BAD_REQUEST:
            return answer
        said = answer.read()
        with contextlib.suppress(ValueError):
            raise _refusal(json.loads(said))
        raise ApiRefused(said.decode(errors="replace").strip(), answer.status, answer.reason)

    def _kept(self) -> http.client.HTTPSConnection:
        kept: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if kept is None:
            kept = self._local.connection = self._connect(self.timeout)
        return kept

    def close(self) -> None:
        """End this thread's connection."""
        if (kept := getattr(self._local, "connection", None)) is not None:
            kept.close()
            self._local.connection = None

    def _connect(self, timeout: float) -> http.client.HTTPSConnection:
        if self._context is None:
            made = ssl.create_default_context(cafile=str(self.authority))
            made.load_cert_chain(self.certificate, self.key)
            self._context = made  # whole: another thread may look here at any moment, and would connect as nobody
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self._context)


def _refusal(status: Mapping[str, Any]) -> ApiRefused:
    causes = tuple(each.get("message", "") for each in (status.get("details") or {}).get("causes") or ())
    return ApiRefused(status.get("message", "no reason given"), status.get("code", 0), status.get("reason", ""), causes)
