"""What a stand-in answered in place of a program, and so nobody evaluated: a line of JSON for each, once."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

RECORD = "not-evaluated.jsonl"


@dataclass(frozen=True, slots=True, order=True)
class NotEvaluated:
    """One thing that a program at home would have looked at.

    Attributes:
        service: who was called, as `web.shop.svc`.
        by: the names of the webhooks, `conversion`, or the group of an aggregated API.
        object: what it was about: `CREATE shop/Deployment/till`.
    """

    service: str
    by: str
    object: str


class Record:
    """The file of a folder that grows by what was not evaluated yet; many threads may tell."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RECORD
        self._told = set(not_evaluated(folder))
        self._lock = threading.Lock()

    def tell(self, *found: NotEvaluated) -> None:
        """Write down what was not told before."""
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            for each in found:
                if each not in self._told:
                    self._told.add(each)
                    file.write(json.dumps(asdict(each)) + "\n")


def not_evaluated(folder: Path) -> list[NotEvaluated]:
    """All that was told in a folder; a line that is written at this moment is left for the next look."""
    try:
        text = (folder / RECORD).read_text(encoding="utf-8")
    except OSError:
        return []
    whole = text[: text.rfind("\n") + 1]
    return [NotEvaluated(**json.loads(line)) for line in whole.splitlines()]
