"""Etcd: whose turn it is to lead, and how a member that is about to die gives its office away.

When a leader dies, what was on its way through it is answered only when etcd gives it up, seven seconds later (5 s and twice the
election timeout: server/config/config.go, ReqTimeout). Kubernetes waits 50 s for a node and never notices; a clock that is
twelve times as fast would call every node silent. So, under a fast clock, only members die that do not lead, and the loss of a
leader is shown where the majority goes. The calls are those of etcd's gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from homelab.errors import ToolError

TIMEOUT = 5.0


def step_down(members: Sequence[str], dying: Collection[int]) -> bool:
    """Let a member that stays lead, where one that dies does; `members` are addresses for clients. Whether one had to.

    Raises:
        ToolError: a member does not answer.
    """
    for number in dying:
        said = _asked(members[number], "status")
        if said["leader"] == said["header"]["member_id"]:
            heir = next(each for place, each in enumerate(members) if place not in dying)
            _asked(members[number], "transfer-leadership", {"targetID": _asked(heir, "status")["header"]["member_id"]})
            return True
    return False


def snapshot(member: str, file: Path) -> None:
    """Write what a member remembers into a file, as `etcdctl snapshot save` and `talosctl etcd snapshot` do.

    Raises:
        ToolError: the member does not answer.
    """
    request = urllib.request.Request(f"{member}/v3/maintenance/snapshot", b"{}")  # noqa: S310 - the twin's own loopback
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, file.open("wb") as saved:  # noqa: S310 - as above
            for line in answer:
                saved.write(base64.b64decode(json.loads(line)["result"].get("blob", "")))
    except (OSError, ValueError, KeyError) as error:
        raise ToolError(f"the etcd member at {member} gives no snapshot: {error}") from None


def _asked(member: str, what: str, body: Mapping[str, str] | None = None) -> Any:
    data = json.dumps(body or {}).encode()
    request = urllib.request.Request(f"{member}/v3/maintenance/{what}", data)  # noqa: S310 - the twin's own loopback
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
            return json.load(answer)
    except OSError as error:
        raise ToolError(f"the etcd member at {member} does not answer: {error}") from None
