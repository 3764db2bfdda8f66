"""Render: a Plan becomes the whole repository in memory. Same plan, same bytes."""

from __future__ import annotations

from collections.abc import Mapping

from homelab.catalog.plan import Plan, parts_of
from homelab.ground_file import dump
from homelab.kube.tree import File, TextFile, Tree, YamlFile
from homelab.render import layout
from homelab.render.applications import application_files, with_folder
from homelab.render.environments import shared
from homelab.render.ground import ground_of
from homelab.render.guide.files import guide_files
from homelab.render.parts import kustomization, part_files
from homelab.render.pins import pinned, pins_file
from homelab.render.renovate import renovate_files
from homelab.render.talos import talos_files
from homelab.render.tofu import tofu_files
from homelab.render.workshop.files import workshop_files

LAB_HEADER = "what the lab stands on: read by `homelab assess` and `homelab uptime`, never applied"


def render(plan: Plan, *, existing: Mapping[str, str] | None = None) -> Tree:
    """The repository of a plan.

    Args:
        plan: what is chosen.
        existing: files of the repository that are an input: sealed secrets are listed and kept as they are. Pins
            of the repository come with the plan: `resolve(…, pins=pins(existing))`.
    """
    files: dict[str, File] = {}
    folders: set[str] = set()
    for choice in plan.choices:
        for part in parts_of(plan, choice):
            made = part_files(plan, choice, part)
            files |= made
            folder = layout.part_folder(choice.component, part)
            if f"{folder}/kustomization.yaml" in made:
                folders.add(folder)
    files |= talos_files(plan)
    files |= tofu_files(plan)
    files[layout.PINS] = pins_file(plan, files)
    files = pinned(files, plan.pins)
    files |= _wired(plan, application_files(plan), folders)
    files |= _secrets(existing or {})
    files |= renovate_files(plan)
    files[layout.LAB] = YamlFile((dump(ground_of(plan)),), LAB_HEADER)
    files, whole = shared(plan, files)
    files |= guide_files(plan, whole)
    files |= workshop_files(plan, files, existing or {})
    return Tree(files)


def _wired(plan: Plan, sets: Mapping[str, File], folders: set[str]) -> dict[str, File]:
    """The Applications, each with its own folder as a source where that holds resources of ours."""
    owners = {
        part.name: layout.part_folder(choice.component, part)
        for choice in plan.choices
        for part in parts_of(plan, choice)
    }
    wired: dict[str, File] = {}
    for path, file in sets.items():
        assert isinstance(file, YamlFile)
        bodies = tuple(
            with_folder(body, plan, owners[body["metadata"]["name"]])
            if body["kind"] == "Application" and owners.get(body["metadata"]["name"]) in folders
            else body
            for body in file.documents
        )
        wired[path] = YamlFile(bodies, file.header, file.comments)
    return wired


def _secrets(existing: Mapping[str, str]) -> dict[str, File]:
    """The kustomization that lists the sealed secrets which are there, and they themselves as they are."""
    sealed = {path: TextFile(existing[path]) for path in sorted(existing) if layout.sealed(path)}
    header = "sealed secrets: one file each, written by `homelab secrets seal`"
    names = [path.removeprefix(f"{layout.SECRETS}/") for path in sealed]
    return {f"{layout.SECRETS}/kustomization.yaml": kustomization(names, header), **sealed}
