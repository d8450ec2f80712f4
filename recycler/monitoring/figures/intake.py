"""What came in lately, beside what came in before and what was learned from."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid
from recycler.monitoring.shift import Intake, Shift, WordShare

_ROW: Final = 0.3  # inches
_MOST: Final = 14  # categories
_YEARS: Final = "years"
_SERIES: Final = (
    ("recent", "model", "came in lately"),
    ("earlier", "category_mean", "came in before"),
    ("learned", "overall_mean", "learned from"),
)


def intake(found: Intake) -> Figure:
    """Draw shares by category on the left, by years of sale on the right."""
    by_name = {shift.dimension: shift for shift in found.shifts}
    categories = _main(by_name["category"])
    years = sorted(
        (word for word in by_name[_YEARS].words if word.word), key=lambda word: word.word
    )
    height = 0.95 + _ROW * max(len(categories), len(years), 5)
    figure = Figure((WIDTH, height))
    left, right = figure.subplots(1, 2)
    _draw(left, categories, _title(by_name["category"], "% of the lines by category"))
    _draw(right, years, _title(by_name[_YEARS], "by years of sale"))
    _key(figure, height)
    figure.subplots_adjust(
        left=0.135, right=0.98, top=1 - 0.62 / height, bottom=0.3 / height, wspace=0.3
    )
    return figure


def _main(shift: Shift) -> list[WordShare]:
    """The categories that come in, most lines first, then those learned from most."""
    return sorted(
        shift.words,
        key=lambda word: (-max(word.recent, word.earlier or 0.0), -(word.learned or 0.0)),
    )[:_MOST]


def _title(shift: Shift, name: str) -> str:
    if shift.p_value is None or shift.from_earlier is None:
        return name
    told = f"p = {shift.p_value:.3f}" if shift.p_value > 0.001 else "p ≤ 0.001"
    return f"{name} ({told})"


def _draw(axes: Axes, words: Sequence[WordShare], title: str) -> None:
    rows = np.arange(len(words))
    for offset, (series, role, _) in zip((-0.27, 0.0, 0.27), _SERIES, strict=True):
        shares = [100 * (getattr(word, series) or 0.0) for word in words]
        axes.barh(rows + offset, shares, 0.25, color=colour(role))
    axes.set_yticks(rows, [word.word.replace("_", " ") for word in words])
    axes.set_ylim(max(len(words), 1) - 0.4, -0.6)
    axes.set_title(title)
    axes.spines.left.set_visible(False)
    grid(axes, "x")


def _key(figure: Figure, height: float) -> None:
    for place, (_, role, label) in zip((0.135, 0.345, 0.56), _SERIES, strict=True):
        figure.text(place, 1 - 0.22 / height, f"■ {label}", color=colour(role))
