"""The table of default rates as `homelab uptime --rates` prints it, and as docs/availability.md shows it."""

from __future__ import annotations

import math

from homelab.cli.console import Console
from homelab.cli.figures import HOUR, minutes


def tell(console: Console, *, as_json: bool) -> None:
    """Every default rate and delay with its source."""
    from homelab.availability.delays import DELAYS
    from homelab.availability.parts import HOURS_PER_YEAR, Rate
    from homelab.availability.rates import RATES

    def data(name: str, rate: Rate) -> dict[str, object]:
        never = math.isinf(rate.mttf)
        return {
            "name": name,
            "mttf_hours": None if never else rate.mttf,
            "mttr_hours": rate.mttr,
            "error_factor": rate.error_factor,
            "source": rate.source,
        }

    if as_json:
        rates = [data(name, rate) for name, rate in RATES.items()]
        delays = [{"name": name, "seconds": each.seconds, "source": each.source} for name, each in DELAYS.items()]
        console.json({"version": 1, "rates": rates, "delays": delays})
        return
    rows = list[tuple[str, ...]]()
    for name, rate in RATES.items():
        often = 0.0 if math.isinf(rate.mttf) else rate.frequency * HOURS_PER_YEAR
        rows.append((name, f"{often:.3g}", minutes(rate.mttr * HOUR), f"{rate.error_factor:g}", rate.source))
    console.table(rows, "<>>><", head=("RATE", "a year", "down each time", "factor", "source"))
    console.say()
    times = [
        (name, minutes(each.hours * HOUR) if each.seconds >= 120 else f"{each.seconds:g} s", each.source)
        for name, each in DELAYS.items()
    ]
    console.table(times, "<><", head=("DELAY", "takes", "source"))
