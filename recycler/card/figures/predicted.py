"""Predicted medians with intervals against what was measured, factor by factor."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recycler.card.figures.style import (
    WIDTH,
    colour,
    factors,
    grid,
    is_outside,
    of_method,
    ticks,
)
from recycler.card.words import factor_name
from recycler.model.evaluation import MODEL, Score

_COLUMNS = 3
_MARGIN = 0.06  # of the measured range, at both ends
_CROWD = 150  # figures in a panel from which intervals are drawn fainter


def predicted(scores: Sequence[Score]) -> Figure:
    """Draw a panel per factor."""
    own = of_method(scores, MODEL)
    shown = factors(own)
    rows = -(-(len(shown) + 1) // _COLUMNS)  # one panel more: the key
    figure = Figure((WIDTH, 2.4 * rows + 0.2))
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, factor in zip(panels, shown, strict=False):
        _draw(axes, factor, [score for score in own if score.factor == factor])
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    _draw_key(panels[len(shown)])
    figure.subplots_adjust(left=0.085, right=0.985, top=0.96, bottom=0.055, wspace=0.4, hspace=0.46)
    return figure


def _draw(axes: Axes, factor: str, scores: Sequence[Score]) -> None:
    for outside in (False, True):
        some = [score for score in scores if is_outside(score) is outside]
        _draw_intervals(axes, some, colour("outside" if outside else MODEL))
    low, high = _limits(scores)
    axes.plot([low, high], [low, high], color=colour("soft"), lw=0.8, dashes=(4, 3))
    places, labels = ticks(factor, low, high)
    axes.set_xticks(places, labels)
    axes.set_yticks(places, labels)
    axes.set(xlim=(low, high), ylim=(low, high))
    missed = sum(map(is_outside, scores))
    axes.set_title(factor_name(factor))
    counted = f"{missed} of {len(scores)} outside"
    axes.set_xlabel(counted, loc="right", color=colour("outside" if missed else "soft"))
    grid(axes, "both")


def _draw_intervals(axes: Axes, scores: Sequence[Score], shown: str) -> None:
    if not scores:
        return
    measured = np.array([score.measured for score in scores])
    lower, upper = np.array([score.bounds[-1] for score in scores]).T
    alpha = 0.4 if len(scores) < _CROWD else 0.15
    axes.vlines(measured, lower, upper, color=shown, lw=0.9, alpha=alpha)
    axes.plot(measured, [score.median for score in scores], "o", color=shown, ms=2.8, mew=0)


def _limits(scores: Sequence[Score]) -> tuple[float, float]:
    """All that was measured, and the medians: the ends of long intervals may leave the panel."""
    values = [score.measured for score in scores] + [score.median for score in scores]
    margin = _MARGIN * (max(values) - min(values)) + 1e-9
    return min(values) - margin, max(values) + margin


def _draw_key(axes: Axes) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 10))
    axes.plot([0.2, 2.2], [0.4, 2.4], color=colour("soft"), lw=0.8, dashes=(4, 3))
    axes.annotate("as measured", (2.6, 1.4), va="center")
    for at, text, role in ((5, "inside its interval", MODEL), (8.4, "outside", "outside")):
        axes.vlines([1.2], [at - 1.2], [at + 1.2], color=colour(role), lw=0.9, alpha=0.6)
        axes.plot([1.2], [at], "o", color=colour(role), ms=4, mew=0)
        axes.annotate(text, (2.6, at), va="center")
