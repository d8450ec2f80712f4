"""Observed against promised coverage: the model, the baselines, and each factor."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from recycler.card.figures.style import (
    WIDTH,
    colour,
    factors,
    grid,
    methods,
    of_method,
    spread_apart,
)
from recycler.card.words import factor_name, method_name
from recycler.model.evaluation import MODEL, Score, vote_weights

_LEVELS = np.linspace(0.02, 0.98, 49)
_LEVEL = 0.9


def calibration(scores: Sequence[Score]) -> Figure:
    """Draw both panels."""
    figure = Figure((WIDTH, 3.2))
    _draw_curves(figure.add_axes((0.08, 0.15, 0.355, 0.745)), scores)
    _draw_factors(figure.add_axes((0.755, 0.15, 0.23, 0.745)), of_method(scores, MODEL))
    return figure


def _draw_curves(axes: Axes, scores: Sequence[Score]) -> None:
    votes = _votes(of_method(scores, MODEL))
    error = 1.96 * np.sqrt(_LEVELS * (1 - _LEVELS) / votes)
    axes.fill_between(_LEVELS, _LEVELS - error, _LEVELS + error, color=colour("band"), lw=0)
    axes.plot([0, 1], [0, 1], color=colour("soft"), lw=0.8, dashes=(4, 3))
    ends = []
    for method in reversed(methods(scores)):
        observed = _observed(of_method(scores, method))
        is_model = method == MODEL
        axes.plot(_LEVELS, observed, color=colour(method), lw=2.2 if is_model else 1.2)
        ends.append((method, float(observed[-5])))
    for (method, _), height in zip(ends, spread_apart([y for _, y in ends], 0.058), strict=True):
        axes.annotate(
            method_name(method),
            (1.02, height - 0.06),
            color=colour(method),
            va="center",
            annotation_clip=False,
            fontweight="bold" if method == MODEL else "normal",
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="level of the interval")
    axes.set_title(f"share of {votes} votes inside")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
    grid(axes, "both")


def _observed(scores: Sequence[Score]) -> np.ndarray:
    inside = np.array([[score.inside_of(level) for level in _LEVELS] for score in scores])
    return np.average(inside, axis=0, weights=vote_weights(scores))


def _votes(scores: Sequence[Score]) -> int:
    return len({score.vote for score in scores})


def _draw_factors(axes: Axes, scores: Sequence[Score]) -> None:
    rows = factors(scores)
    axes.axvline(_LEVEL, color=colour("soft"), lw=0.8, dashes=(4, 3))
    for row, factor in enumerate(rows):
        own = [score for score in scores if score.factor == factor]
        found = [score.inside_of(_LEVEL) for score in own]
        inside = float(np.average(found, weights=vote_weights(own)))
        error = 2 * np.sqrt(_LEVEL * (1 - _LEVEL) / _votes(own))
        axes.plot([inside - error, min(inside + error, 1)], [row, row], color=colour(MODEL), lw=1.4)
        axes.plot(inside, row, "o", color=colour(MODEL), ms=5.5)
        axes.annotate(
            f"{inside * 100:.0f}",
            (inside, row - 0.24),
            ha="center",
            va="bottom",
            bbox={"facecolor": colour("paper"), "edgecolor": "none", "pad": 0.6},
        )
    counts = {f: _votes([score for score in scores if score.factor == f]) for f in rows}
    labels = [f"{factor_name(factor)} ({count})" for factor, count in counts.items()]
    axes.set_yticks(range(len(rows)), labels)
    axes.set(xlim=(0.55, 1.005), ylim=(len(rows) - 0.5, -0.75), xlabel="share inside, %")
    axes.set_xticks([0.6, 0.7, 0.8, 0.9, 1], ["60", "70", "80", "90", "100"])
    axes.set_title("at 90 %, by factor")
    axes.spines.left.set_visible(False)
    grid(axes, "x")
