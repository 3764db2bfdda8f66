"""docs/secrets.md: every Secret is either supplied, or said to be made by a program."""

from __future__ import annotations

import pytest

from homelab.catalog.plan import generated, secrets
from homelab.catalog.resolve import resolve
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import loads
from render.test_newcomer import EXAMPLES, text_of


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_programs_make_is_said_and_is_not_what_is_supplied(example):
    """Each Secret that a program makes up stands in a table of its own; none of them is one that somebody supplies."""
    plan = resolve(loads(text_of(example), "homelab.yaml"))
    text = render(plan)[layout.SECRETS_PAGE].text.partition("## Made in the cluster")[2]
    made = {(item.namespace, item.name) for _, item in generated(plan)}
    assert ("argocd", "argocd-initial-admin-secret") in made
    assert all(f"`{space}/{name}`" in text for space, name in made)
    assert not made & {(item.namespace, item.name) for _, item in secrets(plan)}
