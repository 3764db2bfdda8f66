"""Argo CD's repo-server as an oracle: what it makes of an Application, and who serves it repositories on this machine.

Its network side is left out (scripts/repo_server.go). Git repositories are folders here, chart repositories are served on
loopback, and a registry of OCI artefacts as well, over TLS, because Argo CD asks no other.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from homelab.kube.inventory import Inventory
from homelab.tools.charts.content import RELEASED
from homelab.tools.crds import cut_all, head

Manifest = dict[str, Any]
Identity = tuple[str, str, str, str]
"""Group, kind, namespace, name."""
Objects = dict[Identity, Manifest]


SHIM = """#!/bin/sh
if [ "$*" = "version -c --short" ]; then echo v3.18.0; else exec "{helm}" "$@"; fi
"""
"""Helm 4 does not know the words in which kustomize 5.7 asks for its version, and kustomize wants a 3; all else is alike."""


@dataclass
class World:
    """What Argo CD would know beside an Application: the cluster, and where each repository is served in its place."""

    served: dict[str, str]
    kubernetes: str
    apis: list[str] = field(default_factory=list)
    cluster: set[tuple[str, str]] = field(default_factory=set)
    """Group and kind of everything that lives outside of namespaces."""


class RepoServer:
    """The running program; requests are answered in their order."""

    def __init__(self, program: Path, kustomize: Path, folder: Path, trusted: Path | None = None) -> None:
        home = folder / "home"
        for name in ("home", "tmp", "checkouts"):
            (folder / name).mkdir(parents=True)
        shim = folder / "bin" / "helm"
        shim.parent.mkdir()
        shim.write_text(SHIM.format(helm=program.with_name("helm")), encoding="utf-8")
        shim.chmod(0o755)
        paths = os.pathsep.join((str(shim.parent), str(kustomize.parent), os.environ.get("PATH", os.defpath)))
        environ = {"PATH": paths, "HOME": str(home), "TMPDIR": str(folder / "tmp"), "GIT_CONFIG_NOSYSTEM": "1"}
        environ |= {"SSL_CERT_FILE": str(trusted)} if trusted else {}
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, folder / "checkouts"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environ
            )

    def ask(self, app: Mapping[str, Any], world: World) -> tuple[Objects, str]:
        """What a sync of an Application deploys; or nothing, and why."""
        assert self._process.stdin
        assert self._process.stdout
        request = {
            "app": app,
            "served": world.served,
            "kubeVersion": world.kubernetes,
            "apiVersions": world.apis,
            "cluster": {"/".join(kind): True for kind in world.cluster},
            "kustomize": "--enable-helm",
        }
        self._process.stdin.write(json.dumps(request, default=dict).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return compared(answer["objects"] or ()), answer.get("error", "")

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=60)


def compared(bodies: Iterable[Mapping[str, Any]]) -> Objects:
    """Objects by identity, as JSON has them; of CRDs what we read of them."""
    found: Objects = {}
    for each in bodies:
        body = head(json.loads(json.dumps(each, default=dict)))
        found[identity(body)] = body
    return found


def identity(body: Mapping[str, Any]) -> Identity:
    """Group, kind, namespace and name of an object."""
    group, slash, _ = str(body.get("apiVersion", "")).rpartition("/")
    meta = body.get("metadata") or {}
    name = meta.get("name") or meta.get("generateName")
    return group if slash else "", str(body.get("kind")), str(meta.get("namespace") or ""), str(name)


def ours(inventory: Inventory, application: str) -> Objects:
    """What we say that an Application deploys, without what operators make of it."""
    mine = (r for r in inventory.resources if r.origin.application == application and r.origin.maker != "operator")
    return compared(r.body for r in mine)


BUILT_IN = {
    "": ("ComponentStatus", "Namespace", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "DeviceTaintRule", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
}  # fmt: skip
"""What `kubectl api-resources --namespaced=false` says of a cluster without CRDs."""


def scoped(crds: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Group and kind of what lives outside of namespaces: built in, or declared by these CRDs."""
    specs = [crd["spec"] for crd in crds]
    declared = {(spec["group"], spec["names"]["kind"]) for spec in specs if spec["scope"] == "Cluster"}
    return declared | {(group, kind) for group, kinds in BUILT_IN.items() for kind in kinds}


def known(data: Path) -> list[Manifest]:
    """The CRDs of the test data, those among them that an operator installs when it runs."""
    texts = [cut_all(file.read_text(encoding="utf-8")) for file in sorted((data / "crds").glob("*.yaml"))]
    bodies = [body for text in texts for body in yaml.load_all(text, yaml.CSafeLoader)]
    return [body for body in bodies if body and body.get("kind") == "CustomResourceDefinition"]


def written(folder: Path, texts: Mapping[str, str]) -> str:
    """Write files and commit them; the address of the repository."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return committed(folder)


def committed(folder: Path) -> str:
    """Make a folder a git repository with one commit on main; its address."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q", "-b", "main"), ("add", "-A", "-f"), (*identity, "commit", "-q", "-m", "all")):
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)
    return folder.as_uri()


def pack(chart: Path, into: Path) -> Mapping[str, Any]:
    """The archive of a chart as its publisher would have released it; its entry in an index."""
    facts = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    path = into / f"{facts['name']}-{facts['version']}.tgz"
    with tarfile.open(path, "w:gz", compresslevel=1) as packed:
        packed.add(chart, facts["name"])
    return {"name": facts["name"], "version": str(facts["version"]), "apiVersion": "v2", "urls": [path.name]}


def publish(charts: Iterable[Path], into: Path) -> None:
    """A chart repository of static files: archives and an index."""
    into.mkdir(parents=True)
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for chart in charts:
        entry = pack(_released(chart, into.parent / "released"), into)
        entries.setdefault(str(entry["name"]), []).append(entry)
    (into / "index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": entries}), encoding="utf-8")


def _released(chart: Path, scratch: Path) -> Path:
    """A chart with the values that its publisher's release puts in place of the placeholders of the source tree."""
    if not (chart / RELEASED).is_file():
        return chart
    copy = scratch / chart.name
    shutil.copytree(chart, copy)
    over = yaml.safe_load((copy / RELEASED).read_text(encoding="utf-8"))
    below = yaml.safe_load((copy / "values.yaml").read_text(encoding="utf-8"))
    (copy / "values.yaml").write_text(json.dumps(_over(below, over)), encoding="utf-8")
    return copy


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _over(below.get(key), value) for key, value in above.items()}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Registry(_Quiet):
    """Manifests by tag or digest, and blobs, as the distribution API of OCI asks for them."""

    def __init__(self, held: Mapping[str, tuple[str, bytes]], *args: Any) -> None:
        self._held = held
        super().__init__(*args)

    def do_HEAD(self) -> None:
        """Say what there is of a name."""
        self._say(self._held.get(self.path))

    def do_GET(self) -> None:
        """Give what there is of a name."""
        found = self._held.get(self.path)
        self._say(found)
        self.wfile.write(found[1] if found else b"{}")

    def _say(self, found: tuple[str, bytes] | None) -> None:
        kind, raw = found or ("application/json", b"{}")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Docker-Content-Digest", _digest(raw))
        self.end_headers()


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def registered(name: str, charts: Mapping[str, Path]) -> dict[str, tuple[str, bytes]]:
    """What a registry holds of a chart whose versions are these archives: content type and bytes, by path."""
    held = {f"/v2/{name}/tags/list": ("application/json", json.dumps({"name": name, "tags": [*charts]}).encode())}
    for version, path in charts.items():
        layers = []
        for kind, raw in ((f"{HELM}.config.v1+json", b"{}"), (f"{HELM}.chart.content.v1.tar+gzip", path.read_bytes())):
            held[f"/v2/{name}/blobs/{_digest(raw)}"] = kind, raw
            layers.append({"mediaType": kind, "digest": _digest(raw), "size": len(raw)})
        kind = "application/vnd.oci.image.manifest.v1+json"
        body = {"schemaVersion": 2, "mediaType": kind, "config": layers[0], "layers": layers[1:]}
        manifest = kind, json.dumps(body).encode()
        held |= {f"/v2/{name}/manifests/{each}": manifest for each in (version, _digest(manifest[1]))}
    return held


HELM = "application/vnd.cncf.helm"


@contextmanager
def serving(
    what: Path | Mapping[str, tuple[str, bytes]], certificate: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """A folder, or what a registry holds, on loopback while somebody needs it; its address."""
    handler = (
        functools.partial(_Quiet, directory=str(what)) if isinstance(what, Path) else functools.partial(_Registry, what)
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}" if certificate else f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def differences(mine: Objects, theirs: Objects) -> list[str]:
    """What is deployed by one side only, and where equal identities have different bodies; one sentence each."""
    lines = [f"only we deploy {_shown(each)}" for each in sorted(mine.keys() - theirs.keys())]
    lines += [f"only Argo CD deploys {_shown(each)}" for each in sorted(theirs.keys() - mine.keys())]
    for each in sorted(mine.keys() & theirs.keys()):
        lines += [f"{_shown(each)} {line}" for line in _fields(mine[each], theirs[each])]
    return lines


def _shown(identity: Identity) -> str:
    group, kind, namespace, name = identity
    return f"{kind}{'.' if group else ''}{group} {namespace}/{name}"


def _fields(mine: Any, theirs: Any, path: str = "") -> Iterator[str]:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in sorted({*mine, *theirs}):
            yield from _fields(mine.get(key, ...), theirs.get(key, ...), f"{path}/{key}")
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (ours, other) in enumerate(zip(mine, theirs, strict=True)):
            yield from _fields(ours, other, f"{path}/{number}")
    elif (type(mine), mine) != (type(theirs), theirs):
        shown = ["nothing" if side is ... else repr(side) for side in (mine, theirs)]
        yield f"{path}: ours {shown[0]}, Argo CD's {shown[1]}"
