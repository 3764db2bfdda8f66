"""Naming: how a row's id is put together, and taken apart again."""

from __future__ import annotations

from homelab.findings import Subject
from homelab.twin.drills.rows import Row
from homelab.twin.drills.scenario import Expectation

OTHERS = "others"


def key(expectation: Expectation, about: object = "") -> str:
    """`pods find a node@away/n8n-prod/Deployment/n8n`."""
    head = f"{expectation.aspect}@{expectation.at}"
    return f"{head}/{about}" if str(about) else head


def headed(row: Row, expectation: Expectation) -> bool:
    """Whether a row is of an expectation."""
    return row.id.partition("/")[0] == key(expectation)


def about(row: Row) -> str:
    """What a row is about, as text."""
    return row.id.partition("@")[2].partition("/")[2]


def subject(row: Row) -> Subject:
    """The workload that a row is about."""
    space, kind, name = about(row).split("/")
    return Subject(kind, name, space)
