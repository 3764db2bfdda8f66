"""An Application's own `kustomize` fields, written into the kustomization before it is built.

Argo CD does it by `kustomize edit` (util/kustomize), so that they replace or join what stands there already, or are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.gitops.environment import substituted

SET = ("namePrefix", "nameSuffix", "namespace")
READ = frozenset(
    {
        *SET, "images", "replicas", "patches", "components", "ignoreMissingComponents", "commonLabels", "commonAnnotations",
        "labelWithoutSelector", "labelIncludeTemplates", "commonAnnotationsEnvsubst", "forceCommonLabels",
        "forceCommonAnnotations", "version", "apiVersions", "kubeVersion",
    }
)  # fmt: skip


def edited(spec: Mapping[str, Any], options: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """A kustomization's fields with the options written into them."""
    result = {**spec, **{key: options[key] for key in SET if options.get(key)}}
    images = [_image(substituted(str(entry), variables)) for entry in options.get("images") or ()]
    for key, entries in (("images", images), ("replicas", list(options.get("replicas") or ()))):
        if entries:
            told = {entry["name"] for entry in entries}
            result[key] = [*(each for each in spec.get(key) or () if each.get("name") not in told), *entries]
    for key in ("patches", "components"):
        if options.get(key):
            result[key] = [*(spec.get(key) or ()), *options[key]]
    if options.get("commonLabels"):
        _label(result, options, {k: substituted(str(v), variables) for k, v in options["commonLabels"].items()})
    if notes := options.get("commonAnnotations"):
        if options.get("commonAnnotationsEnvsubst"):
            notes = {key: substituted(str(value), variables) for key, value in notes.items()}
        result["commonAnnotations"] = {**(spec.get("commonAnnotations") or {}), **notes}
    return result


def _label(result: dict[str, Any], options: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    if options.get("labelWithoutSelector"):
        entry = {"pairs": labels, "includeTemplates": bool(options.get("labelIncludeTemplates"))}
        result["labels"] = [*(result.get("labels") or ()), entry]
    else:
        result["commonLabels"] = {**(result.get("commonLabels") or {}), **labels}


def refusals(spec: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[str]:
    """Why `kustomize edit` would not write the options into these fields, and which of them are not read."""
    for key in sorted(options.keys() - READ):
        yield f"the Application's kustomize field {key} is not read"
    for key, force in (("commonLabels", "forceCommonLabels"), ("commonAnnotations", "forceCommonAnnotations")):
        twice = sorted({*(options.get(key) or ())} & {*(spec.get(key) or ())})
        if twice and not options.get(force) and not (key == "commonLabels" and options.get("labelWithoutSelector")):
            yield f"{key} has {', '.join(twice)} already, and without {force} kustomize refuses to write it again"
    if options.get("labelIncludeTemplates") and not options.get("labelWithoutSelector"):
        yield "labelIncludeTemplates without labelWithoutSelector is refused by kustomize"


def _image(text: str) -> dict[str, str]:
    old, _, new = text.rpartition("=")
    rest, _, digest = new.partition("@")
    head, colon, tail = rest.rpartition(":")
    tagged = bool(colon) and "/" not in tail
    name = head if tagged else rest
    return {"name": old or name, "newName": name, "newTag": tail if tagged else "", "digest": digest}
