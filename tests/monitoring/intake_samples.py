"""Lines that came in, simulated day by day."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from recycler.intake import IntakeCount, IntakeKind

TODAY = date(2026, 11, 27)

USUAL: Mapping[str, float] = {"phone": 0.5, "motor": 0.3, "hdd": 0.2}
"""Category -> share of the lines."""


def counts_of(
    days: int,
    seed: int = 0,
    *,
    lines: int = 30,
    recent: Mapping[str, float] = USUAL,
    recent_days: int = 30,
    clumped: bool = False,
) -> list[IntakeCount]:
    """Lines of the last days, by category.

    Args:
        days: How many, up to TODAY.
        seed: Of the random numbers.
        lines: Of a day.
        recent: Shares of the last days.
        recent_days: How many these are.
        clumped: Whether all lines of a day are of one category, as if of one sender.
    """
    generator = np.random.default_rng(seed)
    found = []
    for ago in range(days - 1, -1, -1):
        shares = recent if ago < recent_days else USUAL
        drawn = generator.multinomial(1 if clumped else lines, list(shares.values()))
        many = drawn * lines if clumped else drawn
        day = TODAY - timedelta(days=ago)
        found += [
            IntakeCount(kind(day, category), int(count), int(count))
            for category, count in zip(shares, many, strict=True)
            if count
        ]
    return found


def kind(day: date = TODAY, category: str = "phone", **fields: object) -> IntakeKind:
    """A kind of line of which nothing but the category was said."""
    plain = IntakeKind(day, category, "", "", "", "", "", in_domain=True, unexpected=False)
    return plain._replace(**fields)
