"""A ServiceAccount that nobody makes: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.existence.ask import Answer
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload


@check(severity=Severity.HIGH)
def service_account_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods run as a ServiceAccount that does not exist: admission refuses them, and none is ever made."""
    for workload in inventory.workloads:
        field, name = _named(workload)
        if workload.resource.origin.maker != "file" or name in {"", "default"} or "{" in name or "$" in name:
            continue
        answer = _there(inventory, workload, name)
        if answer.why:
            place = inventory.place(workload.resource, f"{workload.pod_path}.{field}")
            yield Unjudged(f"{workload.subject} → ServiceAccount {name}", answer.why, place)
        if not answer.missing:
            continue
        yield Accusation(
            workload.resource,
            f"pods of {workload.name} run as ServiceAccount {name}, which nothing in"
            f" {workload.namespace or 'its namespace'} declares: none is made",
            field=f"{workload.pod_path}.{field}",
            hint="declare it, or correct the name",
            absent=(workload.namespace,),
        )


def _named(workload: Workload) -> tuple[str, str]:
    """The field that names the account, and the name; `serviceAccount` is the older spelling of the same."""
    for field in ("serviceAccountName", "serviceAccount"):
        if name := workload.pod.get(field):
            return field, str(name)
    return "serviceAccountName", ""


def _there(inventory: Inventory, workload: Workload, name: str) -> Answer:
    answer = ask.thing(inventory, "ServiceAccount", workload.namespace, name, asker=workload.resource)
    if answer.missing and workload.namespace == "kube-system":
        return Answer(why="distributions make ServiceAccounts of their own in kube-system")
    return answer
