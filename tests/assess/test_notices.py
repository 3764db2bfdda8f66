"""Everything that a finding can be called has a page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cli.conftest import homelab  # noqa: F401 - a fixture
from homelab.assess.names import described
from homelab.assess.notices import NOTICES, PAGES

SOURCE = Path(__file__).parents[2] / "src" / "homelab"


@pytest.mark.slow
def test_no_finding_has_a_name_of_its_own():
    """Wherever a Finding is made, its id is that of a check or of a notice, and no text beside it."""
    made = [
        (file.name, ast.unparse(call.keywords[0].value if call.keywords and not call.args else call.args[0]))
        for file in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Finding"
    ]
    assert len(made) >= 4
    assert [each for each in made if not each[1].endswith(".id")] == []


@pytest.mark.parametrize("name", [each.id for each in described()])
def test_every_id_is_explained(homelab, name):  # noqa: F811 - the fixture
    """`homelab explain` answers for every id that can be printed, with what is found, why it matters and the mend."""
    done = homelab("explain", name)
    assert done.code == 0
    assert done.out.startswith(f"{name} · ")
    for part in ("What it finds", "Why it matters", "How to fix"):
        assert f"\n{part}\n" in done.out


def test_every_page_of_a_notice_is_one():
    """No page is left behind, and each begins with its id."""
    assert sorted(each.page for each in NOTICES) == sorted(PAGES.iterdir())
    assert all(each.page.read_text(encoding="utf-8").startswith(f"# {each.id}\n") for each in NOTICES)
