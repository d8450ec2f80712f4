"""By how much measured figures differ from predicted medians, element by element."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from recycler.lot import Outcome
from recycler.monitoring.lots import by_figure, count_lots, grouped
from recycler.monitoring.shares import ERROR_LEVEL

_FEWEST: Final = 3
"""Figures from which on an error bar is drawn."""

_LARGEST_LOG: Final = 600.0
"""Log ratio beyond which the end of an error bar is cut: no number holds what is much larger."""


@dataclass(frozen=True)
class Bias:
    """Measured over predicted median of one figure: exp(mean log ratio) - 1, in %.

    A lot has one such figure, so lots stand for themselves. The error bar is Student's on the log
    ratios; it is None under three figures. Figures of nothing (measured or predicted as 0) have no
    ratio and are left out.

    Attributes:
        measure: What the figure is of.
        element: Symbol; empty for a magnet mass.
        category: The lots' category; None for all.
        lots: Lots with such a figure.
        bias_pct: Above 0 if more is measured than predicted.
        lower_pct: Lower end of its error bar.
        upper_pct: Upper end of it.
        p_value: How well chance explains that figures lean to one side of their predictions:
            Student's test that `below` has mean 1/2. Unlike the mean log ratio that is so for any
            right prediction, symmetric or not. None under three figures.
    """

    measure: str
    element: str
    category: str | None
    lots: int
    bias_pct: float
    lower_pct: float | None
    upper_pct: float | None
    p_value: float | None


def biases(outcomes: Sequence[Outcome]) -> Iterator[Bias]:
    """Bias of every figure over all categories, then by category where there are several."""
    for (measure, element), own in by_figure(outcomes).items():
        by_category = sorted(grouped(own, lambda o: o.category).items())
        yield from _bias(own, measure, element, None)
        if len(by_category) > 1:
            for category, few in by_category:
                yield from _bias(few, measure, element, category)


def _bias(
    outcomes: Sequence[Outcome], measure: str, element: str, category: str | None
) -> Iterator[Bias]:
    comparable = [o for o in outcomes if o.measured > 0 and o.median > 0]
    if not comparable:
        return
    logs = np.log([o.measured for o in comparable]) - np.log([o.median for o in comparable])
    half = _half_width(logs)
    centre = float(logs.mean())
    yield Bias(
        measure=measure,
        element=element,
        category=category,
        lots=count_lots(comparable),
        bias_pct=_percent(centre),
        lower_pct=None if half is None else _percent(centre - half),
        upper_pct=None if half is None else _percent(centre + half),
        p_value=_lean(np.array([o.below for o in comparable])),
    )


def _half_width(values: NDArray[np.float64]) -> float | None:
    if len(values) < _FEWEST:
        return None
    error = float(values.std(ddof=1)) / sqrt(len(values))
    return float(t.ppf((1 + ERROR_LEVEL) / 2, len(values) - 1)) * error


def _lean(below: NDArray[np.float64]) -> float | None:
    if len(below) < _FEWEST:
        return None
    distance = abs(float(below.mean()) - 0.5)
    error = float(below.std(ddof=1)) / sqrt(len(below))
    if error == 0:
        return float(distance == 0)
    return 2 * float(t.sf(distance / error, len(below) - 1))


def _percent(log_ratio: float) -> float:
    """A ratio as % above one; of lots that were made up, too, a figure that JSON can say."""
    return 100 * (exp(min(log_ratio, _LARGEST_LOG)) - 1)
