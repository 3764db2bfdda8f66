"""The table of a twin's programs: complete, buildable from what lies beside it, and the versions that a lab deploys."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile

import pytest
import yaml

from alerts.labs import EXAMPLES, example
from conftest import REPOSITORY
from homelab.errors import UsageError
from homelab.spec.homelab import Versions
from homelab.twin.programs import (
    ECK,
    KYVERNO,
    MODULES,
    OPERATORS,
    SHARED,
    control_plane,
    every,
    minor_of,
    minors,
    next_minor,
    programs,
)

BY_MODULE = {program.module.name: program for program in every()}


def test_each_module_has_its_files_and_each_folder_its_module():
    """A program without a module cannot be built, and a module without a program is nobody's."""
    assert sorted(each.name for each in MODULES.iterdir()) == sorted(BY_MODULE)
    for name in BY_MODULE:
        assert sorted(each.name for each in (MODULES / name).iterdir()) == ["go.mod", "go.sum"]


@pytest.mark.parametrize("name", BY_MODULE)
def test_a_module_requires_what_the_table_says(name):
    """Each go.mod is ours, requires the version of the table, leads to no folder, and go.sum holds its checksum."""
    module = BY_MODULE[name].module
    lines = (module.folder / "go.mod").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"module homelab.invalid/{name}"
    assert f"require {module.path} {module.version}" in lines
    assert [line for line in lines if re.search(r"=> \.", line)] == []
    sums = (module.folder / "go.sum").read_text(encoding="utf-8").splitlines()
    kept = {line.rpartition(" ")[0] for line in sums}
    assert {f"{module.path} {module.version}", f"{module.path} {module.version}/go.mod"} <= kept
    assert all(re.fullmatch(r"\S+ v\S+ h1:[A-Za-z0-9+/]{43}=", line) for line in sums)


def test_a_control_plane_is_three_programs_of_one_release():
    """Every minor has its API server, controller manager and scheduler, linked with the version that they are."""
    for minor in minors():
        parts = control_plane(minor)
        assert [part.name for part in parts] == ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
        assert {part.module for part in parts} == {parts[0].module}
        assert {part.minor for part in parts} == {minor}
        number = minor.partition(".")[2]
        for part in parts:
            assert f"-X k8s.io/component-base/version.gitVersion=v{part.version}" in part.flags
            assert f"-X k8s.io/component-base/version.gitMinor={number} " in f"{part.flags} "


def test_names_are_of_one_program():
    """Of what one twin needs no two programs have one name, and none of them costs nothing."""
    wanted = programs("1.35", operators=True)
    assert len({program.name for program in wanted}) == len(wanted)
    assert all(program.seconds > 0 and program.mebibytes > 0 for program in every())
    assert set(programs("1.35")) == {*control_plane("1.35"), *SHARED}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_have_a_twin(name):
    """The Kubernetes of each example, and of a lab that says none, is one that a twin can be."""
    assert minor_of(example(name).homelab.versions.kubernetes) in minors()
    assert minor_of(Versions().kubernetes) in minors()


def test_a_minor_that_no_twin_has_is_refused():
    """Whoever wants another Kubernetes hears which there are."""
    with pytest.raises(UsageError, match=r"a twin cannot be Kubernetes 1\.20\.3: .* are 1\.33, 1\.35, 1\.36"):
        minor_of("1.20.3")


def test_a_control_plane_goes_up_one_minor_at_a_time():
    """To the next one, where it can be built; never past one that cannot."""
    assert (next_minor("1.35"), next_minor("1.33"), next_minor("1.36")) == ("1.36", None, None)


def test_operators_are_those_that_the_lab_deploys():
    """An operator that runs beside a twin is the version that the pinned chart puts into the cluster."""
    images = {c.image for workload in example("enterprise").inventory.workloads for c in workload.containers}
    compared = 0
    for operator in OPERATORS:
        tags = {
            tag.removeprefix("v")
            for name, _, tag in (image.rpartition(":") for image in images)
            if name == operator.deployed
        }
        if operator.deployed:
            assert tags == {operator.version}, operator.name
            compared += 1
    assert compared == 3


@pytest.mark.parametrize(("operator", "chart"), [(ECK, "eck-operator"), (KYVERNO, "kyverno")])
def test_operators_of_no_component_are_those_of_their_charts(operator, chart, test_data):
    """An operator that no component installs yet is the version of the chart by which people install it."""
    meta = yaml.safe_load((test_data / "charts" / chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert str(meta["appVersion"]).removeprefix("v") == operator.version


@pytest.mark.slow
def test_an_installed_homelab_can_build(tmp_path):
    """The wheel holds both files of every module."""
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(argv, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if "/twin/modules/" in name}
    assert held == {f"homelab/twin/modules/{name}/{file}" for name in BY_MODULE for file in ("go.mod", "go.sum")}
