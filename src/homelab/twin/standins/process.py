"""The stand-ins of a twin as one of its programs."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import homelab
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.tools.services import Service, Services
from homelab.twin.control_plane import WAIT, ControlPlane
from homelab.twin.standins.definitions import Defined, missing
from homelab.twin.standins.plan import REPORT, pending_of, plan_of, write

NAME = "stand-ins"


def start(
    folder: Path,
    services: Services,
    plane: ControlPlane,
    inventory: Inventory,
    *,
    definitions: Path | None = None,
    real: Collection[str] = (),
) -> Defined:
    """Start the stand-ins beside a control plane; which kinds they define.

    `definitions` is a folder with files of definitions, `real` names the programs that run for real.
    """
    defined = missing(inventory, definitions)
    ground = inventory.ground or Ground()
    plan = plan_of(plane.api, plane.keys.folder, pending_of(ground), definitions=defined.bodies, real=real)
    write(folder, plan)
    home = {"PYTHONPATH": str(Path(homelab.__file__).parents[1])}
    services.start(Service(NAME, (sys.executable, "-m", "homelab.twin.standins", str(folder)), home))
    return defined


def ready(folder: Path, services: Services) -> None:
    """Wait until they look after the cluster.

    Raises:
        ToolError: they do not come up.
    """
    services.ready(NAME, (folder / REPORT).exists, WAIT)
