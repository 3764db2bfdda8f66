"""Velero's real server over what a lab has for it: its objects on a real API server, its locations led to real buckets."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import urllib.request

from catalog.plans import own, releases
from homelab.catalog.infrastructure.storage.velero.targets import CLAIM, NAMESPACE, REPOSITORIES, credentials_secret
from judges.bucket import Store
from judges.cluster import LOOPBACK
from judges.processes import free_port, until
from software.compare import real

GROUPS = {"", "apps", "rbac.authorization.k8s.io", "velero.io"}
"""Whose objects this API server takes; monitors and the claim of a bucket need the definitions of others."""
STRANGERS = ("postgres/n8n-prod/n8n-postgres/wals/1", "loki/index/1")
"""Keys that others have written into each bucket."""
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


class Velero:
    """The server of one lab. `stores` are its places by the name of their location."""

    def __init__(self, made, cluster, oracle, test_data):
        self.cluster, self.processes, self.oracle = cluster, cluster.processes, oracle
        release = releases(made, "velero")["velero"]
        self.objects = [*real(oracle("helm"), test_data / "charts" / "velero", release), *own(made, "velero")]
        self.stores = {body["metadata"]["name"]: self._store(body) for body in self.of("BackupStorageLocation")}
        self._apply()
        self._start()

    def of(self, kind):
        """What is rendered of a kind."""
        return [body for body in self.objects if body["kind"] == kind]

    def named(self, kind, name):
        """One rendered object."""
        (found,) = [body for body in self.of(kind) if body["metadata"]["name"] == name]
        return found

    def _store(self, location):
        """A store in place of the one that a location names: the same region, bucket and neighbours, another address."""
        spec = location["spec"]
        store = Store(self.processes, self.oracle, location["metadata"]["name"], spec["config"]["region"])
        for key in STRANGERS:
            store.put(spec["objectStorage"]["bucket"], key)
        spec["config"]["s3Url"] = store.endpoint
        return store

    def _secrets(self):
        """What the lab's owner seals, and what comes with a bucket of the lab's own."""
        yield secret(REPOSITORIES, {"repository-password": secrets.token_hex(20)})
        for location in self.of("BackupStorageLocation"):
            store = self.stores[location["metadata"]["name"]]
            if "credential" in location["spec"]:
                yield secret(credentials_secret(location["metadata"]["name"]), {"cloud": store.credentials})
            else:
                yield secret(CLAIM, store.keys)

    def _apply(self):
        definitions = self.of("CustomResourceDefinition")
        self.cluster.apply(*definitions, namespace(NAMESPACE))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        taken = [body for body in self.objects if body["apiVersion"].rpartition("/")[0] in GROUPS]
        self.cluster.apply(*self._secrets(), *taken)

    def environment(self, container):
        """What a rendered container sees, with our folder in place of its own; the kubelet reads Secrets, and here we do."""
        given = {each["name"]: each["value"] for each in container["env"] if "value" in each}
        here = {name: str(self.processes.folder) for name, value in given.items() if value.startswith("/")}
        for each in container.get("envFrom", []):
            found = each["secretRef"]["name"]
            assert found == CLAIM
            here |= next(store.keys for name, store in self.stores.items() if self._owned(name))
        return {**given, **here, "VELERO_NAMESPACE": NAMESPACE}

    def _owned(self, name):
        return "credential" not in self.named("BackupStorageLocation", name)["spec"]

    def _start(self):
        """Start what the Deployment starts, as its ServiceAccount, with the plugin where its init container puts it."""
        plugins = self.processes.folder / "plugins"
        plugins.mkdir()
        (plugins / "velero-plugin-for-aws").symlink_to(self.oracle("velero-plugin-for-aws"))
        pod = self.named("Deployment", "velero")["spec"]["template"]["spec"]
        self.container = pod["containers"][0]
        self.account = self.cluster.account(NAMESPACE, pod["serviceAccountName"])
        self.address = f"{LOOPBACK}:{free_port()}"
        here = [f"--kubeconfig={self.account}", f"--plugin-dir={plugins}", f"--metrics-address={self.address}"]
        argv = [self.oracle("velero"), *self.container["args"], *here, "--profiler-address="]
        self.processes.start("velero", *argv, **self.environment(self.container))
        self.processes.ready("velero", self.metrics)

    def metrics(self):
        """Each series as it is scraped: its name, its labels as they are written, its value."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=5) as answer:
                return SERIES.findall(answer.read().decode())
        except OSError:
            return []

    def command(self, *argv):
        """What Velero's own command says to the lab's owner."""
        command = [str(self.oracle("velero")), *argv, "--kubeconfig", str(self.cluster.admin), "-n", NAMESPACE]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.processes.environment(), timeout=180
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def get(self, kind, name):
        """An object of Velero's as it is now."""
        return self.cluster.get(f"{kind}.velero.io", name, "-n", NAMESPACE)

    def phase(self, kind, name, *wanted):
        """The object once its phase is one of those wanted."""

        def there():
            found = self.get(kind, name)
            return found if found.get("status", {}).get("phase") in wanted else None

        return until(there, lambda: f"{' or '.join(wanted)} {kind}: {json.dumps(self.get(kind, name)['status'])}", 90)

    def copy(self, schedule, name):
        """A backup made as a schedule makes it, once it has ended."""
        self.command("backup", "create", name, "--from-schedule", schedule, "--wait")
        return self.get("backup", name)

    def run(self, job):
        """Run the one container of a Job as its pod would, and tell the API server what became of it."""
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert container["command"] == ["/velero"]
        argv = [str(self.oracle("velero")), *container["args"], f"--kubeconfig={self.account}"]
        seen = self.processes.environment(**self.environment(container))
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=seen, timeout=180)
        self.ended(job, succeeded=done.returncode == 0)
        return done

    def ended(self, job, *, succeeded):
        """Say of a Job what its controller says once its pod has ended."""
        name, began = job["metadata"]["name"], job["metadata"]["creationTimestamp"]
        before, last = ("SuccessCriteriaMet", "Complete") if succeeded else ("FailureTarget", "Failed")
        conditions = [
            {"type": kind, "status": "True", "lastProbeTime": began, "lastTransitionTime": began, "reason": "Judged"}
            for kind in (before, last)
        ]
        status = {"startTime": began, "conditions": conditions, "succeeded" if succeeded else "failed": 1}
        status |= {"completionTime": began} if succeeded else {}
        self.cluster.status("job", NAMESPACE, name, status)


def namespace(name):
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def secret(name, values):
    """A Secret of Velero's."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "stringData": values,
    }
