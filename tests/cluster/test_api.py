"""The client of the API, against a server that answers as the API's documentation says."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from homelab.cluster.api import Api, ApiRefused, ApiSilent
from homelab.twin.keys import Keys

RESOURCES = {
    "/api/v1": [{"name": "pods", "kind": "Pod", "namespaced": True}, {"name": "pods/status", "kind": "Pod", "namespaced": True}, {"name": "nodes", "kind": "Node", "namespaced": False}],
    "/apis/apps/v1": [{"name": "deployments", "kind": "Deployment", "namespaced": True}],
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers what `answers` holds by method and path, discovery besides; keeps what was asked."""

    protocol_version = "HTTP/1.1"
    answers: dict
    asked: list

    def answer(self):
        """One answer."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((self.command, parts.path, parse_qs(parts.query), body, self.headers.get("Content-Type")))
        if parts.path in RESOURCES and self.command == "GET":
            code, said = 200, {"resources": RESOURCES[parts.path]}
        else:
            code, said = self.answers.get((self.command, parts.path), (404, {"code": 404, "reason": "NotFound"}))
            said = said.pop(0) if isinstance(said, list) else said
        text = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - names of the standard library

    def log_message(self, *_):
        """Nobody listens."""


@pytest.fixture
def api(tmp_path):
    """A client, and a server with certificates of an authority of its own."""
    keys = Keys(tmp_path / "keys")
    keys.sign("server")
    keys.sign("admin", "system:masters")
    Server.answers, Server.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.certificate("server"), keys.key("server"))
    context.load_verify_locations(keys.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = Api("127.0.0.1", server.server_port, keys.authority, keys.certificate("admin"), keys.key("admin"), 5)
    yield made
    made.close()
    server.shutdown()
    server.server_close()


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}}
"""A pod that these tests talk about."""


def test_paths_are_what_the_server_says_of_kinds(api):
    """Plural, group and namespace come from discovery; objects of the cluster have no namespace in their path."""
    assert api.kind("v1", "Pod").path("shop", "a") == "/api/v1/namespaces/shop/pods/a"
    assert api.kind("apps/v1", "Deployment").path() == "/apis/apps/v1/deployments"
    assert api.kind("v1", "Node").path("shop", "n") == "/api/v1/nodes/n"


def test_an_unknown_kind_is_refused_and_has_no_objects(api):
    """Asking for a kind that nobody defined is an error, its list is empty."""
    with pytest.raises(ApiRefused, match="the server knows no Cheese of v1"):
        api.kind("v1", "Cheese")
    assert api.list("v1", "Cheese") == []
    assert api.list("never/v1", "Cheese") == []


def test_lists_are_read_page_by_page(api):
    """What the server continues is asked for, and each object says its kind."""
    pages = [
        {"metadata": {"continue": "more"}, "items": [{"metadata": {"name": "a"}}]},
        {"metadata": {}, "items": [{"metadata": {"name": "b"}}]},
    ]
    Server.answers["GET", "/api/v1/pods"] = (200, pages)
    found = api.list("v1", "Pod", labelSelector="x=y")
    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [("Pod", "a"), ("Pod", "b")]
    assert [asked[2].get("continue") for asked in Server.asked[-2:]] == [None, ["more"]]
    assert Server.asked[-1][2]["labelSelector"] == ["x=y"]


def test_what_is_not_there_is_none(api):
    """Only *not found* is: other refusals are told."""
    assert api.get("v1", "Pod", "a", "shop") is None
    Server.answers["GET", "/api/v1/namespaces/shop/pods/a"] = (
        403,
        {"code": 403, "reason": "Forbidden", "message": "no"},
    )
    with pytest.raises(ApiRefused, match="no") as raised:
        api.get("v1", "Pod", "a", "shop")
    assert (raised.value.code, raised.value.reason) == (403, "Forbidden")


def test_an_object_is_made_once(api):
    """One that is there already is not an error of `ensure`."""
    Server.answers["POST", "/api/v1/namespaces/shop/pods"] = (201, POD)
    assert api.ensure(POD)
    Server.answers["POST", "/api/v1/namespaces/shop/pods"] = (409, {"code": 409, "reason": "AlreadyExists"})
    assert not api.ensure(POD)
    with pytest.raises(ApiRefused):
        api.create(POD)


def test_an_apply_says_who_and_refuses_unknown_fields(api):
    """It is applied on the server's side, validated strictly."""
    Server.answers["PATCH", "/api/v1/namespaces/shop/pods/a"] = (200, POD)
    api.apply(POD, "me")
    method, _, query, _, form = Server.asked[-1]
    assert (method, form) == ("PATCH", "application/apply-patch+yaml")
    assert query == {"fieldManager": ["me"], "force": ["true"], "fieldValidation": ["Strict"]}


def test_a_status_is_merged_in_its_own_place(api):
    """The rest of the object is not touched."""
    Server.answers["PATCH", "/api/v1/namespaces/shop/pods/a/status"] = (200, POD)
    api.status(POD, {"phase": "Running"})
    assert json.loads(Server.asked[-1][3]) == {"status": {"phase": "Running"}}


def test_deleting_what_is_gone_is_no_error(api):
    """The grace that is given is passed on."""
    api.delete(POD, grace=0)
    assert json.loads(Server.asked[-1][3])["gracePeriodSeconds"] == 0


def test_a_watch_tells_what_happens(api):
    """Events come one by one; a version that is forgotten is an error with its code."""
    lines = [
        {"type": "ADDED", "object": {"metadata": {"name": "a"}}},
        {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}},
    ]
    Server.answers["GET", "/api/v1/pods"] = (200, b"".join(json.dumps(each).encode() + b"\n" for each in lines))
    seen = []
    with pytest.raises(ApiRefused, match="too old") as raised:
        seen.extend(each.object["metadata"]["name"] for each in api.watch("v1", "Pod", since="7"))
    assert raised.value.code == 410
    assert Server.asked[-1][2]["resourceVersion"] == ["7"]


def test_a_server_that_is_gone_is_silence(api):
    """It is told with its address, and is not ready."""
    gone = Api("127.0.0.1", 1, api.authority, api.certificate, api.key, 1)
    with pytest.raises(ApiSilent, match=r"the API at 127\.0\.0\.1:1 does not answer"):
        gone.list("v1", "Pod")
    assert not gone.ready()


def test_an_answer_that_is_no_status_is_told_as_it_is(api):
    """A proxy's page in between is shown, not a traceback."""
    Server.answers["GET", "/readyz"] = (502, b"<html>bad gateway</html>")
    with pytest.raises(ApiRefused, match="bad gateway"):
        api.text("/readyz")
    Server.answers["GET", "/readyz"] = (200, b"ok")
    assert api.ready()


def test_no_thread_connects_before_the_client_has_its_certificate(api, monkeypatch):
    """Threads share one client: half of its login would make one of them anonymous for good."""
    seen = []

    class Slow(ssl.SSLContext):
        def load_cert_chain(self, *files):
            seen.append(api._context)
            super().load_cert_chain(*files)

    monkeypatch.setattr(ssl, "create_default_context", lambda **_: Slow(ssl.PROTOCOL_TLS_CLIENT))
    api._connect(1.0)
    assert seen == [None]
    assert isinstance(api._context, Slow)
