"""An API server in memory, as far as stand-ins speak with one: lists, watches, versions that are forgotten, and refusals."""

from __future__ import annotations

import copy
import itertools
import queue

from homelab.cluster.api import ApiRefused, Event, Kind
from homelab.twin.standins.acts import merged
from homelab.twin.standins.world import group_of


class Server:
    """Objects with resource versions; `refuse` maps a kind to the words with which its objects are refused."""

    def __init__(self, *bodies):
        self.versions, self.uids = itertools.count(1), itertools.count(1)
        self.objects, self.watches, self.refuse, self.calls = {}, [], {}, []
        self.forgetful = set()
        for body in bodies:
            self.put(body)

    def key(self, body):
        """Where an object lies."""
        meta = body["metadata"]
        return group_of(body["apiVersion"]), body["kind"], meta.get("namespace", ""), meta["name"]

    def put(self, body, event=""):
        """Take an object in, and tell it to who watches."""
        if body["kind"] in self.refuse:
            raise ApiRefused(self.refuse[body["kind"]], 403, "Forbidden")
        known, made = self.objects.get(self.key(body)), copy.deepcopy(body)
        made["metadata"]["resourceVersion"] = str(next(self.versions))
        made["metadata"].setdefault("uid", known["metadata"]["uid"] if known else f"uid-{next(self.uids)}")
        self.objects[self.key(body)] = made
        self._tell(event or ("MODIFIED" if known else "ADDED"), made)
        return copy.deepcopy(made)

    def get(self, kind, name, namespace=""):
        """An object by kind and name."""
        found = (b for (_, k, s, n), b in self.objects.items() if (k, s, n) == (kind, namespace, name))
        return next(found, None)

    def drop(self, body):
        """Take an object out."""
        gone = self.objects.pop(self.key(body))
        self._tell("DELETED", {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(next(self.versions))}})

    def _tell(self, event, body):
        for (group, kind), heard in self.watches:
            if (group, kind) == self.key(body)[:2]:
                heard.put(Event(event, copy.deepcopy(body)))

    def kind(self, version, kind):
        """Any kind, under a path by which `call` knows it."""
        return Kind(version, kind, kind, namespaced=False)

    def call(self, method, path, *_):
        """A list."""
        self.calls.append(f"{method} {path}")
        kind = path.partition("?")[0].rpartition("/")[2]
        items = [copy.deepcopy(body) for (_, k, _, _), body in self.objects.items() if k == kind]
        return {"items": items, "metadata": {"resourceVersion": str(next(self.versions))}}

    def watch(self, version, kind, *_):
        """What happens from now on; of a kind that is `forgetful` it says once that the version is gone."""
        self.calls.append(f"WATCH {kind}")
        if kind in self.forgetful:
            self.forgetful.discard(kind)
            raise ApiRefused("too old resource version", 410, "Expired")
        heard = queue.Queue()
        self.watches.append(((group_of(version), kind), heard))
        while (event := heard.get()) is not None:
            yield event

    def end(self):
        """End all watches."""
        for _, heard in self.watches:
            heard.put(None)
        self.watches.clear()

    def create(self, body):
        """Make an object."""
        self.calls.append(f"CREATE {body['kind']}")
        if self.key(body) in self.objects:
            raise ApiRefused("exists", 409, "AlreadyExists")
        return self.put(body)

    def apply(self, body, _manager):
        """Apply an object."""
        self.calls.append(f"APPLY {body['kind']}")
        return self.put(merged(self.objects.get(self.key(body), {}), body))

    def status(self, body, status):
        """Say a status; fields that begin with `un` are those that the kind does not know."""
        self.calls.append(f"STATUS {body['kind']}")
        known = {key: value for key, value in status.items() if not key.startswith("un")}
        found = self.objects[self.key(body)]
        return self.put({**found, "status": merged(found.get("status") or {}, known)})

    def merge(self, body, patch):
        """Merge into an object."""
        self.calls.append(f"MERGE {body['kind']}")
        return self.put(merged(self.objects[self.key(body)], patch))

    def delete(self, body):
        """Delete an object."""
        self.calls.append(f"DELETE {body['kind']}")
        self.drop(body)
