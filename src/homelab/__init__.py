"""homelab: the homelab that proves itself. The public face; names are resolved on use, so that importing is cheap.

import homelab

lab = homelab.load("homelab.yaml")          # Homelab, or InvalidHomelab with every mistake
plan = homelab.plan(lab)                    # the components chosen, typed and ordered
tree = homelab.render(plan)                 # the repository in memory
inventory = homelab.read(tree)              # what it deploys; a folder or texts do as well
homelab.assess(inventory, today=...)        # findings
homelab.uptime(inventory)                   # the computed availability
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from homelab.assess.run import assess as judge
    from homelab.assess.uptime import uptime
    from homelab.catalog.resolve import resolve as plan
    from homelab.lab.reading import read
    from homelab.render.tree import render as tree
    from homelab.spec.load import load

__all__ = ["judge", "load", "plan", "read", "tree", "uptime"]

_WHERE = {
    "judge": "homelab.assess.run:assess",
    "load": "homelab.spec.load:load",
    "plan": "homelab.catalog.resolve:resolve",
    "read": "homelab.lab.reading:read",
    "tree": "homelab.render.tree:render",
    "uptime": "homelab.assess.uptime:uptime",
}


def __getattr__(name: str) -> Any:
    """A public name, imported on first use."""
    if name not in _WHERE:
        raise AttributeError(f"module homelab has no attribute {name}")
    module, _, attribute = _WHERE[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
