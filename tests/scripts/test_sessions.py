"""The docs that commands write: fresh, and pasted where they belong."""

from __future__ import annotations

import sys

import pytest

from conftest import REPOSITORY


@pytest.fixture
def scripts(monkeypatch):
    """The scripts can be imported, as they are when they are run."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    yield
    for name in ("commands", "sessions", "picture"):
        sys.modules.pop(name, None)


def test_the_command_reference_is_fresh(scripts):
    """docs/reference/commands.md is what the commands say of themselves; `python scripts/commands.py --write` mends it."""
    import commands

    assert commands.PAGE.read_text(encoding="utf-8") == commands.page()


def test_blocks_are_replaced_by_what_the_command_prints(scripts, monkeypatch):
    """Only the block below a mark is replaced, cut where the mark says so, without colours."""
    import sessions

    monkeypatch.setattr(sessions, "run", lambda command: f"\x1b[1mran\x1b[0m {command}\nb\nc\n")
    text = "a\n<!-- $ homelab x | head -2 -->\n\n```text\nold\n```\n```text\nstays\n```\n"
    assert sessions.page(text) == (
        "a\n<!-- $ homelab x | head -2 -->\n\n```text\n$ homelab x\nran homelab x\nb\n…\n```\n```text\nstays\n```\n"
    )


def test_every_mark_of_the_docs_has_a_block(scripts):
    """Each mark in a page is followed by the block it fills."""
    import sessions

    for name in sessions.PAGES:
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        assert len(sessions.BLOCK.findall(text)) == text.count("<!-- $ homelab "), name


def test_the_picture_keeps_columns_and_colours(scripts):
    """Each run of text stands at its column, in its colour, and nothing in it is markup."""
    import picture

    made = picture.svg("plain  \x1b[31mred\x1b[0m <&>\n\x1b[2mdim\x1b[0m")
    assert '<tspan x="20" textLength="40">plain</tspan>' in made
    assert '<tspan x="76" textLength="24" fill="#ff7b72">red</tspan>' in made
    assert "&lt;&amp;&gt;" in made
    assert f'fill="{picture.DIM}">dim' in made
