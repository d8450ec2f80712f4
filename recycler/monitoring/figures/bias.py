"""By how much measured figures differ from predicted medians."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid
from recycler.card.words import times
from recycler.monitoring.bias import Bias
from recycler.monitoring.verdict import BIAS_ALLOWED_PCT, figure_name

_ROW = 0.2  # inches
_NARROWEST = np.log(1.5)
_WIDE = np.log(3)  # beyond it, error bars of single categories are cut off
_TICKS = (0.05, 0.1, 0.2, 1 / 3, 0.5, 2 / 3, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 20)
_MOST_TICKS = 7


def bias(rows: Sequence[Bias]) -> Figure:
    """Draw a row for every figure, and smaller ones for its categories."""
    height = 0.95 + _ROW * (len(rows) + 0.6 * sum(row.category is None for row in rows))
    figure = Figure((WIDTH, height))
    axes = figure.subplots()
    allowed = np.log1p(BIAS_ALLOWED_PCT / 100)
    axes.axvspan(-allowed, allowed, color=colour("band"), lw=0, zorder=0)
    axes.axvline(0, color=colour("soft"), lw=0.8, dashes=(4, 3))
    places, place = [], 0.0
    for row in rows:
        place += 1.6 if row.category is None else 1.0
        places.append(place)
        ends = _ends(row)
        role = "outside" if ends and not ends[0] <= 0 <= ends[1] else "model"
        size = 6 if row.category is None else 4
        if ends:
            axes.plot(ends, [place] * 2, color=colour(role), lw=size / 4)
        axes.plot(_log(row.bias_pct), place, "o", color=colour(role), ms=size)
    axes.set_yticks(places, [_label(row) for row in rows])
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.category is None else "normal")
    _mark(axes, _widest(rows))
    axes.set_ylim(place + 0.8, 0.6)
    axes.set_xlabel("measured over predicted median, geometric mean; shaded: within 10 %")
    axes.spines.left.set_visible(False)
    grid(axes, "x")
    figure.subplots_adjust(left=0.245, right=0.975, top=1 - 0.12 / height, bottom=0.5 / height)
    return figure


def _mark(axes: Axes, widest: float) -> None:
    shown = [tick for tick in _TICKS if abs(np.log(tick)) <= widest]
    if len(shown) > _MOST_TICKS:
        shown = [tick for tick in shown if tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)]
    axes.set_xticks(np.log(shown), [times(tick) for tick in shown])
    axes.set_xlim(-widest, widest)


def _label(row: Bias) -> str:
    name = figure_name(row.measure, row.element) if row.category is None else row.category
    return f"{name} ({row.lots:,})"


def _ends(row: Bias) -> tuple[float, float] | None:
    if row.lower_pct is None or row.upper_pct is None:
        return None
    return _log(row.lower_pct), _log(row.upper_pct)


def _widest(rows: Sequence[Bias]) -> float:
    """How far the axis reaches to both sides."""
    points = [abs(_log(row.bias_pct)) for row in rows]
    ends = [abs(end) for row in rows for end in _ends(row) or ()]
    of_all = [abs(end) for row in rows if row.category is None for end in _ends(row) or ()]
    return 1.05 * float(max(_NARROWEST, *points, *of_all, min(max(ends, default=0.0), _WIDE)))


def _log(percent: float) -> float:
    return float(np.log1p(percent / 100))
