"""Calls from the API server into the cluster: who is meant, who answers, and that nothing is judged in silence."""

from __future__ import annotations

import json
import socket
import ssl
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.twin.callbacks.answers import answer, reviewed
from homelab.twin.callbacks.door import Door, server_name
from homelab.twin.callbacks.setup import PROCESSES, RECORD, not_evaluated, processes
from homelab.twin.callbacks.trust import services, trusting
from homelab.twin.keys import Keys, Signer

SERVICE = {"service": {"name": "web", "namespace": "shop"}}
REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {"uid": "7", "operation": "CREATE", "namespace": "shop", "name": "till", "kind": {"kind": "Deployment"}},
}


def no_objects(_version, _kind):
    """An empty cluster."""
    return []


def hello(name):
    """The first bytes of a TLS client that asks for a name."""
    talk = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(*talk, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return talk[1].read()


def test_a_client_says_whom_it_means():
    """The name of the Service is read out of the first record."""
    assert server_name(hello("web.shop.svc")) == "web.shop.svc"


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_else_comes_is_refused_or_nameless(noise, cut):
    """Half a hello, or something else, is never a crash."""
    for text in (noise, hello("web.shop.svc")[:cut]):
        try:
            assert server_name(text) in {None, "web.shop.svc"} or text == noise
        except ValueError:
            continue


def test_every_object_is_admitted_and_told():
    """The answer carries the question's id, and what was asked about can be read."""
    said = answer("/validate", REVIEW, no_objects, "now")
    assert said["response"] == {"uid": "7", "allowed": True}
    assert reviewed(REVIEW) == "CREATE shop/Deployment/till"


def test_objects_come_back_in_the_wanted_version():
    """All but the version is as it was."""
    objects = [{"apiVersion": "x/v1", "kind": "A", "spec": {"b": 1}}]
    request = {"uid": "7", "desiredAPIVersion": "x/v2", "objects": objects}
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": request}
    response = answer("/convert", body, no_objects, "now")["response"]
    assert response["convertedObjects"] == [{"apiVersion": "x/v2", "kind": "A", "spec": {"b": 1}}]
    assert response["result"]["status"] == "Success"


def running(name, node, cpu):
    """A running pod that requests some of a core."""
    container = {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"phase": "Running"},
    }


def cluster(_version, kind):
    """Two nodes and two pods."""
    if kind == "Node":
        return [{"metadata": {"name": "n1"}}, {"metadata": {"name": "n2"}}]
    return [running("a", "n1", "200m"), running("b", "n1", "1")]


def test_load_is_what_pods_request():
    """Half of the requests, added up by node; autoscalers have something to read."""
    found = answer("/apis/metrics.k8s.io/v1beta1/nodes", None, cluster, "now")
    assert [(each["metadata"]["name"], each["usage"]["cpu"]) for each in found["items"]] == [
        ("n1", "600m"),
        ("n2", "0"),
    ]
    pods = answer("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?limit=5", None, cluster, "now")
    assert [each["metadata"]["name"] for each in pods["items"]] == ["a", "b"]
    assert answer("/apis/metrics.k8s.io/v1beta1/namespaces/other/pods", None, cluster, "now")["items"] == []
    one = answer("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/a", None, cluster, "now")
    assert one["containers"][0]["usage"]["cpu"] == "100m"
    assert answer("/apis/metrics.k8s.io/v1beta1", None, cluster, "now")["kind"] == "APIResourceList"
    assert answer("/healthz", None, cluster, "now") is None


def hooks(**client):
    """A webhook configuration of one webhook."""
    return {"kind": "ValidatingWebhookConfiguration", "webhooks": [{"clientConfig": client}]}


def test_trust_is_written_only_where_nobody_wrote_it():
    """A bundle of somebody else stays, and so does a webhook outside of the cluster."""
    assert trusting(hooks(**SERVICE), "B") == [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "B"}]
    assert trusting(hooks(**SERVICE, caBundle="other"), "B") == []
    assert trusting(hooks(url="https://hooks.example.org"), "B") == []


def test_aggregated_apis_and_conversions_are_calls_too():
    """An APIService that checks nobody needs no bundle; a kind of the server itself calls nobody."""
    service = {"kind": "APIService", "spec": {**SERVICE}}
    assert trusting(service, "B") == [{"op": "add", "path": "/spec/caBundle", "value": "B"}]
    assert trusting({"kind": "APIService", "spec": {**SERVICE, "insecureSkipTLSVerify": True}}, "B") == []
    assert trusting({"kind": "APIService", "spec": {"group": "apps"}}, "B") == []
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": SERVICE}}
    crd = {"kind": "CustomResourceDefinition", "spec": {"conversion": conversion}}
    assert trusting(crd, "B")[0]["path"] == "/spec/conversion/webhook/clientConfig/caBundle"
    assert services([service, crd, hooks(url="x")]) == {"web.shop.svc"}


def test_what_nobody_evaluated_is_kept(tmp_path):
    """Another process reads it from the folder."""
    assert not_evaluated(tmp_path) == []
    (tmp_path / RECORD).write_text(json.dumps({"service": "a", "object": "b"}) + "\n")
    assert not_evaluated(tmp_path) == [("a", "b")]


def test_a_process_can_become_a_service_while_the_door_is_open(tmp_path):
    """The table is read again once it changed."""
    port = processes(tmp_path)
    assert port("web.shop.svc") is None
    (tmp_path / PROCESSES).write_text('{"web.shop.svc": 8443}')
    assert (port("web.shop.svc"), port("other.shop.svc")) == (8443, None)


@pytest.fixture
def door(tmp_path):
    """A door whose stand-in says the name that it was called by."""
    keys = Keys(tmp_path / "keys")
    signer = Signer(keys.authority, keys.key(Keys.AUTHORITY))

    def context(name):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*signer.files(tmp_path / "certificates", name))
        return made

    def serve(talk, name):
        talk.recv(10)
        talk.sendall(name.encode())

    table = {}
    made = Door(tmp_path / "door", context, serve, table.get)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield tmp_path / "door", keys.authority, table
    made.close()
    thread.join()


def connected(path):
    """A caller who has said CONNECT, and its answer."""
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(10)
    caller.connect(str(path))
    caller.sendall(b"CONNECT 10.244.0.7:9443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert caller.recv(100).startswith(b"HTTP/1.1 200 ")
    return caller


def test_the_stand_in_shows_a_certificate_that_the_caller_believes(door):
    """TLS is checked against the twin's authority and the Service's name, as the API server does it."""
    path, authority, _ = door
    context = ssl.create_default_context(cafile=authority)
    with connected(path) as caller, context.wrap_socket(caller, server_hostname="web.shop.svc") as talk:
        talk.sendall(b"x")
        assert talk.recv(100) == b"web.shop.svc"


def test_a_real_process_gets_the_bytes_as_they_are(door):
    """Nobody in between reads them: the process speaks TLS itself."""
    path, _, table = door
    with socket.create_server(("127.0.0.1", 0)) as server:
        table["web.shop.svc"] = server.getsockname()[1]
        first = hello("web.shop.svc")
        with connected(path) as caller:
            caller.sendall(first)
            process, _ = server.accept()
            with process:
                assert process.recv(len(first), socket.MSG_WAITALL) == first
                process.sendall(b"back")
                assert caller.recv(10) == b"back"


def test_who_does_not_say_connect_is_let_out(door):
    """The connection ends without an answer."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(10)
        caller.connect(str(door[0]))
        caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert caller.recv(10) == b""
