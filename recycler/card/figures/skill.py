"""CRPS of every method, factor by factor, beside the floor that no model gets below."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

from recycler.card.figures.style import WIDTH, colour, factors, grid, methods, of_method
from recycler.card.words import factor_name, method_name
from recycler.model.evaluation import MODEL, Score, noise_floor, vote_weights

if TYPE_CHECKING:
    from matplotlib.artist import Artist

_REFERENCE = "category_mean"
_MOST = 1.55  # of the reference: what lies beyond is written at the edge


def skill(scores: Sequence[Score]) -> Figure:
    """Draw one row per factor and one for all pooled."""
    rows = factors(scores)
    figure = Figure((WIDTH, 0.9 + 0.33 * (len(rows) + 1)))
    axes = figure.subplots()
    floors = noise_floor(of_method(scores, MODEL))
    for row, factor in enumerate(rows):
        _draw_row(axes, row, [score for score in scores if score.factor == factor])
        if factor in floors:
            _draw_floor(axes, row, floors[factor]["across_sources"], scores, factor)
    _draw_row(axes, len(rows), scores)
    axes.axhline(len(rows) - 0.5, color=colour("line"), lw=0.8)
    axes.axvline(1, color=colour(_REFERENCE), lw=0.8, dashes=(4, 3))
    axes.set_yticks(range(len(rows) + 1), [*map(factor_name, rows), "all pooled"])
    axes.set(xlim=(0.25, _MOST), ylim=(len(rows) + 0.5, -0.6))
    marks = [0.4, 0.6, 0.8, 1, 1.2, 1.4]
    axes.set_xticks(marks, [f"{mark * 100:.0f} %" for mark in marks])
    axes.set_xlabel("CRPS, the category mean's being 100 %")
    axes.spines.left.set_visible(False)
    grid(axes, "x")
    _key(axes, methods(scores))
    figure.subplots_adjust(left=0.155, right=0.975, top=0.88, bottom=0.14)
    return figure


def _draw_row(axes: Axes, row: int, scores: Sequence[Score]) -> None:
    crps = {method: _mean_crps(of_method(scores, method)) for method in methods(scores)}
    shares = {method: value / crps[_REFERENCE] for method, value in crps.items()}
    shown = [share for share in shares.values() if share < _MOST]
    axes.plot([min(shown), max(shown)], [row, row], color=colour("line"), lw=3, zorder=1)
    for method, share in shares.items():
        is_model = method == MODEL
        if share < _MOST:
            axes.plot(share, row, "o", color=colour(method), ms=8.5 if is_model else 5.5, zorder=3)
        else:
            text = f"{method_name(method)} {share * 100:.0f} % →"
            axes.annotate(
                text, (_MOST - 0.01, row), ha="right", va="center", color=colour(method), size=7.5
            )


def _draw_floor(
    axes: Axes, row: int, floor: dict[str, float], scores: Sequence[Score], factor: str
) -> None:
    """At the floor's share of the model's CRPS where both are known."""
    own = [score for score in scores if score.factor == factor]
    share = _mean_crps(of_method(own, MODEL)) / _mean_crps(of_method(own, _REFERENCE))
    at = share * floor["floor"] / floor["crps"]
    axes.plot([at, at], [row - 0.24, row + 0.24], color=colour("ink"), lw=1.6, zorder=2)


def _mean_crps(scores: Sequence[Score]) -> float:
    return float(np.average([score.crps for score in scores], weights=vote_weights(scores)))


def _key(axes: Axes, shown: Sequence[str]) -> None:
    """Names of the methods above the rows, in their colours."""
    named = [*((f"● {method_name(method)}", method) for method in shown), ("❘ noise floor", "ink")]
    texts: list[Artist] = [
        TextArea(
            text,
            textprops={
                "color": colour(role),
                "fontweight": "bold" if role == MODEL else "normal",
            },
        )
        for text, role in named
    ]
    box = AnchoredOffsetbox(
        loc="lower right",
        child=HPacker(children=texts, pad=0, sep=9),
        frameon=False,
        pad=0,
        borderpad=0.3,
        bbox_to_anchor=(1.0, 1.0),
        bbox_transform=axes.transAxes,
    )
    axes.add_artist(box)
