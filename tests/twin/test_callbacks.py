"""Calls from the API server into the cluster: what is answered, and that nothing is judged in silence."""

from __future__ import annotations

import base64
import io
import json

import pytest

from homelab.twin.callbacks.__main__ import Callbacks
from homelab.twin.callbacks.answers import answer, asked
from homelab.twin.callbacks.record import RECORD, NotEvaluated, Record, not_evaluated
from homelab.twin.callbacks.setup import PROCESSES, Processes, Setup, register
from homelab.twin.keys import Keys
from twin.clusters import Answers

SERVICE = {"service": {"name": "web", "namespace": "shop"}}
REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {"uid": "7", "operation": "CREATE", "namespace": "shop", "name": "till", "kind": {"kind": "Deployment"}},
}


def no_objects(_version, _kind, _namespace="", **_query):
    """An empty cluster."""
    return []


def test_every_object_is_admitted_and_told():
    """The answer carries the question's id, and what was asked about can be read."""
    said = answer("/validate", REVIEW, no_objects, "now")
    assert said["response"] == {"uid": "7", "allowed": True}
    assert asked("/validate", REVIEW) == ["CREATE shop/Deployment/till"]


def test_objects_come_back_in_the_wanted_version():
    """All but the version is as it was."""
    objects = [{"apiVersion": "x/v1", "kind": "A", "spec": {"b": 1}}]
    request = {"uid": "7", "desiredAPIVersion": "x/v2", "objects": objects}
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": request}
    response = answer("/convert", body, no_objects, "now")["response"]
    assert response["convertedObjects"] == [{"apiVersion": "x/v2", "kind": "A", "spec": {"b": 1}}]
    assert response["result"]["status"] == "Success"
    assert asked("/convert", body) == ["x/v1 A to x/v2"]


def running(name, node, cpu):
    """A running pod that requests some of a core."""
    container = {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"phase": "Running"},
    }


def cluster(_version, kind, namespace="", **query):
    """Two nodes and two pods, of which a selector picks one."""
    if kind == "Node":
        return [{"metadata": {"name": "n1"}}, {"metadata": {"name": "n2"}}]
    pods = [running("a", "n1", "200m"), running("b", "n1", "1")]
    pods[0]["spec"]["initContainers"] = [{"name": "once"}, {"name": "sidecar", "restartPolicy": "Always"}]
    return [] if namespace == "other" else pods[:1] if query == {"labelSelector": "app=a"} else pods


def test_load_is_what_pods_request():
    """Half of the requests, added up by node; autoscalers have something to read."""
    found = answer("/apis/metrics.k8s.io/v1beta1/nodes", None, cluster, "now")
    assert [(each["metadata"]["name"], each["usage"]["cpu"]) for each in found["items"]] == [
        ("n1", "605m"),
        ("n2", "0"),
    ]
    pods = answer("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?limit=5", None, cluster, "now")
    assert [each["metadata"]["name"] for each in pods["items"]] == ["a", "b"]
    assert answer("/apis/metrics.k8s.io/v1beta1/namespaces/other/pods", None, cluster, "now")["items"] == []
    one = answer("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/a", None, cluster, "now")
    assert one["containers"][0]["usage"]["cpu"] == "100m"
    assert [each["name"] for each in one["containers"]] == ["c", "sidecar"]
    chosen = answer("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Da", None, cluster, "now")
    assert [each["metadata"]["name"] for each in chosen["items"]] == ["a"]
    assert asked("/apis/metrics.k8s.io/v1beta1/pods", None) == ["load of pods: half of what they request"]


@pytest.mark.parametrize(("path", "kinds"), [("metrics.k8s.io/v1beta1", 2), ("custom.metrics.k8s.io/v1beta2", 0)])
def test_an_aggregated_api_says_which_kinds_it_has(path, kinds):
    """Those of metrics.k8s.io are known, any other serves none and is there; nothing of that is an object."""
    found = answer(f"/apis/{path}", None, cluster, "now")
    assert (found["groupVersion"], len(found["resources"])) == (path, kinds)
    assert asked(f"/apis/{path}", None) == []


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/apis",
        "/openapi/v2",
        "/apis/custom.metrics.k8s.io/v1beta2/pods",
        "/apis/metrics.k8s.io/v1beta1/x",
        "/",
    ],
)
def test_nothing_else_is_answered(path):
    """Nobody takes a stand-in for more than it is."""
    assert answer(path, None, cluster, "now") is None


def test_what_nobody_evaluated_is_kept_once(tmp_path):
    """Another process reads it from the folder; half a line is not read, and a second start goes on."""
    one, two = NotEvaluated("a", "b", "c"), NotEvaluated("a", "b", "d")
    assert not_evaluated(tmp_path) == []
    Record(tmp_path).tell(one, one)
    Record(tmp_path).tell(one, two)
    with (tmp_path / RECORD).open("a") as file:
        file.write('{"service": "a", "b')
    assert not_evaluated(tmp_path) == [one, two]


def test_a_process_can_become_a_service_while_the_door_is_open(tmp_path):
    """The table is read again once it changed; what is no table counts as the one before."""
    known = Processes(tmp_path)
    assert known.port("web.shop.svc") is None
    register(tmp_path, "web.shop.svc", 8443)
    register(tmp_path, "api.shop.svc", 8444)
    assert [known.port(name) for name in ("web.shop.svc", "api.shop.svc", "other.shop.svc")] == [8443, 8444, None]
    register(tmp_path, "web.shop.svc", None)
    assert known.table() == {"api.shop.svc": 8444}
    (tmp_path / PROCESSES).write_text("{")
    assert known.table() == {"api.shop.svc": 8444}
    (tmp_path / PROCESSES).unlink()
    assert known.table() == {}


@pytest.fixture
def callbacks(tmp_path):
    """What answers in a process, without one."""
    keys = Keys(tmp_path / "keys")
    keys.sign("admin")
    key = keys.key(Keys.AUTHORITY)
    Setup("127.0.0.1", 1, keys.certificate("admin"), keys.key("admin"), keys.authority, key).write(tmp_path)
    return Callbacks(tmp_path)


class Talk(io.BytesIO):
    """A connection on which one question came; `said` is what was answered."""

    def __init__(self, question):
        super().__init__(question)
        self.said = b""

    def makefile(self, *_):
        """What came."""
        return self

    def sendall(self, text):
        """What goes."""
        self.said += text

    def settimeout(self, _seconds):
        """As a socket has it."""


def question(body, path="/validate"):
    """The bytes of a POST."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text


def said(callbacks, text):
    """The first line of the answer to a question, and whether the connection ends with it."""
    talk = Talk(text)
    callbacks.serve(talk, "web.shop.svc")
    return talk.said.partition(b"\r\n")[0].decode(), b"Connection: close" in talk.said


def test_a_review_is_answered_told_and_the_connection_ends(callbacks, tmp_path):
    """The next call chooses a pod anew; who asked is told with the name of the webhook."""
    service = {"service": {**SERVICE["service"], "path": "/validate"}}
    meta = {"name": "hooks", "annotations": {}}
    bundle = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()
    webhook = {"name": "v.example.org", "clientConfig": {**service, "caBundle": bundle}}
    callbacks.injector.learn({"kind": "ValidatingWebhookConfiguration", "metadata": meta, "webhooks": [webhook]})
    assert said(callbacks, question(REVIEW, "/validate?timeout=5s")) == ("HTTP/1.1 200 OK", True)
    assert not_evaluated(tmp_path) == [NotEvaluated("web.shop.svc", "v.example.org", "CREATE shop/Deployment/till")]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", {"kind": "AdmissionReview"}, {"kind": "ConversionReview"}])
def test_what_is_no_review_is_a_bad_request(callbacks, tmp_path, body):
    """It is refused, nothing is told, and nobody falls over it."""
    assert said(callbacks, question(body)) == ("HTTP/1.1 400 Bad Request", True)
    assert not_evaluated(tmp_path) == []


def test_what_is_not_known_is_not_found_and_without_an_api_nothing_is_measured(callbacks):
    """Nobody listens where this API is said to be."""
    assert said(callbacks, b"GET /healthz HTTP/1.1\r\n\r\n") == ("HTTP/1.1 404 Not Found", True)
    load = b"GET /apis/metrics.k8s.io/v1beta1/pods HTTP/1.1\r\n\r\n"
    assert said(callbacks, load) == ("HTTP/1.1 503 Service Unavailable", True)


def test_who_names_nobody_is_known_by_the_address_it_calls(callbacks, tmp_path):
    """The check whether an aggregated API is available reaches the process that serves it."""
    endpoints = [{"addresses": ["10.244.0.7"]}]
    labels = {"kubernetes.io/service-name": "web"}
    meta = {"name": "web-x", "namespace": "shop", "labels": labels}
    slices = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "endpoints": endpoints}
    callbacks.api = Answers({**slices, "ports": [{"port": 9443}]})
    assert callbacks.process("web.shop.svc", "10.244.0.7:9443") is None
    register(tmp_path, "web.shop.svc", 8443)
    assert callbacks.process("web.shop.svc", "192.0.2.1:1") == 8443
    assert callbacks.process("", "10.244.0.7:9443") == 8443
    assert callbacks.process("", "10.244.0.7:80") is None
    assert callbacks.process("", "10.244.0.8:9443") is None
