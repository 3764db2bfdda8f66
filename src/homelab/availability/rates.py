"""Default rates: how often the things a lab stands on fail and how long they are then down, each with its source.

All of them are starting points: a lab names its own in `homelab.yaml`. Those marked "assumption" have no usable public
number behind them; their error factors of 3 to 5 say so in every band. `observed` turns a log of one's own into a rate.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from homelab.availability.parts import HOURS_PER_YEAR, Rate
from homelab.errors import Undecidable

MINUTE = 1.0 / 60.0

RATES: Mapping[str, Rate] = MappingProxyType(
    {
        "power.grid.us": Rate.per_year(
            1.348,
            366.6 / 1.348 * MINUTE,
            2.0,
            "SAIFI 1.348 and SAIDI 366.6 min a year, all events: EIA table 11.1, 2023",
        ),
        "power.grid.germany": Rate.per_year(
            0.25,
            12.8 / 0.25 * MINUTE,
            2.0,
            "SAIDI 12.8 min in 2023: BNetzA; a power cut every four years is an assumption",
        ),
        "power.grid.uk": Rate.per_year(
            1.0, 1.92, 3.0, "1.92 h a year per adult: Uswitch survey, November 2025; one cut a year is an assumption"
        ),
        "power.grid.eu": Rate.per_year(
            1.0,
            60.0 * MINUTE,
            3.0,
            "10 to 185 min a year across the EU: middle of the range, once a year, an assumption",
        ),
        "power.grid.none": Rate.never("no grid, or one that is taken as perfect"),
        "isp": Rate.per_year(
            3.0, 3.77 / 3.0, 3.0, "3.77 h a year per adult: Uswitch survey, November 2025; three outages an assumption"
        ),
        "router": Rate.per_year(
            2.0, 2.72 / 2.0, 3.0, "2.72 h a year per adult: Uswitch survey, November 2025; two outages an assumption"
        ),
        "edge": Rate.per_year(
            2.0, 2.0, 3.0, "assumption: two global incidents a year of 2 h, after Cloudflare's of June to December 2025"
        ),
        "switch": Rate.per_year(0.05, 24.0, 5.0, "assumption: once in 20 years, a day to replace"),
        "host": Rate.per_year(
            0.125, 48.0, 3.0, "assumption: 0.10 to 0.15 hardware stops a year, two days without a spare on the shelf"
        ),
        "host.spare": Rate.per_year(0.125, 4.0, 3.0, "as host, with a spare on the shelf: 4 h, an assumption"),
        "host.software": Rate.per_year(
            1.0, 10.0 * MINUTE, 3.0, "assumption: one panic or hang a year, 10 min to reboot; literature has 2,654 h"
        ),
        "vm": Rate.per_year(
            1.0, 2.0 * MINUTE, 3.0, "assumption: one guest crash a year, 2 min to boot; literature has 2,893 h"
        ),
        "node.kubelet": Rate.per_year(
            0.5, 10.0 * MINUTE, 5.0, "assumption: kubelet or containerd hangs every second year, 10 min"
        ),
        "disk.ssd": Rate.annual(0.0090, 48.0, 2.0, "AFR 0.90 %: Backblaze SSD edition, mid-2023; two days to replace"),
        "container": Rate.per_year(
            24.0, 40.0 / 3600.0, 5.0, "assumption: two crashes a month, 10 s of back-off and 30 s to start"
        ),
        "container.hang": Rate.per_year(
            0.5,
            2.0 * MINUTE,
            5.0,
            "assumption: a process hangs every second year; 2 min until a liveness probe ends it",
        ),
        "container.evicted": Rate.per_year(
            1.0, 10.0 * MINUTE, 5.0, "assumption: without requests, evicted or killed for memory once a year, 10 min"
        ),
        "node.upgrade": Rate.per_year(
            6.0,
            10.0 * MINUTE,
            1.5,
            "3 minors and as many patches a year, release cadence; 10 min to restart, an assumption",
        ),
        "host.update": Rate.per_year(
            12.0,
            10.0 * MINUTE,
            1.5,
            "assumption: a kernel a month, 10 min to restart; virtual machines are not migrated",
        ),
        "operator.change": Rate.per_year(
            52.0 * 0.10, 1.0, 3.0, "52 changes a year, 10 % fail (DORA 2024, medium), mended within the hour"
        ),
    }
)
"""The table; hours throughout, error factors as 5 % to 95 % of a lognormal rate."""


def lookup(name: str, overrides: Mapping[str, Rate] | None = None) -> Rate:
    """A rate by name, the lab's own before the default.

    Raises:
        Undecidable: there is no such rate; the hint names the nearest.
    """
    found = (overrides or {}).get(name) or RATES.get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*RATES, *(overrides or {})], n=3, cutoff=0.3)
        raise Undecidable(
            f"there is no rate {name}", hint=f"did you mean {' or '.join(near or RATES)}?" if near else None
        )
    return found


def with_ups(grid: Rate, ups_minutes: float) -> Rate:
    """The grid as seen behind a battery that lasts `ups_minutes`: fewer outages, each as long as before.

    Outage lengths are taken as exponential: of all, exp(-minutes / mean) outlast the battery, and what is left of one
    that does is again exponential with the same mean (it has no memory). So the frequency shrinks and the repair time
    stays. The same follows, without a new rate, from the gate `Bridged(power, hours)`, for any shape of outage.
    """
    if math.isinf(grid.mttf) or grid.mttr == 0:
        return grid
    longer = math.exp(-ups_minutes * MINUTE / grid.mttr)
    source = f"{grid.source}; behind a battery of {ups_minutes:g} min"
    if longer * grid.frequency * HOURS_PER_YEAR < 1e-12:
        return Rate.never(source)
    cycle = 1.0 / (grid.frequency * longer)
    return replace(grid, mttf=cycle - grid.mttr, source=source)


def observed(failures: int, hours: float, mttr: float) -> Rate:
    """A rate from one's own log: so many failures in so many hours up (Jeffreys: Gamma(n + 1/2, T)).

    The error factor is that of the lognormal with the same relative spread, exp(1.645 sqrt(ln(1 + 1 / (n + 1/2)))).
    """
    shape = failures + 0.5
    factor = math.exp(1.6448536269514722 * math.sqrt(math.log1p(1.0 / shape)))
    return Rate(hours / shape, mttr, factor, f"own log: {failures} failures in {hours:g} h")
