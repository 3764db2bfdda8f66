"""Options without an effect: a finding for what nobody reads, and none for what somebody does."""

from __future__ import annotations

from datetime import date

from homelab.assess.notices import WITHOUT_EFFECT
from homelab.findings import Severity, SpecEdit
from homelab.lab.pipeline import Lab

TODAY = date(2026, 7, 1)
SMALL = """\
homelab: v1
name: small
network: {nodes: 10.0.7.0/24, gateway: 10.0.7.1, load_balancers: 10.0.7.200-10.0.7.210}
nodes: {mini: {role: control-plane, address: 10.0.7.20, cpu: 4, memory: 16Gi, disk: 100GB}}
"""
DEAD = (
    SMALL
    + """\
components: {local-path: {practices: {budgets: off, probes: off}}, metrics-server: {replicas: 1}}
backup: {daily: {at: 0 1 * * *, keep: 3d}}
"""
)
ALIVE = (
    SMALL
    + """\
components: {local-path: {practices: {alerts: off, requests: off}}, metrics-server: {replicas: 2}}
backup: {targets: {away: {kind: s3, endpoint: "https://s3.example.net"}}, daily: {at: 0 1 * * *, keep: 3d}}
practices: {budgets: on}
"""
)


def found(tmp_path, text):
    file = tmp_path / "homelab.yaml"
    file.write_text(text)
    return [f for f in Lab.load(str(file)).assessment(TODAY).findings if f.check == WITHOUT_EFFECT.id]


def test_what_nobody_reads_is_told_with_its_line(tmp_path):
    """An option of a part that is not there is a low finding at its line; taking it out is the fix where it may go."""
    said = found(tmp_path, DEAD)
    gone = ["components.local-path.practices.budgets", "components.local-path.practices.probes"]
    assert [f.option for f in said] == ["backup.daily.at", "backup.daily.keep", *gone]
    assert [f.fix for f in said] == [None, None, *(SpecEdit(option, None) for option in gone)]
    assert [f.option_place.line for f in said] == [6, 6, 5, 5]
    assert {f.severity for f in said} == {Severity.LOW}
    assert said[2].message == f"{gone[0]} has no effect in this lab: nothing that is rendered asks for it"


def test_what_somebody_reads_is_not_told(tmp_path):
    """Options that made something, and options that say their default, are left alone."""
    assert found(tmp_path, ALIVE) == []
