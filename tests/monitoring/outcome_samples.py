"""Histories of measured lots, simulated: what was predicted of each, and what was found."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import exp
from statistics import NormalDist

import numpy as np

from recycler.lot import LEVELS, Measure, Outcome

FIGURES = tuple(
    (measure, element)
    for measure, elements in (
        (Measure.MASS_FRACTION, ("Nd", "Pr", "Dy")),
        (Measure.MAGNET_MASS, ("",)),
        (Measure.RECOVERED, ("Nd", "Dy")),
    )
    for element in elements
)
"""Six figures of every lot."""

_NORMAL = NormalDist()
_HALF_WIDTHS = tuple(_NORMAL.inv_cdf((1 + level) / 2) for level in LEVELS)

FIRST_DAY = date(2026, 1, 5)


def history(
    lots: int,
    seed: int = 0,
    *,
    spread: float = 0.4,
    true_spread: float | None = None,
    log_bias: float = 0.0,
    likeness: float = 0.5,
    drift_from: int | None = None,
    log_drift: float = 0.0,
    categories: Sequence[str] = ("phone", "motor"),
    plants: Sequence[str] = ("own",),
) -> list[Outcome]:
    """Lots that follow one another day by day, six figures each.

    Args:
        lots: How many.
        seed: Of the random numbers.
        spread: Standard deviation of the predicted log of a figure.
        true_spread: That of the figures; the predicted one if None.
        log_bias: Mean log of measured over predicted.
        likeness: Correlation between figures of one lot.
        drift_from: Number of the first lot that differs.
        log_drift: What is added to the log from that lot on.
        categories: Taken in turn.
        plants: Taken in turn.
    """
    generator = np.random.default_rng(seed)
    alike = generator.standard_normal((lots, 1)) * np.sqrt(likeness)
    own = generator.standard_normal((lots, len(FIGURES))) * np.sqrt(1 - likeness)
    off = (alike + own) * (spread if true_spread is None else true_spread) + log_bias
    if drift_from is not None:
        off[drift_from:] += log_drift
    return [
        outcome(
            f"lot-{lot:04}",
            float(off[lot, figure]),
            spread,
            measure=measure,
            element=element,
            measured_on=FIRST_DAY + timedelta(days=lot),
            category=categories[lot % len(categories)],
            plant=plants[lot % len(plants)],
        )
        for lot in range(lots)
        for figure, (measure, element) in enumerate(FIGURES)
    ]


def outcome(
    lot_id: str,
    off: float,
    spread: float = 0.4,
    *,
    measure: Measure = Measure.MASS_FRACTION,
    element: str = "Nd",
    measured_on: date = FIRST_DAY,
    category: str = "phone",
    plant: str = "own",
    median: float = 0.2,
) -> Outcome:
    """One figure, `off` above its predicted median in logs."""
    return Outcome(
        lot_id=lot_id,
        plant=plant,
        measured_on=measured_on,
        category=category,
        subtype=None,
        measure=measure,
        element=element,
        measured=median * exp(off),
        median=median,
        bounds=tuple(
            (median * exp(-half * spread), median * exp(half * spread)) for half in _HALF_WIDTHS
        ),
        below=_NORMAL.cdf(off / spread),
    )
