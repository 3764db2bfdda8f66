"""homelab: the homelab that proves itself. The public face; names are resolved on use, so that importing is cheap."""

from __future__ import annotations
