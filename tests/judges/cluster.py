"""A real API server with its etcd on the loopback, for one test: keys, ports and data of its own, no nodes and no controllers."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import ssl
import subprocess
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from judges.processes import free_port

LOOPBACK = "127.0.0.1"


def _name(common, organization):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


class Keys:
    """An authority of one day in a folder, and what it signs."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.signer = self._key("authority")
        self.issuer = _name("authority", "judges")
        self._certificate("authority", self.signer, self.issuer, x509.BasicConstraints(ca=True, path_length=None))
        self._key("accounts")

    def _key(self, name):
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        file = self.folder / f"{name}.key"
        file.touch(mode=0o600)
        file.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def _certificate(self, name, key, subject, *extensions):
        begin = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + dt.timedelta(days=1))
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=True)
        pem = made.sign(self.signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        (self.folder / f"{name}.crt").write_bytes(pem)

    def sign(self, name, organization="judges"):
        """A key and a certificate for the loopback, as `name` of `organization`."""
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
        self._certificate(name, self._key(name), _name(name, organization), here)

    def file(self, name):
        """Where a key (`x.key`) or a certificate (`x.crt`) lies."""
        return self.folder / name

    def text(self, name):
        """A file as a kubeconfig holds it."""
        return base64.b64encode(self.file(name).read_bytes()).decode()


class Cluster:
    """What a Kubernetes takes and remembers; nothing of it runs."""

    def __init__(self, processes, oracle, twin_program):
        self.processes, self.oracle, self.twin_program = processes, oracle, twin_program
        self.keys = Keys(processes.folder / "keys")
        self.keys.sign("server")
        self.keys.sign("admin", "system:masters")
        self.port = free_port()
        self._start_etcd()
        self._start_server()
        admin = {"client-certificate-data": self.keys.text("admin.crt"), "client-key-data": self.keys.text("admin.key")}
        self.admin = self.kubeconfig("admin", admin)

    def _start_etcd(self):
        self.etcd = f"http://{LOOPBACK}:{free_port()}"
        peers = f"http://{LOOPBACK}:{free_port()}"
        flags = [
            f"--data-dir={self.processes.folder / 'etcd'}",
            f"--listen-client-urls={self.etcd}",
            f"--advertise-client-urls={self.etcd}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        ]
        self.processes.start("etcd", self.twin_program("etcd"), *flags)
        self.processes.ready("etcd", lambda: answers(f"{self.etcd}/health"))

    def _start_server(self):
        file = self.keys.file
        flags = [
            f"--etcd-servers={self.etcd}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={self.port}",
            f"--client-ca-file={file('authority.crt')}",
            f"--tls-cert-file={file('server.crt')}",
            f"--tls-private-key-file={file('server.key')}",
            f"--cert-dir={self.keys.folder}",
            f"--service-account-key-file={file('accounts.key')}",
            f"--service-account-signing-key-file={file('accounts.key')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--authorization-mode=RBAC",
            "--endpoint-reconciler-type=none",
        ]
        self.processes.start("kube-apiserver", self.twin_program("kube-apiserver"), *flags)
        trusted = ssl.create_default_context(cafile=file("authority.crt"))
        address = f"https://{LOOPBACK}:{self.port}/readyz"
        self.processes.ready("kube-apiserver", lambda: answers(address, trusted))

    def kubeconfig(self, name, user):
        """A file with which `name`, who shows what `user` says, reaches this API server."""
        server = {
            "server": f"https://{LOOPBACK}:{self.port}",
            "certificate-authority-data": self.keys.text("authority.crt"),
        }
        made = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": "judges", "cluster": server}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": "judges", "user": name}}],
        }
        file = self.processes.folder / f"{name}.kubeconfig"
        file.touch(mode=0o600)
        file.write_text(json.dumps(made), encoding="utf-8")
        return file

    def account(self, namespace, name):
        """A kubeconfig of a ServiceAccount, with what its roles allow and no more."""
        return self.kubeconfig(name, {"token": self.kubectl("create", "token", name, "-n", namespace).strip()})

    def kubectl(self, *argv, given=None):
        """What kubectl says as the cluster's owner; what it complains about fails the test."""
        command = [str(self.oracle("kubectl")), "--kubeconfig", str(self.admin), *argv]
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, env=self.processes.environment()
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def apply(self, *objects):
        """Take objects as Argo CD does: on the server's side, and no unknown field."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "--server-side", "--validate=strict", "-f", "-", given=json.dumps(listed))

    def get(self, *argv):
        """An object, or the items of a list of them."""
        found = json.loads(self.kubectl("get", *argv, "-o", "json"))
        return found["items"] if found["kind"] == "List" else found

    def status(self, kind, namespace, name, status):
        """Say of an object what its controller or its node would say."""
        patch = json.dumps({"status": status})
        self.kubectl("patch", kind, name, "-n", namespace, "--subresource=status", "--type=merge", f"--patch={patch}")


def answers(url, trusted=None):
    """Whether a server answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5, context=trusted) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False
