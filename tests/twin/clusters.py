"""A cluster of a test: the answers of an API, by kind, without a server."""

from __future__ import annotations

from homelab.cluster.api import ApiRefused


class Answers:
    """What an `Api` says to `list` and `get`, from objects that are given."""

    def __init__(self, *bodies, kinds=()):
        self.bodies = bodies
        self.kinds = kinds

    def kind(self, _version, kind):
        """Some address of a kind that is served."""
        if kind not in self.kinds:
            raise ApiRefused(f"the server knows no {kind}", 404, "NotFound")
        return kind

    def list(self, version, kind, namespace="", **query):
        """The objects of a kind that a field selector picks, as far as these tests use one."""
        wanted = query.get("fieldSelector", "")
        return [
            body
            for body in self.bodies
            if (body["apiVersion"], body["kind"]) == (version, kind)
            and namespace in {"", body["metadata"].get("namespace")}
            and (not wanted or _picked(body, *wanted.split("=")))
        ]

    def get(self, version, kind, name, namespace=""):
        """One object."""
        found = (body for body in self.list(version, kind, namespace) if body["metadata"]["name"] == name)
        return next(found, None)


def _picked(body, path, value):
    for part in path.split("."):
        body = body.get(part, {})
    return body == value


def application(name, sync="Synced", health="Healthy", **status):
    """An Application as Argo CD leaves it."""
    wave = status.pop("wave", "0")
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "annotations": {"argocd.argoproj.io/sync-wave": wave}},
        "status": {"sync": {"status": sync}, "health": {"status": health}, **status},
    }
