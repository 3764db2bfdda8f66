"""Parts: the files of one Application: chart values as a person would write them, and resources of our own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homelab.catalog.component import Part, Values, because
from homelab.catalog.offers.monitoring import alerted, prometheus_rule
from homelab.catalog.plan import Choice, Plan, parts_of
from homelab.kube.durable import KEEP, outlives
from homelab.kube.resource import Manifest
from homelab.kube.tree import File, YamlFile
from homelab.render import layout

RULES = "PrometheusRule"
BROWSED = {"github.com": "blob", "gitlab.com": "-/blob", "codeberg.org": "src/branch"}
"""Host to what stands between a repository and a branch where people read its files."""


def option_of(choice: Choice) -> str:
    """The path in homelab.yaml that made a component."""
    return f"{'apps' if choice.component.application else 'components'}.{choice.name}"


def part_files(plan: Plan, choice: Choice, part: Part) -> dict[str, File]:
    """Path to file: values.yaml, the resources by kind, and the kustomization that lists them.

    The first line of values.yaml, or of the kustomization where there are no values, says once for the folder which option
    made it.
    """
    folder = layout.part_folder(choice.component, part)
    option = option_of(choice)
    files: dict[str, File] = {}
    if part.values is not None:
        values, comments = commented(part.values(plan, choice.settings))
        what = f"values of the chart {part.chart.name}" if part.chart else "values"
        files[layout.values_file(choice.component, part)] = YamlFile((values,), f"{option}: {what}", comments)
    by_file: dict[str, list[Manifest]] = defaultdict(list)
    for body in manifests(plan, choice, part):
        by_file[layout.resource_file(choice.component, body)].append(body)
    if by_file or part.values is None:
        for name, bodies in by_file.items():
            files[f"{folder}/{name}"] = YamlFile(tuple(bodies))
        files[f"{folder}/kustomization.yaml"] = kustomization(sorted(by_file), "" if part.values else option)
    return files


def kustomization(names: Iterable[str], header: str = "") -> YamlFile:
    """The kustomization of a folder; an empty one is valid and deploys nothing."""
    body = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": list(names)}
    return YamlFile((body,), header)


def manifests(plan: Plan, choice: Choice, part: Part) -> Iterator[Manifest]:
    """Our own manifests of a part. Nothing in them speaks of homelab: the Application that deploys them names the option.

    The alert rules of a component go with its first part that runs something, unless the component makes rules itself, as one that has them
    for each environment does.
    """
    made = list(part.resources(plan, choice.settings)) if part.resources is not None else []
    first = next((own.name == part.name for own in parts_of(plan, choice) if not own.kinds), False) and not any(
        body["kind"] == RULES for body in made
    )
    if first and alerted(plan, choice.settings) and (alerts := choice.component.alerts(plan, choice.settings)):
        made.append(prometheus_rule(choice.name, part.namespace, alerts))
    page = runbooks(plan)
    for body in made:
        yield kept(explained(body, page) if page and body["kind"] == RULES else body)


def runbooks(plan: Plan) -> str:
    """Where people read the runbooks, by the address of the repository; empty where nobody can tell."""
    git = plan.homelab.git
    address = (git.repository or "").removesuffix(".git").rstrip("/")
    for host, way in BROWSED.items():
        if address.startswith(f"https://{host}/"):
            return f"{address}/{way}/{git.revision}/{layout.RUNBOOKS}"
    return ""


def explained(body: Manifest, page: str) -> Manifest:
    """The rules with the address of each alert's runbook."""

    def linked(rule: Mapping[str, Any]) -> dict[str, Any]:
        if "alert" not in rule:
            return dict(rule)
        link = {"runbook_url": f"{page}#{str(rule['alert']).lower()}"}
        return {**rule, "annotations": {**link, **(rule.get("annotations") or {})}}

    groups = [{**group, "rules": [linked(rule) for rule in group["rules"]]} for group in body["spec"]["groups"]]
    return {**body, "spec": {**body["spec"], "groups": groups}}


def kept(body: Manifest) -> Manifest:
    """The manifest in the order that people expect; what holds data, or leads to it, outlives it and is not pruned."""
    meta = body["metadata"]
    annotations = {**(KEEP if outlives(body) else {}), **(meta.get("annotations") or {})}
    head = {key: meta[key] for key in ("name", "namespace", "labels") if key in meta}
    rest = {key: value for key, value in meta.items() if key not in {*head, "annotations"}}
    new = {**head, **({"annotations": annotations} if annotations else {}), **rest}
    return {key: (new if key == "metadata" else value) for key, value in body.items()}


def commented(values: Values) -> tuple[dict[str, Any], dict[tuple[int | str, ...], str]]:
    """Values with their reasons taken out of them: plain data, and the comment above each key that has one."""
    comments: dict[tuple[int | str, ...], str] = {}

    def plain(value: Any, path: tuple[int | str, ...]) -> Any:
        if isinstance(value, because):
            comments[path] = value.reason
            return plain(value.value, path)
        if isinstance(value, Mapping):
            return {key: plain(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item, (*path, index)) for index, item in enumerate(value)]
        return value

    return plain(values, (0,)), comments
