"""A schedule that means something else: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.cron import problem
from homelab.kube.inventory import Inventory
from homelab.kube.schedules import Wrong, wrong

MEANT = {
    5: "minute, hour, day of month, month, day of week",
    6: "second, minute, hour, day of month, month, day of week",
}


@check(severity=Severity.HIGH)
def backup_cron_invalid(inventory: Inventory) -> Iterator[Accusation]:
    """A schedule with the wrong number of fields, or an impossible one: it runs at another time, or never."""
    for found in wrong(inventory):
        five = found.fields == 6 and len(found.schedule.split()) == 5 and problem(found.schedule, 5) is None
        parts = found.schedule.split()
        meant = f": it runs at minute {parts[1]} of hour {parts[2]}, second {parts[0]}" if five else ""
        zone = found.field.lower().endswith("zone")
        yield Accusation(
            found.resource,
            f'{"time zone" if zone else "schedule"} "{found.schedule}" {found.why}{meant}',
            field=found.field,
            hint=_hint(found, five=five, zone=zone),
            fix=Patch(found.resource.subject, found.field, f"0 {found.schedule}") if five else None,
            severity=Severity.MEDIUM if found.never else None,
        )


def _hint(found: Wrong, *, five: bool, zone: bool) -> str:
    if zone:
        return "a name of the IANA database, such as Europe/Berlin or Etc/UTC"
    if found.never:
        return "name a day that comes, or suspend it where it is meant to run by hand only"
    return f'seconds come first: "0 {found.schedule}"' if five else MEANT[found.fields]
