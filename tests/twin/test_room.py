"""The memory of a twin: computed from the lab, stated, and refused where there is too little."""

from __future__ import annotations

import pytest

from homelab.errors import ToolError
from homelab.twin.room import MIB, free, room


def test_a_larger_lab_takes_more():
    """Each kind, object, member of etcd and real operator adds to the whole."""
    small = room(1, 0, 0, 0).bytes
    assert all(room(*more).bytes > small for more in ((2, 0, 0, 0), (1, 9, 0, 0), (1, 0, 99, 0), (1, 0, 0, 1)))


def test_each_program_has_a_bound_above_its_share():
    """The bounds hold the whole; a program that is not in the shape is bounded in processors alone."""
    made = room(3, 50, 500, 1)
    bounds = sum(int(made.bounds(name)["GOMEMLIMIT"].removesuffix("MiB")) for name in made.shares)
    assert sum(made.shares.values()) * MIB < made.bytes == bounds * MIB
    for name, share in made.shares.items():
        assert int(made.bounds(name)["GOMEMLIMIT"].removesuffix("MiB")) > share
    assert made.bounds("another").keys() == {"GOMAXPROCS", "GOGC"}


def test_a_machine_with_too_little_is_refused():
    """With what it takes, and what there is."""
    made = room(1, 0, 0, 0)
    made.check(made.bytes)
    with pytest.raises(ToolError, match=r"this twin takes up to 2\.\d+ GiB of memory, and the machine has 1 GiB left"):
        made.check(1 << 30)


@pytest.mark.parametrize(
    ("most", "used", "left"), [("max", "7", 8 << 20), ("4194304", "1048576", 3 << 20), (None, None, 8 << 20)]
)
def test_what_is_left_is_of_the_machine_or_of_its_group(tmp_path, most, used, left):
    """A container's bound counts where it is lower than the machine's memory; where there is none the machine's does."""
    (tmp_path / "meminfo").write_text("MemTotal: 9999 kB\nMemAvailable:    8192 kB\n")
    if most:
        (tmp_path / "memory.max").write_text(most)
        (tmp_path / "memory.current").write_text(used)
    assert free(tmp_path / "meminfo", tmp_path) == left
