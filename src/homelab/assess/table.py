"""Every check, one line each, imported on use. A test proves that this table is complete."""

from __future__ import annotations

CHECKS: tuple[str, ...] = ()
