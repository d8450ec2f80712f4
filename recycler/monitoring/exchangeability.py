"""Whether lots fare alike at all times, or recent ones unlike earlier ones.

If nothing drifts, lots are exchangeable: their order tells nothing. A lot counts once, by two
scores: how high its figures fell (the mean of `below`, which moves when the centre of predictions
drifts off) and how far out (the mean of |2 below - 1|, which moves when their width does).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recycler.lot import LEVELS, Outcome
from recycler.monitoring.coverage import JUDGED_LEVEL
from recycler.monitoring.lots import lot_numbers
from recycler.monitoring.martingale import evidence

Array = NDArray[np.float64]

PERMUTATIONS: Final = 999

_SEED: Final = 20200724
_AT_ONCE: Final = 200_000  # scores permuted in one go: some megabytes
_MOST_POINTS: Final = 200
_ROUNDING: Final = 1e-12
_FEWEST: Final = 5
"""Lots under which their order is not looked at: it has too few alternatives."""


@dataclass(frozen=True)
class Stretch:
    """How lots fared in a part of the history.

    Attributes:
        lots: Lots in it.
        above_median: Mean share of a lot's figures above their predicted median; half, if right.
        inside: Mean share of a lot's figures inside their 90 % interval.
    """

    lots: int
    above_median: float
    inside: float


@dataclass(frozen=True)
class Evidence:
    """Evidence against exchangeability once so many lots had been measured; see `martingale`."""

    measured_on: date
    lots: int
    evidence: float


@dataclass(frozen=True)
class Exchangeability:
    """Whether the order of the lots tells something.

    Attributes:
        lots: Lots looked at.
        p_value: Share of the random orders in which scores change at least as much at some
            moment; None for under five lots, and where all lots fare exactly alike.
        changes_on: Day of the first lot after the moment at which scores change most.
        earlier: The lots before it.
        recent: The lots from it on.
        course: Evidence lot by lot, at most 200 points; it starts at about 1/2.
        highest: The highest that it ever was.
    """

    lots: int
    p_value: float | None
    changes_on: date | None
    earlier: Stretch | None
    recent: Stretch | None
    course: tuple[Evidence, ...]
    highest: float


def exchangeability(outcomes: Sequence[Outcome]) -> Exchangeability:
    """Test whether lots fare alike at all times.

    Args:
        outcomes: In the order of time.
    """
    numbers = lot_numbers(outcomes)
    below = np.array([outcome.below for outcome in outcomes])
    days = [outcomes[i].measured_on for i in np.unique(numbers, return_index=True)[1]]
    scores = np.stack([_by_lot(below, numbers), _by_lot(np.abs(2 * below - 1), numbers)])
    course = evidence(scores, np.random.default_rng(_SEED))
    found = Exchangeability(
        lots=len(days),
        p_value=None,
        changes_on=None,
        earlier=None,
        recent=None,
        course=tuple(_thinned(days, course)),
        highest=float(course.max(initial=1.0)),
    )
    varying = _in_spreads(scores)
    if len(days) < _FEWEST or not len(varying):
        return found
    changes = change_statistic(varying).max(axis=0)
    split = int(changes.argmax()) + 1
    return replace(
        found,
        p_value=_p_value(varying, float(changes.max())),
        changes_on=days[split],
        earlier=_stretch(outcomes, numbers < split),
        recent=_stretch(outcomes, numbers >= split),
    )


def change_statistic(scores: Array) -> Array:
    """How much the mean changes at each moment: |mean before - mean after|, scaled.

    Scaled by sqrt(k (n - k) / n), all moments scatter alike; the largest is the CUSUM statistic
    for a change at an unknown moment.

    Args:
        scores: Orders x lots.

    Returns:
        Orders x (lots - 1): the change after the first lot, after the second, and so on.
    """
    lots = scores.shape[-1]
    before = np.arange(1, lots)
    sums = np.cumsum(scores, axis=-1)
    means = sums[..., :-1] / before
    later = (sums[..., -1:] - sums[..., :-1]) / (lots - before)
    changes: Array = np.abs(means - later) * np.sqrt(before * (lots - before) / lots)
    return changes


def _in_spreads(scores: Array) -> Array:
    """The scores that vary, each in units of its spread."""
    spreads = scores.std(axis=-1, keepdims=True)
    varies = spreads[:, 0] > _ROUNDING
    varying: Array = scores[varies] / spreads[varies]
    return varying


def _p_value(scores: Array, largest: float) -> float:
    """Share of the orders with as large a change; the order found is one of them."""
    generator = np.random.default_rng(_SEED)
    lots = scores.shape[-1]
    size = max(_AT_ONCE // lots, 1)
    as_large = 1
    for start in range(0, PERMUTATIONS, size):
        in_turn = np.tile(np.arange(lots), (min(size, PERMUTATIONS - start), 1))
        orders = generator.permuted(in_turn, axis=1)
        changes = change_statistic(scores[:, orders]).max(axis=(0, 2))
        as_large += int(np.sum(changes >= largest - _ROUNDING))
    return as_large / (PERMUTATIONS + 1)


def _by_lot(values: Array, numbers: NDArray[np.int64]) -> Array:
    means: Array = np.bincount(numbers, values) / np.bincount(numbers)
    return means


def _stretch(outcomes: Sequence[Outcome], own: NDArray[np.bool_]) -> Stretch:
    found = [outcome for outcome, is_own in zip(outcomes, own, strict=True) if is_own]
    numbers = lot_numbers(found)
    above = np.array([float(o.below > 0.5) for o in found])
    at = LEVELS.index(JUDGED_LEVEL)
    inside = np.array([float(o.bounds[at][0] <= o.measured <= o.bounds[at][1]) for o in found])
    return Stretch(
        lots=int(numbers.max()) + 1,
        above_median=float(_by_lot(above, numbers).mean()),
        inside=float(_by_lot(inside, numbers).mean()),
    )


def _thinned(days: Sequence[date], course: Array) -> list[Evidence]:
    count = min(len(days), _MOST_POINTS)
    kept = np.unique(np.linspace(0, len(days) - 1, count).round().astype(int))
    return [Evidence(days[i], int(i) + 1, float(course[i])) for i in kept]
