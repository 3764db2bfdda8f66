"""The lab's own authority, handed to whoever shall trust it."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.catalog.infrastructure.controllers import cert_manager
from homelab.catalog.plan import Plan
from homelab.render.guide import markdown as md
from homelab.render.guide.network import serves

FILE = f"{cert_manager.CA}.crt"
EXPORT = f"""\
kubectl --namespace {cert_manager.NAMESPACE} get secret {cert_manager.CA} --output jsonpath='{{.data.tls\\.crt}}' \\
  | openssl base64 -d -A > {FILE}
openssl x509 -in {FILE} -noout -subject -enddate -fingerprint -sha256"""
SYSTEMS = (
    ("Debian, Ubuntu", f"`sudo cp {FILE} /usr/local/share/ca-certificates/ && sudo update-ca-certificates`"),
    ("Fedora, Arch", f"`sudo trust anchor {FILE}`"),
    (
        "macOS",
        f"`sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {FILE}`",
    ),
    ("Windows", f"`certutil -addstore -f Root {FILE}`, as administrator"),
    ("Firefox", "Settings, Privacy & Security, View Certificates, Authorities, Import"),
    ("Android", "Settings, Security, Encryption & credentials, Install a certificate, CA certificate"),
    ("iOS", "open the file, install the profile, then Settings, General, About, Certificate Trust Settings"),
)


def authority(plan: Plan) -> Iterator[str]:
    """How the authority gets out of the cluster and into what people use; nothing where a known one signs."""
    if not (cert_manager.own_authority(plan) and serves(plan)):
        return
    yield (
        "Certificates come from the lab's own authority, which no browser knows until it is told. Take its certificate out of "
        "the cluster; it is no secret:"
    )
    yield md.recipe("authority", EXPORT)
    yield "Everybody who shall use the lab is given that file, compares the fingerprint, and trusts it once:"
    yield md.table(("System", "How"), SYSTEMS)


def trusted(plan: Plan) -> str:
    """What tells curl whom to trust."""
    return f" --cacert {FILE}" if cert_manager.own_authority(plan) else ""
