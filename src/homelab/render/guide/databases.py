"""Databases on docs/restore.md: as they were at a moment, beside the original, and the rows back into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.catalog.offers.postgres import API_VERSION, BEFORE, CLUSTER, PLUGIN
from homelab.catalog.plan import Plan, parts_of
from homelab.documents.emit import emit_documents
from homelab.kube.resource import dig
from homelab.kube.tree import File
from homelab.render.guide import markdown as md
from homelab.render.guide.storage import bodies
from homelab.render.guide.talk import POLICIES
from homelab.render.projects import NAMESPACE

SUFFIX = "-restored"
SKIP = "argocd.argoproj.io/skip-reconcile"
"""An Application with it is left as it is; the one that made it does not take it off, because Git does not speak of it.

Source: https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/
"""
MOMENT = "2026-01-31 11:59:00+00"


def restored(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    """The way back for the first database that is archived, and the names of all of them."""
    found = [body for _, body in bodies(made, "Cluster") if _archiver(body)]
    if not found:
        yield "No database of this lab is archived."
        return
    rows = [
        (
            f"`{b['metadata']['namespace']}`",
            f"`{b['metadata']['name']}`",
            f"`{_archiver(b)['barmanObjectName']}`",
            f"`{_server(b)}`",
        )
        for b in found
    ]
    yield md.table(("Namespace", "Cluster", "ObjectStore", "Server"), rows)
    body = next((b for b in found if b["metadata"]["namespace"].endswith("-prod")), found[0])
    policies = any(path.startswith(f"{POLICIES}/") for path in made)
    yield (
        "A second Cluster is made from the archive as it was at a moment, put in for the one that stands here. It archives "
        "nothing, so it writes into nobody's folder. The moment is in UTC, later than the end of a base backup and earlier than "
        "the last write that was archived; for a later one PostgreSQL stops at the end of its log, and without `recoveryTarget` "
        "everything up to there comes back:"
    )
    yield md.code(f"kubectl apply -f - <<'END'\n{emit_documents(list(_beside(body, policies=policies)))}END")
    yield from _rows(plan, body)


def _archiver(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters of the plugin that archives a Cluster; empty where none does."""
    for plugin in dig(body, ["spec", "plugins"], []):
        if plugin.get("name") == PLUGIN and plugin.get("isWALArchiver"):
            return plugin.get("parameters") or {}
    return {}


def _server(body: Mapping[str, Any]) -> str:
    return str(_archiver(body).get("serverName") or body["metadata"]["name"])


def _names(body: Mapping[str, Any]) -> dict[str, str]:
    start: Mapping[str, Any] = next(iter(body["spec"]["bootstrap"].values()))
    return {"database": start["database"], "owner": start["owner"]}


def _beside(body: Mapping[str, Any], *, policies: bool) -> Iterator[dict[str, Any]]:
    """A Cluster beside the original, and a policy that lets it out, where namespaces start from deny."""
    name, space = f"{body['metadata']['name']}{SUFFIX}", body["metadata"]["namespace"]
    metadata = {"name": name, "namespace": space}
    if policies:
        chosen = {"endpointSelector": {"matchLabels": {CLUSTER: name}}}
        ways = {"ingress": [{"fromEntities": ["cluster"]}], "egress": [{"toEntities": ["all"]}]}
        yield {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": metadata,
            "spec": {**chosen, **ways},
        }
    source = {"barmanObjectName": _archiver(body)["barmanObjectName"], "serverName": _server(body)}
    recovery = {"source": BEFORE, **_names(body), "recoveryTarget": {"targetTime": MOMENT}}
    kept = {key: body["spec"][key] for key in ("imageName", "storage", "resources") if key in body["spec"]}
    yield {
        "apiVersion": API_VERSION,
        "kind": "Cluster",
        "metadata": metadata,
        "spec": {
            "instances": 1,
            "enablePDB": False,
            **kept,
            "bootstrap": {"recovery": recovery},
            "externalClusters": [{"name": BEFORE, "plugin": {"name": PLUGIN, "parameters": source}}],
        },
    }


def _rows(plan: Plan, body: Mapping[str, Any]) -> Iterator[str]:
    """The rows into the original, which its application and its other instances then have as they always had."""
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    other, database = f"{name}{SUFFIX}", _names(body)["database"]
    inside = f"kubectl --namespace {space} exec"
    yield md.code(
        f"kubectl --namespace {space} wait cluster.postgresql.cnpg.io/{other} --for=condition=Ready --timeout=60m\n"
        f"{inside} {other}-1 --container postgres -- psql --dbname {database} --command '\\dt+'"
    )
    yield (
        "When it holds what was missed, its rows go into the original while nobody writes there. Argo CD looks away meanwhile, "
        "or it would start the application again:"
    )
    apps = [part for part, where in _applications(plan) if where == space]
    away = "".join(f"kubectl --namespace {NAMESPACE} annotate application {app} {{}}\n" for app in apps)
    yield md.code(
        f"{away.format(*[f'{SKIP}=true'] * len(apps))}"
        f"kubectl --namespace {space} scale deployment --all --replicas=0\n"
        f"{inside} {other}-1 --container postgres -- pg_dump --format=custom {database} > {database}.dump\n"
        f'primary="$(kubectl --namespace {space} get pods --output name \\\n'
        f'  --selector {CLUSTER}={name},cnpg.io/instanceRole=primary)"\n'
        f'{inside} --stdin "$primary" --container postgres -- \\\n'
        f"  pg_restore --clean --if-exists --exit-on-error --dbname {database} < {database}.dump"
    )
    yield (
        "The Deployments are at zero replicas until Argo CD looks again and Git says another number; those of which Git says "
        "none have to be scaled back by hand. The second Cluster then goes, its volume stays where its class keeps volumes:"
    )
    yield md.code(
        f"{away.format(*[f'{SKIP}-'] * len(apps))}"
        f"kubectl --namespace {space} get deployments\n"
        f"kubectl --namespace {space} delete cluster.postgresql.cnpg.io {other}\n"
        f"kubectl --namespace {space} delete ciliumnetworkpolicy {other} --ignore-not-found\n"
        f"rm {database}.dump"
    )


def _applications(plan: Plan) -> Iterator[tuple[str, str]]:
    for choice in plan.choices:
        for part in parts_of(plan, choice):
            yield part.name, part.namespace
