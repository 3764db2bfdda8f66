"""Environments as one base and small differences: what all of them have stands once, and each says what it has otherwise.

Values are laid over each other by Helm, in the order of `valueFiles`. Resources are a kustomize base with an overlay for each
environment: equal ones lie in the base, similar ones too with a patch of what differs, all others whole in the environment.
A base has no namespace; the overlay gives it one.
Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/ and .../namespace/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import relpath
from typing import Any, NamedTuple

from homelab.catalog.component import Part
from homelab.catalog.plan import Choice, Plan, parts_of
from homelab.gitops.patches import BUILT_IN
from homelab.kube.resource import Manifest
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.parts import kustomization, option_of

Key = tuple[str, str, str]
"""API version, kind and name: the same object in each environment."""
MISSING = object()


class Shared(NamedTuple):
    """The files to write, and the same with whole objects where they are declared: what pages and tables look into."""

    files: dict[str, File]
    whole: dict[str, File]


def shared(plan: Plan, files: Mapping[str, File]) -> Shared:
    """The files with a base for each component that has several environments."""
    found, whole = dict(files), dict(files)
    for choice in plan.choices:
        for parts in _alike(plan, choice):
            if len(parts) > 1 and _separate(choice, parts, files):
                _values(found, choice, parts)
                _resources(found, whole, choice, parts)
    patches = f"/{layout.PATCHES}"
    return Shared(found, {path: whole.get(path, file) for path, file in found.items() if not path.endswith(patches)})


def _alike(plan: Plan, choice: Choice) -> Iterable[Sequence[Part]]:
    """The Applications of a component that are the same in each of its environments."""
    found: dict[str, list[Part]] = {}
    for part in parts_of(plan, choice):
        if part.environment:
            found.setdefault(layout.environments_base(choice.component, part), []).append(part)
    return found.values()


def _separate(choice: Choice, parts: Sequence[Part], files: Mapping[str, File]) -> bool:
    """Whether every object of an environment lies in its own namespace: an overlay moves all of them there."""
    return all(
        body["metadata"].get("namespace") == part.namespace
        for part in parts
        for _name, body in _bodies(files, choice, part)
    )


def _bodies(files: Mapping[str, File], choice: Choice, part: Part) -> Iterator[tuple[str, Manifest]]:
    """File name and object of everything of our own in an environment."""
    folder = layout.part_folder(choice.component, part)
    for path, file in files.items():
        head, _, name = path.rpartition("/")
        if head == folder and name not in {"values.yaml", "kustomization.yaml"} and isinstance(file, YamlFile):
            yield from ((name, body) for body in file.documents)


def _values(found: dict[str, File], choice: Choice, parts: Sequence[Part]) -> None:
    """Chart values: what is equal in all environments moves to the base, which each Application reads first."""
    paths = [layout.values_file(choice.component, part) for part in parts]
    own = [file for path in paths if isinstance(file := found.get(path), YamlFile)]
    if len(own) < len(parts):
        return
    base = f"{layout.environments_base(choice.component, parts[0])}/values.yaml"
    everywhere = common([file.documents[0] for file in own])
    found[base] = _commented(everywhere, own, f"{option_of(choice)}: values of the chart in every environment")
    for part, path, file in zip(parts, paths, own, strict=True):
        found[path] = _commented(
            difference(file.documents[0], everywhere), [file], f"what {part.environment} has otherwise"
        )
    sets = layout.set_file(choice.component.area, choice.component)
    applications = found[sets]
    assert isinstance(applications, YamlFile)
    found[sets] = YamlFile(tuple(_reading(body, base) for body in applications.documents), applications.header)


def _commented(values: Any, sources: Sequence[YamlFile], header: str) -> YamlFile:
    """Values with those of the sources' comments that stand above a key they have."""
    comments = {
        path: reason
        for source in sources
        for path, reason in source.comments.items()
        if below(values, path[1:]) is not MISSING
    }
    return YamlFile((values,), header, comments)


def below(values: Any, path: Sequence[Any]) -> Any:
    """The value at a path of keys and numbers; MISSING where there is none."""
    for step in path:
        if not isinstance(values, Mapping | list) or step not in (
            values if isinstance(values, Mapping) else range(len(values))
        ):
            return MISSING
        values = values[step]
    return values


def _reading(body: Manifest, base: str) -> Manifest:
    """The Application with the base before its own values."""
    sources = []
    for source in body["spec"]["sources"]:
        helm = source.get("helm", {})
        files = (
            {"helm": {**helm, "valueFiles": [f"$values/{base}", *helm["valueFiles"]]}} if "valueFiles" in helm else {}
        )
        sources.append({**source, **files})
    return {**body, "spec": {**body["spec"], "sources": sources}}


def _resources(found: dict[str, File], whole: dict[str, File], choice: Choice, parts: Sequence[Part]) -> None:
    """Our own resources: the base, and for each environment its patches and what it has alone."""
    mine = {part.name: {_key(body): (name, body) for name, body in _bodies(found, choice, part)} for part in parts}
    folder = layout.environments_base(choice.component, parts[0])
    based = {key: base for key in next(iter(mine.values())) if (base := _based(key, list(mine.values())))}
    if not based:
        return
    names = {key: next(iter(mine.values()))[key][0] for key in based}
    for name in sorted(set(names.values())):
        keys = [key for key in based if names[key] == name]
        found[f"{folder}/{name}"] = YamlFile(tuple(based[key] for key in keys))
        whole[f"{folder}/{name}"] = YamlFile(tuple(own[key][1] for own in mine.values() for key in keys))
    found[f"{folder}/kustomization.yaml"] = kustomization(sorted(set(names.values())))
    for part in parts:
        _overlay(found, whole, choice, part, (based, mine[part.name]))


def _overlay(
    found: dict[str, File],
    whole: dict[str, File],
    choice: Choice,
    part: Part,
    made: tuple[Mapping[Key, Manifest], Mapping[Key, tuple[str, Manifest]]],
) -> None:
    """The files of one environment: what it has alone, and a patch for what it has otherwise than the base."""
    based, own = made
    folder = layout.part_folder(choice.component, part)
    for name in {name for name, _body in own.values()}:
        bodies = tuple(body for key, (file, body) in own.items() if file == name and key not in based)
        for files in (found, whole):
            del files[f"{folder}/{name}"]
            if bodies:
                files[f"{folder}/{name}"] = YamlFile(bodies)
    patches = [patch for key, base in based.items() if (patch := _patch(own[key][1], base))]
    alone = sorted({name for key, (name, _body) in own.items() if key not in based})
    resources = [relpath(layout.environments_base(choice.component, part), folder), *alone]
    body = {**kustomization(resources).documents[0], "namespace": part.namespace}
    if patches:
        body["patches"] = [{"path": layout.PATCHES}]
        found[f"{folder}/{layout.PATCHES}"] = YamlFile(tuple(patches), f"what {part.environment} has otherwise")
    found[f"{folder}/kustomization.yaml"] = YamlFile((body,))


def _key(body: Manifest) -> Key:
    return str(body["apiVersion"]), str(body["kind"]), str(body["metadata"]["name"])


def _homeless(body: Manifest) -> Manifest:
    meta = {key: value for key, value in body["metadata"].items() if key != "namespace"}
    return {**body, "metadata": meta}


def _based(key: Key, environments: Sequence[Mapping[Key, tuple[str, Manifest]]]) -> Manifest | None:
    """What all environments have of an object; None where one lacks it, or where its patch would be most of it."""
    if not all(key in own for own in environments):
        return None
    bodies = [_homeless(own[key][1]) for own in environments]
    base: Manifest = common(bodies)
    if all(body == base for body in bodies):
        return base
    if BUILT_IN.match(key[0]):
        return None  # lists would be merged by key, and not replaced
    small = all(_size(difference(body, base)) * 2 <= _size(body) for body in bodies)
    return base if small else None


def _patch(body: Manifest, base: Manifest) -> Manifest | None:
    """The patch that makes an environment's object of the base; None where they are equal."""
    rest = difference(_homeless(body), base)
    if not rest:
        return None
    meta = {"name": base["metadata"]["name"], **rest.pop("metadata", {})}
    return {"apiVersion": base["apiVersion"], "kind": base["kind"], "metadata": meta, **rest}


def common(values: Sequence[Any]) -> Any:
    """What mappings have in common, key by key; lists and scalars only where they are equal."""
    first = values[0]
    if not all(isinstance(value, Mapping) for value in values):
        return first
    found = {}
    for key, item in first.items():
        items = [value.get(key, MISSING) for value in values]
        if all(other == item for other in items):
            found[key] = item
        elif all(isinstance(other, Mapping) for other in items) and (inner := common(items)):
            found[key] = inner
    return found


def difference(value: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be laid over the base to get the value; the base has nothing that the value has not."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        other = base.get(key, MISSING)
        if isinstance(item, Mapping) and isinstance(other, Mapping):
            if inner := difference(item, other):
                found[key] = inner
        elif other is MISSING or other != item:
            found[key] = item
    return found


def _size(value: Any) -> int:
    """How many scalars there are in it."""
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list | tuple) else 1
