"""Turns: what would begin at the same minute begins one after the other, within the hour that was asked for.

Copies that start together read the same disks and fill the same line, and what disturbs one would disturb all.
"""

from __future__ import annotations


def in_turn(cron: str, index: int, count: int) -> str:
    """A schedule moved by its turn among `count`, within its hour, so that its hour and day stay what they say.

    A schedule that runs at several minutes is left as it is.
    """
    minute, _, rest = cron.partition(" ")
    if not minute.isdigit() or count < 2:
        return cron
    return f"{(int(minute) + index * max(1, 60 // count)) % 60} {rest.strip()}"
