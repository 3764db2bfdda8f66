"""Variable orders: shared things first, and levels that leave room."""

from __future__ import annotations

from availability.worlds import certain
from homelab.availability.engine.order import GAP, orders, place
from homelab.availability.system import All, Exclusive, Outside, Part, Stay, System


def test_planned_work_is_on_top():
    """Then comes the structure, depth first; or, as the second order, rank and the number of services."""
    ranks = {"a": 0, "b": 0, "shared": 0, "pod": 3}
    parts = {name: Part(name, certain(0.1), name, rank=rank) for name, rank in ranks.items()}
    work = Exclusive("work", {"x": Stay(0.1, 0.1, "x")}, rank=1)
    gates = {"one": All(("pod", "a", "shared", "two")), "two": All(("b", "shared", Outside("work", "x")))}
    system = System(parts, gates, {"one": "one", "two": "two"}, {"work": work})
    first, second = orders(system)
    assert first == ["exclusive:work", "pod", "a", "shared", "b"]
    assert second == ["exclusive:work", "shared", "b", "a", "pod"]


def test_new_units_go_between_old_ones():
    """Known levels stay; a newcomer is placed behind its predecessor, in front of what follows."""
    levels = place(["a", "b"], {})
    again = place(["a", "new", "b", "last"], levels)
    assert (again["a"], again["b"]) == (levels["a"], levels["b"])
    assert again["a"] < again["new"] < again["b"] < again["last"]


def test_without_room_a_newcomer_comes_last():
    """No two units ever share a level."""
    levels = {"a": GAP, "b": GAP + 5}
    assert place(["a", "new", "b"], levels)["new"] > GAP + 5
