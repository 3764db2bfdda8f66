"""The public face of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import homelab


@pytest.mark.parametrize("name", homelab.__all__)
def test_every_public_name_resolves_and_is_documented(name):
    """What the package promises is there, and says what it does."""
    assert callable(getattr(homelab, name))
    assert getattr(homelab, name).__doc__


def test_importing_the_package_imports_nothing_else():
    """`import homelab` costs nothing until a name is used."""
    code = (
        "import sys, homelab; print(sorted(m for m in sys.modules if m.startswith(('homelab.', 'pydantic', 'yaml'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    """A mistyped name is Python's own error."""
    with pytest.raises(AttributeError, match="no attribute nope"):
        _ = homelab.nope
