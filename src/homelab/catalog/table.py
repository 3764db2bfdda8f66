"""Every component we can choose, one line each: `module:NAME`, imported on use. Alphabetical within an area."""

from __future__ import annotations

COMPONENTS: tuple[str, ...] = ()
