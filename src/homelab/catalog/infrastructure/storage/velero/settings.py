"""Settings of velero: what is copied, and how."""

from __future__ import annotations

from pydantic import Field

from homelab.catalog import component
from homelab.spec.units import Label


class Settings(component.Settings):
    """What is copied, and how."""

    excluded_namespaces: tuple[Label, ...] = Field(default=())
    """Namespaces left out of every backup, as a cache that is rebuilt anyway; off (empty) copies all."""
    volumes: bool = True
    """Whether the contents of volumes are copied, by an agent on every node; off keeps objects only."""
