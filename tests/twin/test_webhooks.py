"""Calls of a real API server into a cluster that is not there: webhooks, conversions and aggregated APIs, without Argo CD."""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from homelab.cluster.api import ApiRefused
from homelab.ground import Ground, Node
from homelab.tools.services import Services
from homelab.twin.callbacks import setup
from homelab.twin.callbacks.injector import HOOKS
from homelab.twin.callbacks.record import not_evaluated
from homelab.twin.control_plane import ControlPlane
from homelab.twin.keys import Keys, Signer
from homelab.twin.nodes import nodes
from twin.called import admitted, endpoint, hook, refused, served, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
GIB = 1 << 30
SHAPE = Ground(kubernetes="1.35.4", nodes=(Node("n1", False, True, "box", "192.0.2.1", 4, 8 * GIB, 50 * GIB),))


@pytest.fixture(scope="module")
def twin(tmp_path_factory, twin_program):
    """A control plane of one node in a folder with a long name, and the folder of what it calls."""
    folder = tmp_path_factory.mktemp("a-folder-whose-name-is-longer-than-what-a-socket-of-unix-may-be-called" * 2)
    services = Services(folder / "logs")
    calls = folder / "callbacks"
    plane = ControlPlane(folder / "plane", services, twin_program, door=calls / setup.SOCKET)
    try:
        plane.start()
        setup.start(calls, services, plane)
        setup.ready(calls, services)
        for node in nodes(SHAPE):
            plane.api.create(node)
        yield plane, calls
        plane.api.close()
    finally:
        services.close()


def test_a_webhook_that_fails_closed_is_answered_and_told(twin):
    """Trust is written into a configuration that has none; the object is made, and told with the name of the webhook."""
    plane, calls = twin
    served(plane, "closed")
    hook(plane, "closed")
    told = admitted(plane, calls, "closed")
    assert (told.service, told.by) == ("closed.default.svc", "closed.example.org")
    written = plane.api.get(HOOKS, "ValidatingWebhookConfiguration", "closed")["webhooks"][0]["clientConfig"]
    assert base64.b64decode(written["caBundle"]) == plane.keys.authority.read_bytes()


def test_a_webhook_without_a_ready_pod_refuses(twin):
    """As at home: nobody answers for a Service whose pods are gone, though they answered a moment ago."""
    plane, calls = twin
    served(plane, "gone")
    hook(plane, "gone")
    assert admitted(plane, calls, "gone")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gone", "namespace": "default"}}
    plane.api.delete(pod, grace=0)
    until(lambda: not endpoint(plane, "gone"))
    assert refused(plane, "gone", 'no endpoints available for service "gone"')


def pair(folder, host):
    """An authority of a chart's own and a certificate that it signed for a host: bundle, certificate, key."""
    keys = Keys(folder)
    certificate, key = Signer(keys.authority, keys.key(Keys.AUTHORITY)).files(folder / "pair", host)
    return [base64.b64encode(file.read_bytes()).decode() for file in (keys.authority, certificate, key)]


def test_a_bundle_that_a_chart_renders_stays_and_is_believed(twin, tmp_path):
    """The certificate of the chart's Secret is shown; a bundle whose key is nowhere refuses, and stays too."""
    plane, calls = twin
    bundle, certificate, key = pair(tmp_path, "rendered.default.svc")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pair", "namespace": "default"}}
    plane.api.create({**secret, "type": "kubernetes.io/tls", "data": {"tls.crt": certificate, "tls.key": key}})
    for name in ("rendered", "foreign"):
        served(plane, name)
    hook(plane, "rendered", caBundle=bundle)
    hook(plane, "foreign", caBundle=pair(tmp_path / "other", "foreign.default.svc")[0])
    assert admitted(plane, calls, "rendered")
    assert refused(plane, "foreign", "certificate signed by unknown authority")
    kept = plane.api.get(HOOKS, "ValidatingWebhookConfiguration", "rendered")["webhooks"][0]["clientConfig"]
    assert kept["caBundle"] == bundle


class Denying(BaseHTTPRequestHandler):
    """A real webhook, which admits nothing."""

    def do_POST(self):
        """Deny."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        response = {"uid": body["request"]["uid"], "allowed": False, "status": {"message": "not on a Thursday"}}
        text = json.dumps({"apiVersion": body["apiVersion"], "kind": body["kind"], "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def denying(twin):
    """A real webhook on the loopback, for the Service `real`; its port."""
    plane, calls = twin
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signer = Signer(plane.keys.authority, plane.keys.key(Keys.AUTHORITY))
    context.load_cert_chain(*signer.files(calls / "real", "real.default.svc"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Denying)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_process_that_is_the_service_decides(twin, denying):
    """What it denies is refused in its own words, and nothing is told as not evaluated; without it the stand-in admits again."""
    plane, calls = twin
    served(plane, "real")
    setup.register(calls, "real.default.svc", denying)
    hook(plane, "real")
    assert refused(plane, "real", 'admission webhook "real.example.org" denied the request: not on a Thursday')
    assert not [each for each in not_evaluated(calls) if each.service == "real.default.svc"]
    setup.register(calls, "real.default.svc", None)
    assert admitted(plane, calls, "real")


def available(plane, name):
    """Whether an APIService is available."""
    status = plane.api.get("apiregistration.k8s.io/v1", "APIService", name).get("status") or {}
    return any(c["type"] == "Available" and c["status"] == "True" for c in status.get("conditions") or ())


def test_the_load_of_pods_is_served_as_metrics_server_does(twin):
    """Its APIService becomes available, `kubectl top` has figures, an autoscaler those of its own pods."""
    plane, calls = twin
    served(plane, "metrics-server", target=10250)
    spec = {
        "group": "metrics.k8s.io",
        "version": "v1beta1",
        "service": {"name": "metrics-server", "namespace": "default", "port": 443},
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    body = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
    }
    plane.api.create({**body, "spec": spec})
    until(lambda: available(plane, "v1beta1.metrics.k8s.io"))
    top = until(lambda: answered(plane, "/apis/metrics.k8s.io/v1beta1/nodes"))
    assert [each["metadata"]["name"] for each in top["items"]] == ["n1"]
    chosen = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dmetrics-server"
    (pod,) = answered(plane, chosen)["items"]
    assert pod["containers"] == [{"name": "main", "usage": {"cpu": "100m", "memory": "8Mi"}}]
    assert "metrics.k8s.io" in {each.by for each in not_evaluated(calls)}


def answered(plane, path):
    """What the API server answers, None where it refuses."""
    try:
        return plane.api.call("GET", path)
    except ApiRefused:
        return None


def scaled(plane):
    """The conditions of the autoscaler."""
    status = plane.api.get("autoscaling/v2", "HorizontalPodAutoscaler", "web", "default").get("status") or {}
    return {each["type"]: (each["status"], each["reason"]) for each in status.get("conditions") or ()}


def test_an_autoscaler_has_figures_and_stays_where_it_is(twin):
    """Argo CD calls an autoscaler without figures Degraded; half of the requests is far from both ends."""
    plane, _ = twin
    container = {"name": "main", "image": "example.org/web:1", "resources": {"requests": {"cpu": "100m"}}}
    labels, meta = {"app": "web"}, {"name": "web", "namespace": "default"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    plane.api.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3, "metrics": [metric]}
    plane.api.create(
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}
    )
    until(
        lambda: scaled(plane).get("ScalingActive") == ("True", "ValidMetricFound"), 330
    )  # pods may count only after five minutes
    assert plane.api.get("apps/v1", "Deployment", "web", "default")["spec"]["replicas"] == 1


def version(name, *, storage):
    """A version of a kind."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema}}


def test_a_kind_of_two_versions_is_converted_and_told(twin):
    """What was written in one version can be read in the other, though nobody knows how they differ."""
    plane, calls = twin
    served(plane, "converter")
    client = {"service": {"name": "converter", "namespace": "default", "path": "/convert"}}
    spec = {
        "group": "example.org",
        "names": {"plural": "tills", "singular": "till", "kind": "Till"},
        "scope": "Namespaced",
        "versions": [version("v1", storage=False), version("v2", storage=True)],
        "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]}},
    }
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    plane.api.create({**definition, "metadata": {"name": "tills.example.org"}, "spec": spec})
    path = "/apis/example.org/{}/namespaces/default/tills"
    body = {"apiVersion": "example.org/v1", "kind": "Till", "metadata": {"name": "one"}, "spec": {"drawers": 2}}

    def written():
        try:
            return plane.api.call("POST", path.format("v1"), body)
        except ApiRefused:
            return None

    until(written)
    read = plane.api.call("GET", path.format("v2") + "/one")
    assert (read["apiVersion"], read["spec"]) == ("example.org/v2", {"drawers": 2})
    told = [each for each in not_evaluated(calls) if each.service == "converter.default.svc"]
    assert {each.by for each in told} == {"conversion"}


def test_trust_is_written_again_after_the_api_server_was_gone(twin):
    """The process that is called survives the one that calls it."""
    plane, calls = twin
    plane.services.kill("kube-apiserver")
    plane.start_server()
    plane.api.close()
    served(plane, "later")
    hook(plane, "later")
    assert admitted(plane, calls, "later")


def test_who_answers_can_die_and_come_back(twin):
    """While the process is gone webhooks that fail closed refuse; started anew it answers, and goes on with the same record."""
    plane, calls = twin
    served(plane, "killed")
    hook(plane, "killed")
    first = admitted(plane, calls, "killed")
    plane.services.kill(setup.NAME)
    assert refused(plane, "killed", "connection refused")
    plane.services.again(setup.NAME)
    assert admitted(plane, calls, "killed") != first
    assert first in not_evaluated(calls)
