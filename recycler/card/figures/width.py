"""Widths of the 90 % intervals, category by category."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid, of_method
from recycler.card.words import times
from recycler.model.evaluation import MODEL, SHARES, Score

_COMPARED = "category_mean"
_EDGE = np.log(1e5)  # wider ones are drawn there


def width(scores: Sequence[Score]) -> Figure:
    """Draw a row per category, from narrow to wide."""
    own, compared = _widths(of_method(scores, MODEL)), _widths(of_method(scores, _COMPARED))
    rows = sorted(own, key=lambda category: float(np.median(own[category])))
    figure = Figure((WIDTH, 0.75 + 0.235 * len(rows)))
    axes = figure.subplots()
    for row, category in enumerate(rows):
        inside = np.minimum(own[category], _EDGE)
        axes.scatter(inside, [row] * len(inside), s=14, color=colour(MODEL), alpha=0.35, lw=0)
        middle = float(np.median(inside))
        axes.plot([middle, middle], [row - 0.33, row + 0.33], color=colour(MODEL), lw=2.4)
        ring = min(float(np.median(compared[category])), _EDGE)
        axes.plot(ring, row, "o", ms=6, mfc="none", mec=colour(_COMPARED), mew=1.2)
    labels = [f"{category.replace('_', ' ')} ({len(own[category])})" for category in rows]
    axes.set_yticks(range(len(rows)), labels)
    places = np.log([1, 2, 10, 100, 1000, 1e4, 1e5])
    axes.set_xticks(places, [times(np.exp(place)) for place in places])
    axes.set(xlim=(0, _EDGE * 1.01), ylim=(len(rows) - 0.3, -0.7))
    axes.set_xlabel("upper over lower bound of the 90 % interval")
    axes.spines.left.set_visible(False)
    grid(axes, "x")
    for at, text, role in (
        (0, "❘ median of the model", MODEL),
        (0.3, "○ median of the category mean", _COMPARED),
    ):
        axes.annotate(text, (at, 1.02), xycoords="axes fraction", color=colour(role))
    figure.subplots_adjust(left=0.2, right=0.97, top=0.94, bottom=0.1)
    return figure


def _widths(scores: Sequence[Score]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        if score.factor not in SHARES:
            lower, upper = score.bounds[-1]
            found[score.category].append(upper - lower)
    return found
