"""Resolve: who is in and why, in which order; and every mistake, of both rooms, in one list."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from catalog.plans import lab, stub
from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part
from homelab.catalog.flows import Route
from homelab.catalog.needs import change, run, start
from homelab.catalog.order import waves
from homelab.catalog.plan import Plan, parts_of, pin
from homelab.catalog.providers import catalog
from homelab.catalog.resolve import attempt, check, resolve
from homelab.catalog.table import COMPONENTS
from homelab.catalog.versions import span, support_row
from homelab.errors import InvalidHomelab
from homelab.software.software import Software, Support
from homelab.spec.option import steps

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/homelab.yaml"))


class Settings(component.Settings):
    """Settings of the fakes."""

    replicas: int = Field(default=2, ge=1)
    """Replicas."""


def fake(name, *needs, provides=(), area=Area.PLATFORM, **more):
    made = {"settings": Settings, "needs": needs, "provides": frozenset(provides), **more}
    return Component(name, area, name, **made)


DATABASE = fake(
    "database", run(Capability.STORAGE_BLOCK, "Data outlives pods"), provides=[Capability.DATABASE_POSTGRES]
)
APP = fake(
    "app",
    run(Capability.DATABASE_POSTGRES, "Everything is in it"),
    change(Capability.BACKUP_CLUSTER, "Copies"),
    application=True,
    area=Area.APPS,
    routes=lambda _plan, _settings: (Route("app", "app"),),
)
CEPH = fake(
    "rook-ceph", start(Capability.CLUSTER_API, "Pods"), provides=[Capability.STORAGE_BLOCK, Capability.STORAGE_OBJECT]
)
LOCAL = fake("local-path", provides=[Capability.STORAGE_LOCAL])
PROXMOX_CSI = fake("proxmox-csi", provides=[Capability.STORAGE_LOCAL])
BACKUP = fake("backup", start(Capability.STORAGE_OBJECT, "Buckets"), provides=[Capability.BACKUP_CLUSTER])
OTHER = fake("other-backup", provides=[Capability.BACKUP_CLUSTER])
CLUSTER = fake("cluster", provides=[Capability.CLUSTER_API], applies=lambda _lab: True)
FAKES = (APP, DATABASE, BACKUP, OTHER, CEPH, LOCAL, PROXMOX_CSI, CLUSTER)
WITH_APP = {"apps": {"app": {}}}


def names(plan):
    return [choice.name for choice in plan.choices]


def problems(known=FAKES, shape="three", **options):
    return {p.option: (p.message, p.hint) for p in attempt(lab(shape, **options), components=known)[1]}


def test_closure_is_complete_and_ordered():
    """One app brings all it needs, each provider before its user, and each says why it is there."""
    plan = resolve(lab(**WITH_APP), components=FAKES)
    assert names(plan) == ["cluster", "rook-ceph", "database", "app", "backup"]
    assert plan.by_name["database"].why == "needed by app: Everything is in it"
    assert plan.by_name["app"].why == "apps.app"
    assert plan.providers[Capability.STORAGE_BLOCK].name == "rook-ceph"


def test_nothing_comes_unasked():
    """Without an app only what every lab gets is there."""
    assert names(resolve(lab(), components=FAKES)) == ["cluster"]


def test_lab_without_disks_keeps_volumes_on_the_machine():
    """Where Ceph has no disks, volumes are local: by the hypervisor's storage, or the machine's own."""
    plain = (APP, DATABASE, OTHER, CEPH, LOCAL, PROXMOX_CSI, CLUSTER)
    assert "proxmox-csi" in names(resolve(lab("one", **WITH_APP), components=plain))
    nodes = {"solo": {"role": "control-plane", "address": "192.168.1.10", "cpu": 4, "memory": "1Gi", "disk": "10Gi"}}
    bare = resolve(lab("one", hosts={}, nodes=nodes, **WITH_APP), components=plain)
    assert "local-path" in names(bare)
    assert "rook-ceph" not in names(bare)


def test_chosen_provider_wins_and_is_there():
    """`use` decides between providers, and brings the one it names even before anybody needs it."""
    plan = resolve(lab(use={"backup.cluster": "other-backup"}, **WITH_APP), components=FAKES)
    assert "backup" not in names(plan)
    assert plan.providers[Capability.BACKUP_CLUSTER].name == "other-backup"
    both = resolve(lab(use={"backup.cluster": "other-backup"}, components={"backup": {}}), components=FAKES)
    assert both.providers[Capability.BACKUP_CLUSTER].name == "other-backup"


@pytest.mark.parametrize(
    ("options", "option", "message", "hint"),
    [
        ({"components": {"databas": {}}}, "components.databas", "is not a component that homelab knows", "did you mean database?"),
        ({"components": {"app": {}}}, "components.app", "app is an application, so it stands under apps", None),
        ({"apps": {"backup": {}}}, "apps.backup", "backup is a component, so it stands under components", None),
        ({"components": {"backup": [1]}}, "components.backup", "is a list, expected its settings as a mapping, or off", None),
        ({"components": {"backup": {"replica": 2}}}, "components.backup.replica", "is not an option", "did you mean replicas?"),
        ({"components": {"backup": {"replicas": 0}}}, "components.backup.replicas", "is 0, expected at least 1", None),
        ({"use": {"backups": "backup"}}, "use.backups", "is not a capability", "did you mean backup.cluster?"),
        ({"use": {"backup.cluster": "bakup"}}, "use.backup.cluster", "bakup does not provide backup.cluster", "did you mean backup?"),
        ({"use": {"backup.cluster": "rook-ceph"}}, "use.backup.cluster", "rook-ceph does not provide backup.cluster", "backup.cluster is provided by backup, other-backup"),
        ({"use": {"cache.redis": "x"}}, "use.cache.redis", "x does not provide cache.redis", "nothing provides cache.redis yet"),
        ({"use": {"backup.cluster": "backup"}, "components": {"backup": False}}, "use.backup.cluster", "uses backup, which is switched off by", None),
        ({"use": {"database.postgres": "off"}, **WITH_APP}, "use.database.postgres", "is off, but app needs database.postgres: everything is in it", "take it out, or switch app off"),
        ({"components": {"database": False}, **WITH_APP}, "components.database", "is off, but app needs database.postgres: everything is in it", "leave database on"),
        ({"access": {"public": ["ap"]}, **WITH_APP}, "access.public.0", "ap is not an application of this lab", "did you mean app?"),
    ],
)  # fmt: skip
def test_mistake_is_named(options, option, message, hint):
    """Every way a name can be wrong is a sentence at its option, with the nearest right word."""
    assert problems(**options) == {option: (message, hint)}


def test_switched_off_provider_gives_way():
    """With one provider off, another one serves; a need is a mistake only when nobody is left."""
    assert "other-backup" in names(resolve(lab(components={"backup": False}, **WITH_APP), components=FAKES))


def test_unfit_lab_is_told_what_would_fit():
    """A need that no provider can meet in this lab names who would, and with what."""
    found = problems((BACKUP, CEPH, CLUSTER), shape="one", components={"backup": {}})
    assert found == {
        "components.backup": (
            "needs storage.object (Buckets), and nothing in this lab can provide it",
            "rook-ceph would, given disks of its own: see nodes.*.ceph",
        )
    }
    nobody = problems((BACKUP,), components={"backup": {}})
    assert nobody["components.backup"][0] == "needs storage.object (Buckets), which no component provides yet"


def test_circle_of_needs_is_named():
    """Components that need each other to start are a mistake with the circle in it, not an endless loop."""
    a = fake("a", run(Capability.CACHE_REDIS, "x"), provides=[Capability.DATABASE_POSTGRES], applies=lambda _lab: True)
    b = fake("b", run(Capability.DATABASE_POSTGRES, "x"), provides=[Capability.CACHE_REDIS])
    assert problems((a, b)) == {"components": ("need each other in a circle: a → b → a", None)}


def test_waves_follow_needs_through_what_has_no_application():
    """A component with Applications takes a wave, one without none, and users come after providers."""
    part = (Part("p", "p"),)
    first = fake("first", provides=[Capability.CLUSTER_API])
    second = fake("second", start(Capability.CLUSTER_API, "x"), provides=[Capability.CACHE_REDIS], parts=part)
    third = fake("third", start(Capability.CACHE_REDIS, "x"), parts=part)
    plan = resolve(lab(components={"third": {}}), components=(third, second, first))
    assert waves(plan) == {"first": 0, "second": 0, "third": 1}


def test_namespaces_come_before_what_lives_in_them():
    """Whoever declares a namespace waits for the foundation that makes it; kube-system is there already."""
    foundation = stub("foundation", Capability.POLICY_FOUNDATION)
    living = fake("living", namespaces=(Namespace("living"),))
    system = fake("system", namespaces=(Namespace("kube-system"),))
    options = {"living": {}, "system": {}, "foundation": {}}
    plan = resolve(lab(components=options), components=(living, system, foundation))
    assert names(plan) == ["foundation", "living", "system"]


def test_pins_of_the_repository_outrank_our_own():
    """A version that Renovate bumped in the repository stays; without one the component's own pin holds by minor."""
    part = Part("chart", "x", chart=Chart("https://example.org", "chart", "2.0", {"1.33": "1.0"}))
    plan = resolve(lab(), components=())
    assert pin(plan, part) == "2.0"
    assert pin(Plan(lab(versions={"kubernetes": "1.33.2"}), ()), part) == "1.0"
    assert pin(resolve(lab(), components=(), pins={"chart": "3.0"}), part) == "3.0"
    assert pin(plan, Part("bare", "x")) == ""


def test_versions_that_cannot_run_together_are_a_mistake():
    """Talos 1.10 cannot go above Kubernetes 1.33, and the sentence says who chose what."""
    found = problems((), versions={"kubernetes": "1.35.2", "talos": "1.10.6"})
    message, hint = found["versions.kubernetes"]
    assert message == "is 1.35.2, but talos 1.10 runs on 1.28 to 1.33 only, chosen by"
    assert "1.28 to 1.33" in hint


def test_support_is_looked_up_by_line_or_by_the_charts_numbers():
    """`1.1` is not `1.10`; a chart that counts apart from its system has a line of its own."""
    rows = (Support("1.1", ("1.33",), ()), Support("1.10", ("1.35",), (), chart="0.29"))
    system = Software("x", support=rows)
    assert support_row(system, "v1.10.2", chart=False) is rows[1]
    assert support_row(system, "1.1.9", chart=True) is rows[0]
    assert support_row(system, "0.29.0", chart=True) is rows[1]
    assert support_row(system, "9.9", chart=False) is None
    assert span(["1.9", "1.10"]) == "1.9 to 1.10"
    assert span(["1.33"]) == "1.33"


def test_check_tells_both_rooms_mistakes_in_file_order(tmp_path):
    """One list: what spec finds and what the catalog finds, sorted by line."""
    file = tmp_path / "homelab.yaml"
    text = EXAMPLES[0].read_text()
    file.write_text(
        f"{text}\nuse: {{nothing.known: x}}\nextra: 1\n".replace("components:\n", "components:\n  typo: {}\n")
    )
    paths = [mistake.path for mistake in check(str(file))]
    assert [path for path in paths if path in {"components.typo", "use.nothing.known", "extra"}] == [
        "components.typo",
        "use.nothing.known",
        "extra",
    ]


def test_mistakes_stop_resolve_with_their_places():
    """Resolve raises all of them, with the lines of the source."""
    with pytest.raises(InvalidHomelab) as raised:
        resolve(lab(components={"x": {}, "y": {}}), components=())
    assert len(raised.value.mistakes) == 2


@given(st.permutations(FAKES))
def test_order_holds_whatever_the_table_says(components):
    """In whichever order the table lists them, providers stand before users."""
    plan = resolve(lab(**WITH_APP), components=tuple(components))
    at = names(plan).index
    assert at("cluster") < at("rook-ceph") < at("database") < at("app")


@pytest.mark.parametrize("entry", COMPONENTS)
def test_every_component_can_be_chosen(entry):
    """Settings need no answer, every field has its sentence, charts are pinned, the name is a DNS label."""
    module, _, value = entry.partition(":")
    (found,) = [c for c in catalog() if entry.endswith(f":{c.name.upper().replace('-', '_')}")]
    assert found.settings()
    assert all(field.description for field in found.settings.model_fields.values()), module
    assert found.summary.endswith("."), value
    plan = attempt(lab(components={found.name: {}} if not found.application else {}))[0]
    for part in parts_of(plan, plan.by_name[found.name]) if found.name in plan.by_name else ():
        assert not part.chart or pin(plan, part)


def test_options_of_settings_have_no_dots():
    """A setting is one step of an option path."""
    for found in catalog():
        for name in found.settings.model_fields:
            assert steps(f"components.{found.name}.{name}", {})[-1] == name
