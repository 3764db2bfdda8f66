"""Manifests edited in place: one value changes, and no other byte."""

from __future__ import annotations

import pytest

from homelab.documents.read import load
from homelab.errors import UsageError
from homelab.lab.manifests import edited, steps

TWO = """\
# first
a: {b: 1}   # why
---
# second
spec:
  replicas: 1  # alone
  list:
    - {name: x}
"""


@pytest.mark.parametrize(("index", "path", "value", "old", "new"), [
    (0, ("a", "b"), 2, "{b: 1}", "{b: 2}"),
    (1, ("spec", "replicas"), 2, "replicas: 1", "replicas: 2"),
    (1, ("spec", "list", 0, "env"), "z", "{name: x}", "{name: x, env: z}"),
    (0, ("a",), {"c": 3}, "{b: 1}", "{b: 1, c: 3}"),
    (1, ("spec", "list", 0, "resources"), {"requests": {"cpu": "1"}}, "{name: x}", '{name: x, resources: {requests: {cpu: "1"}}}'),
])  # fmt: skip
def test_one_value_changes(index, path, value, old, new):
    """In the document that is meant, with every comment; a mapping joins the one that stands there."""
    assert edited(TWO, index, path, value) == TWO.replace(old, new)


def test_a_document_is_added_at_the_end():
    """Without a path the value is a document."""
    assert load(edited("a: 1\n\n", -1, (), "b: 2\n"), "") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(("text", "path"), [
    ("a: &x {b: 1}\nc: *x\n", ("c", "b")), ("a: 1\n", ("a", "b")), ("a: [1]\n", ("a", 3, "b")),
])  # fmt: skip
def test_what_cannot_stand_there_is_refused(text, path):
    """Behind an alias another place would change too; below a single value and beside a list nothing can stand."""
    with pytest.raises(UsageError):
        edited(text, 0, path, 2)


def test_a_document_that_is_not_there_is_refused():
    """Documents are counted as they are read: empty ones are none."""
    assert edited("---\n---\na: 1\n", 0, ("a",), 2) == "---\n---\na: 2\n"
    with pytest.raises(UsageError):
        edited("a: 1\n", 1, ("a",), 2)


def test_a_field_is_split_as_its_object_has_it():
    """Digits are indices where a list stands, and below annotations the rest is one key."""
    assert steps("spec.containers.0.image", {"spec": {"containers": [{}]}}) == ("spec", "containers", 0, "image")
    assert steps("metadata.annotations.k8up.io/backup", {}) == ("metadata", "annotations", "k8up.io/backup")
