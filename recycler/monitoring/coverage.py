"""How many figures lay inside their intervals, beside how many should have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recycler.lot import LEVELS, Outcome
from recycler.monitoring.lots import FEWEST_LOTS, by_figure, count_lots, grouped, lot_numbers
from recycler.monitoring.shares import clustered_share

MOST_PERIODS: Final = 12
"""Periods that a history is cut into at most."""

JUDGED_LEVEL: Final = 0.9
"""Level of the intervals that the verdict and the course of time are about."""


@dataclass(frozen=True)
class LevelCoverage:
    """Coverage of the intervals of one level.

    Attributes:
        level: What the intervals promise, 0-1.
        inside: Share of the figures inside, 0-1.
        lower: Lower end of its error bar (Korn and Graubard, see `shares`).
        upper: Upper end of it.
        p_value: How well chance explains the distance between `inside` and `level`.
    """

    level: float
    inside: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True)
class Coverage:
    """Coverage of a group of figures; what it is a group of is named, all else is None."""

    plant: str | None
    measure: str | None
    element: str | None
    category: str | None
    lots: int
    figures: int
    levels: tuple[LevelCoverage, ...]

    @property
    def judged(self) -> LevelCoverage:
        """Coverage at the level that the verdict is about."""
        return next(level for level in self.levels if level.level == JUDGED_LEVEL)


@dataclass(frozen=True)
class Period:
    """Coverage at 90 % of lots that followed one another."""

    first: date
    last: date
    lots: int
    figures: int
    inside: float
    lower: float
    upper: float


def coverages(outcomes: Sequence[Outcome]) -> Iterator[Coverage]:
    """Coverage of all figures, then by plant, by figure (measure and element) and by category.

    Args:
        outcomes: At least one.
    """
    yield _coverage(outcomes)
    for plant, own in sorted(grouped(outcomes, lambda o: o.plant).items()):
        yield _coverage(own, plant=plant)
    for (measure, element), own in by_figure(outcomes).items():
        yield _coverage(own, measure=measure, element=element)
    for category, own in sorted(grouped(outcomes, lambda o: o.category).items()):
        yield _coverage(own, category=category)


def periods(outcomes: Sequence[Outcome]) -> Iterator[Period]:
    """Coverage in the course of time: periods of equally many lots, ten at least.

    Args:
        outcomes: In the order of time.
    """
    lots = lot_numbers(outcomes)
    count = int(lots.max(initial=-1)) + 1
    cuts = min(max(count // FEWEST_LOTS, 1), MOST_PERIODS)
    inside = _inside(outcomes)[:, LEVELS.index(JUDGED_LEVEL)]
    for numbers in np.array_split(np.arange(count), cuts):
        own = np.isin(lots, numbers)
        if own.any():
            yield _period(
                [outcomes[i] for i in np.flatnonzero(own).tolist()], inside[own], lots[own]
            )


def _period(
    outcomes: Sequence[Outcome], inside: NDArray[np.bool_], lots: NDArray[np.int64]
) -> Period:
    share = clustered_share(inside, lots)
    days = [outcome.measured_on for outcome in outcomes]
    several = len(np.unique(lots))
    return Period(min(days), max(days), several, len(days), share.share, share.lower, share.upper)


def _coverage(
    outcomes: Sequence[Outcome],
    *,
    plant: str | None = None,
    measure: str | None = None,
    element: str | None = None,
    category: str | None = None,
) -> Coverage:
    lots, inside = lot_numbers(outcomes), _inside(outcomes)
    levels = tuple(_at_level(level, inside[:, index], lots) for index, level in enumerate(LEVELS))
    return Coverage(plant, measure, element, category, count_lots(outcomes), len(outcomes), levels)


def _at_level(level: float, inside: NDArray[np.bool_], lots: NDArray[np.int64]) -> LevelCoverage:
    share = clustered_share(inside, lots)
    return LevelCoverage(level, share.share, share.lower, share.upper, share.p_value(level))


def _inside(outcomes: Sequence[Outcome]) -> NDArray[np.bool_]:
    """A row for every outcome, a column for every level."""
    measured = np.array([outcome.measured for outcome in outcomes])[:, None]
    bounds = np.array([outcome.bounds for outcome in outcomes]).reshape(-1, len(LEVELS), 2)
    found: NDArray[np.bool_] = (bounds[..., 0] <= measured) & (measured <= bounds[..., 1])
    return found
