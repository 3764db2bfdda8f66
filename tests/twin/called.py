"""What a test puts into a real control plane so that it is called: a Service with a pod, a webhook, and objects for it."""

from __future__ import annotations

import time

from homelab.cluster.api import ApiRefused
from homelab.twin.callbacks.injector import HOOKS
from homelab.twin.callbacks.record import not_evaluated


def until(asked, seconds=60, seen=lambda: ""):
    """Wait until something holds; what it says. `seen` says what there is instead."""
    late = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < late, f"not after {seconds} s: {seen()}"
        time.sleep(0.1)
    return found


def served(plane, name, *, port=443, target=9443):
    """A Service with a pod behind it, ready."""
    labels = {"app": name}
    container = {"name": "main", "image": "example.org/hook:1", "resources": {"requests": {"cpu": "200m"}}}
    meta = {"name": name, "namespace": "default", "labels": labels}
    plane.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container]}})
    spec = {"selector": labels, "ports": [{"name": "https", "port": port, "targetPort": target}]}
    plane.api.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    until(lambda: endpoint(plane, name), seen=lambda: plane.api.get("v1", "Pod", name, "default")["status"])


def endpoint(plane, name):
    """Whether a Service has a ready endpoint."""
    selected = {"labelSelector": f"kubernetes.io/service-name={name}"}
    found = plane.api.list("discovery.k8s.io/v1", "EndpointSlice", "default", **selected)
    return any(e["conditions"]["ready"] for each in found for e in each.get("endpoints") or ())


def hook(plane, name, **more):
    """A webhook that fails closed, for config maps that are labelled with its name."""
    service = {"name": name, "namespace": "default", "path": "/validate"}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    webhook = {
        "name": f"{name}.example.org",
        "clientConfig": {"service": service, **more},
        "rules": [rule],
        "objectSelector": {"matchLabels": {"for": name}},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1"],
    }
    body = {"apiVersion": HOOKS, "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name}}
    plane.api.create({**body, "webhooks": [webhook]})


def made(plane, hook, name):
    """A config map that a webhook is asked about; what the API server says against it, empty where it is made."""
    meta = {"name": name, "namespace": "default", "labels": {"for": hook}}
    try:
        plane.api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    except ApiRefused as refused:
        return refused.message
    return ""


def refused(plane, hook, says):
    """Try until the API server has heard of a webhook, and refuses with these words."""
    began, heard = time.monotonic(), [""]

    def tried():
        heard[0] = made(plane, hook, f"{hook}-{time.monotonic() - began:.6f}")
        return says in heard[0]

    return until(tried, seen=lambda: heard[0])


def admitted(plane, calls, hook):
    """Try until the API server has heard of a webhook, and makes an object; what was told about that object.

    One that is made before the webhook is heard of is told nowhere.
    """
    began, heard = time.monotonic(), [""]

    def tried():
        name = f"{hook}-{time.monotonic() - began:.6f}"
        heard[0] = made(plane, hook, name)
        told = [each for each in not_evaluated(calls) if each.object == f"CREATE default/ConfigMap/{name}"]
        return [] if heard[0] else told

    (told,) = until(tried, seen=lambda: heard[0] or "made, and not told")
    return told
