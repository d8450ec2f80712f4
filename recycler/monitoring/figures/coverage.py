"""Observed against promised coverage, of all figures and group by group."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid
from recycler.monitoring.coverage import JUDGED_LEVEL, Coverage, LevelCoverage
from recycler.monitoring.verdict import COVERAGE_ALLOWED, figure_name, is_off

_ROW = 0.21  # inches


def coverage(rows: Sequence[Coverage]) -> Figure:
    """Draw calibration at every level on the left, all groups at 90 % on the right."""
    height = max(3.2, 1.0 + _ROW * len(rows))
    figure = Figure((WIDTH, height))
    bottom = 0.5 / height
    tall = 1 - (0.5 + 0.36) / height
    square = 2.45 / height
    _draw_levels(figure.add_axes((0.075, bottom + tall - square, 0.34, square)), rows[0])
    _draw_groups(figure.add_axes((0.65, bottom, 0.33, tall)), rows)
    return figure


def _draw_levels(axes: Axes, pooled: Coverage) -> None:
    axes.plot([0, 100], [0, 100], color=colour("soft"), lw=0.8, dashes=(4, 3))
    for level in pooled.levels:
        _draw_bar(axes, level, along="y", role="model")
        axes.annotate(
            f"{level.inside * 100:.0f}",
            (100 * level.level, 100 * level.inside),
            (7, -3),
            textcoords="offset points",
        )
    axes.set(xlim=(30, 100), ylim=(30, 103), xlabel="level of the interval, %")
    axes.set_xticks([50, 80, 90])
    axes.set_yticks([40, 50, 60, 70, 80, 90, 100])
    axes.set_title("% of all figures inside")
    grid(axes, "both")


def _draw_groups(axes: Axes, rows: Sequence[Coverage]) -> None:
    lowest, highest = (100 * bound for bound in COVERAGE_ALLOWED)
    axes.axvspan(lowest, highest, color=colour("band"), lw=0, zorder=0)
    axes.axvline(100 * JUDGED_LEVEL, color=colour("soft"), lw=0.8, dashes=(4, 3))
    places, place = [], 0.0
    for before, row in zip((None, *rows), rows, strict=False):
        place += 1.0 if before is None or _kind(before) == _kind(row) else 1.6
        places.append(place)
        _draw_bar(axes, row.judged, along="x", role="outside" if is_off(row) else "model", at=place)
    axes.set_yticks(places, [f"{_name(row)} ({row.lots:,})" for row in rows])
    left = min(60.0, *(100 * row.judged.lower - 2 for row in rows))
    axes.set(xlim=(max(left, 0), 102), ylim=(place + 0.8, 0.2), xlabel="inside, %")
    axes.set_title("inside 90 % intervals, by group (lots)", x=-0.75)
    axes.spines.left.set_visible(False)
    grid(axes, "x")


def _draw_bar(
    axes: Axes, level: LevelCoverage, *, along: str, role: str, at: float | None = None
) -> None:
    ends, middle = [100 * level.lower, 100 * level.upper], 100 * level.inside
    where = 100 * level.level if at is None else at
    bar, dot = (
        ((ends, [where] * 2), (middle, where))
        if along == "x"
        else (
            ([where] * 2, ends),
            (where, middle),
        )
    )
    axes.plot(*bar, color=colour(role), lw=1.4)
    axes.plot(*dot, "o", color=colour(role), ms=5)


def _kind(row: Coverage) -> tuple[bool, ...]:
    return row.plant is None, row.measure is None, row.category is None


def _name(row: Coverage) -> str:
    if row.measure is not None:
        return figure_name(row.measure, row.element or "")
    return row.plant or row.category or "all"
