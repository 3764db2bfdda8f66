"""Where Velero's copies go: a location for each backup target of the lab, with its bucket or its credentials.

The lab's own Ceph gives Velero a bucket and its keys by an ObjectBucketClaim, so nobody types them: they reach the pods
as environment variables. Every other target brings a credentials file, and names its profile, which makes it win.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.catalog.component import Values, because
from homelab.catalog.offers.storage import AMAZON, bucket_claim, object_store
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import SecretRequest
from homelab.kube.resource import Manifest
from homelab.spec.backup import Target

NAMESPACE = "velero"
CLAIM = "velero"
"""The claim of a bucket, and so the Secret with its keys."""
REPOSITORIES = "velero-repo-credentials"
"""The Secret with the password of the backups, by the name under which Velero looks for it."""


def ceph_targets(plan: Plan) -> dict[str, Target]:
    """The targets on the lab's own object store; they share one bucket, each below a prefix of its own."""
    return {name: target for name, target in plan.homelab.backup.targets.items() if target.kind == "ceph"}


def credentials_secret(name: str) -> str:
    """The Secret with the credentials file of a target."""
    return f"velero-{name}"


def locations(plan: Plan) -> list[Values]:
    """`backupStorageLocation` of the chart: one entry for each target, the first is the default."""
    return [
        _location(plan, name, target, default=index == 0)
        for index, (name, target) in enumerate(plan.homelab.backup.targets.items())
    ]


def _location(plan: Plan, name: str, target: Target, *, default: bool) -> Values:
    own = target.kind == "ceph"
    endpoint = object_store(plan) if own else target.endpoint
    config: Values = {"region": "us-east-1" if own else target.region}
    if endpoint:
        config |= {"s3Url": endpoint, "s3ForcePathStyle": "true"}
        config["checksumAlgorithm"] = because("", "services other than Amazon's reject its newer checksums")
    made: Values = {"name": name, "provider": "aws"}
    made |= {"default": True} if default else {}
    if own:
        bucket = next(iter(ceph_targets(plan).values())).bucket
        return {**made, "bucket": bucket, "prefix": f"velero/{name}", "config": config}
    config["profile"] = because("default", "named, so that its file wins over keys in the environment")
    return {
        **made,
        "bucket": target.bucket,
        "prefix": because(
            f"velero/{name}", "databases archive into the same bucket, and Velero wants its place for itself"
        ),
        "credential": {"name": credentials_secret(name), "key": "cloud"},
        "config": config,
    }


def claims(plan: Plan) -> Iterator[Manifest]:
    """The bucket on the lab's own object store, where a target is there."""
    targets = ceph_targets(plan)
    if targets:
        yield bucket_claim(CLAIM, NAMESPACE, next(iter(targets.values())).bucket)


def requests(plan: Plan) -> tuple[SecretRequest, ...]:
    """What must be supplied: the password of the backups, and a credentials file for each target elsewhere."""
    password = SecretRequest(
        REPOSITORIES,
        NAMESPACE,
        "Encrypts the contents of volumes in every backup; without it no volume can be restored, so keep it elsewhere too.",
        {"repository-password": "generate:40"},
    )
    files = tuple(
        SecretRequest(
            credentials_secret(name),
            NAMESPACE,
            f"Access to bucket {target.bucket} of backup target {name}",
            {
                "cloud": "ask-credentials:access key and secret key, which become a credentials file as Amazon's tools "
                f"read it; issued by {target.endpoint or 'Amazon S3'}"
            },
        )
        for name, target in plan.homelab.backup.targets.items()
        if target.kind != "ceph"
    )
    return (password, *files)


def outside(plan: Plan) -> tuple[str, ...]:
    """The addresses of the targets outside of the lab's own object store."""
    return tuple(target.endpoint or AMAZON for target in plan.homelab.backup.targets.values() if target.kind != "ceph")
