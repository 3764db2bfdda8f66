"""Small clusters for stand-ins: objects, a world around them, and what happens when a stand-in is asked until it is content."""

from __future__ import annotations

import copy
import itertools

from homelab.twin.standins.acts import Change, Keep, Make, Remove, Say, merged
from homelab.twin.standins.world import Pair, World, indexed, key_of, place_of

NOW = "2026-01-01T00:00:00Z"
COUNT = itertools.count(1)


def thing(kind, name, namespace="", version="v1", **fields):
    """An object as a server keeps it: with a uid and a generation."""
    meta = {"name": name, "uid": f"uid-{kind}-{namespace}-{name}", "generation": 1, **fields.pop("metadata", {})}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": meta, **fields}


def signs(wanted, by=None, *, itself=False):
    """A pair in words: who it is for, and who signed."""
    who = "itself" if itself else by.certificate.decode() if by else "the twin"
    said = f"{wanted.name or wanted.hosts[0]} by {who}".encode()
    return Pair(said, b"key", said if itself else who.encode())


def world(*bodies, sign=signs, **more):
    """A world of these objects."""
    return World(indexed(bodies), NOW, sign, **more)


def running(image, name="operator", container="main", namespace="system"):
    """A ready pod that runs an image."""
    spec = {"containers": [{"name": container, "image": image}]}
    return thing("Pod", name, namespace, spec=spec, status=ready_status())


def ready_status():
    """The status of a pod that is ready."""
    return {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


class Cluster:
    """Objects that stand-ins act upon, as a server and its controllers would take it."""

    def __init__(self, *bodies, sign=signs, **more):
        self.objects = indexed(copy.deepcopy(bodies))
        self.more = {"sign": sign, **more}
        self.removed = []

    def world(self):
        """The world now."""
        return World(self.objects, NOW, **self.more)

    def put(self, body):
        """Put an object in, or in another's place."""
        self.objects.setdefault(key_of(body), {})[place_of(body)] = body
        return body

    def get(self, kind, name, namespace=""):
        """An object by its kind alone."""
        return self.world().lookup(kind, namespace, name)

    def settle(self, standin, *, pods=True, rounds=12):
        """Ask a stand-in until it changes nothing more; `pods` says whether what it makes comes to run."""
        for _ in range(rounds):
            before = copy.deepcopy(self.objects)
            for key, stands in standin.kinds.items():
                for place in list(self.objects.get(key, {})):
                    body = self.objects[key][place]
                    for act in stands(body, self.world()):
                        self._do(act)
            if pods:
                self._run()
            if before == self.objects:
                return self
        raise AssertionError("it never comes to rest")

    def _do(self, act):
        known = self.objects.get(key_of(act.body), {}).get(place_of(act.body))
        if isinstance(act, Make | Keep):
            if known is None or isinstance(act, Keep):
                made = merged(known or {}, act.body)
                made["metadata"].setdefault("uid", f"uid-{next(COUNT)}")
                self.put(made)
        elif isinstance(act, Say):
            self.put({**known, "status": merged(known.get("status") or {}, act.status)})
        elif isinstance(act, Change):
            self.put(merged(known, act.patch))
        elif isinstance(act, Remove):
            del self.objects[key_of(act.body)][place_of(act.body)]
            self.removed.append(act.body["metadata"]["name"])

    def _run(self):
        """What the controllers of workloads and the kubelets do: pods of StatefulSets, counts, readiness."""
        for kind in ("Deployment", "StatefulSet"):
            for body in self.world().of("apps", kind):
                count = body["spec"].get("replicas", 1)
                body["status"] = {"replicas": count, "readyReplicas": count}
        for body in self.world().of("apps", "DaemonSet"):
            body["status"] = {"desiredNumberScheduled": 2, "numberReady": 2}
        for body in self.world().of("apps", "StatefulSet"):
            for number in range(body["spec"]["replicas"]):
                self._pod(body, number)
        for pod in self.world().of("", "Pod"):
            pod.setdefault("status", ready_status())

    def _pod(self, owner, number):
        name, space = f"{owner['metadata']['name']}-{number}", owner["metadata"]["namespace"]
        if self.get("Pod", name, space) is None:
            template = copy.deepcopy(owner["spec"]["template"])
            labels = template["metadata"]["labels"]
            self.put(thing("Pod", name, space, metadata={"labels": labels}, spec=template["spec"]))
