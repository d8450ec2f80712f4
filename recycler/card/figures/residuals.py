"""By how much each source differs from what was predicted without it."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid, is_outside, of_method
from recycler.card.words import times
from recycler.model.evaluation import MODEL, SHARES, Score

_FEWEST = 3  # figures of a source that is shown
_MOST = 40  # sources: those with the most figures
_EDGE = np.log(300.0)
_LONGEST = 26  # letters of a source's name


def residuals(scores: Sequence[Score]) -> Figure:
    """Draw a row per source, from those that measure most of what is predicted to least."""
    by_source: dict[str, list[Score]] = defaultdict(list)
    for score in of_method(scores, MODEL):
        if score.factor not in SHARES:
            by_source[score.source].append(score)
    several = {source: own for source, own in by_source.items() if len(own) >= _FEWEST}
    kept = sorted(several, key=lambda source: -len(several[source]))[:_MOST]
    rows = sorted(kept, key=lambda source: float(np.mean(_off(several[source]))))
    figure = Figure((WIDTH, 0.75 + 0.165 * len(rows)))
    axes = figure.subplots()
    axes.axvline(0, color=colour("soft"), lw=0.8, dashes=(4, 3))
    for row, source in enumerate(rows):
        own = several[source]
        shown = [colour("outside" if is_outside(score) else MODEL) for score in own]
        off = np.clip(_off(own), -_EDGE, _EDGE)
        axes.plot([min(off), max(off)], [row, row], color=colour("line"), lw=2.4, zorder=1)
        axes.scatter(off, [row] * len(own), c=shown, s=15, lw=0, alpha=0.8, zorder=2)
    axes.set_yticks(range(len(rows)), [f"{_short(s)} ({len(several[s])})" for s in rows], size=7)
    places = np.log([0.01, 0.1, 1 / 3, 1, 3, 10, 100])
    axes.set_xticks(places, [times(np.exp(place)) for place in places])
    axes.set(xlim=(-_EDGE * 1.02, _EDGE * 1.02), ylim=(-0.7, len(rows) - 0.3))
    axes.set_xlabel("measured over predicted median")
    axes.spines.left.set_visible(False)
    grid(axes, "x")
    _name_colours(axes)
    figure.subplots_adjust(left=0.27, right=0.975, top=0.955, bottom=0.075)
    return figure


def _name_colours(axes: Axes) -> None:
    for at, text, role in (
        (0, "● inside its 90 % interval", MODEL),
        (0.34, "● outside", "outside"),
    ):
        axes.annotate(text, (at, 1.015), xycoords="axes fraction", color=colour(role))


def _off(scores: Sequence[Score]) -> list[float]:
    return [score.measured - score.median for score in scores]


def _short(source: str) -> str:
    first, *others = source.split("+")
    return f"{first[:_LONGEST]} + {len(others)}" if others else first[:_LONGEST]
