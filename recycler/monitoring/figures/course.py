"""Coverage in the course of time, over the evidence that lots do not fare alike."""

from collections.abc import Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from recycler.card.figures.style import WIDTH, colour, grid
from recycler.monitoring.coverage import JUDGED_LEVEL, Period
from recycler.monitoring.exchangeability import Exchangeability
from recycler.monitoring.martingale import THRESHOLD
from recycler.monitoring.verdict import COVERAGE_ALLOWED, rejected


def course(periods: Sequence[Period], order: Exchangeability) -> Figure:
    """Draw both, one over the other, on one axis of time."""
    figure = Figure((WIDTH, 4.2))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _draw_periods(upper, periods)
    _draw_evidence(lower, order)
    if rejected(order) and order.changes_on:
        for axes in (upper, lower):
            axes.axvline(_at(order.changes_on), color=colour("outside"), lw=0.9, dashes=(2, 2))
    locator = AutoDateLocator(minticks=3, maxticks=8)
    lower.xaxis.set_major_locator(locator)
    lower.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    figure.subplots_adjust(left=0.075, right=0.975, top=0.93, bottom=0.12, hspace=0.25)
    return figure


def _draw_periods(axes: Axes, periods: Sequence[Period]) -> None:
    lowest, highest = (100 * bound for bound in COVERAGE_ALLOWED)
    axes.axhspan(lowest, highest, color=colour("band"), lw=0, zorder=0)
    axes.axhline(100 * JUDGED_LEVEL, color=colour("soft"), lw=0.8, dashes=(4, 3))
    for period in periods:
        first, last = _at(period.first), _at(period.last)
        middle = (first + last) / 2
        axes.plot([first, last], [100 * period.inside] * 2, color=colour("model"))
        ends = [100 * period.lower, 100 * period.upper]
        axes.plot([middle] * 2, ends, color=colour("model"), lw=1.4)
        axes.plot(middle, 100 * period.inside, "o", color=colour("model"), ms=5)
    least = min(period.lower for period in periods)
    axes.set_ylim(max(min(60, 100 * least - 3), 0), 101.5)
    axes.set_title("% of the figures inside 90 % intervals, by period")
    grid(axes, "y")


def _draw_evidence(axes: Axes, order: Exchangeability) -> None:
    days = [_at(point.measured_on) for point in order.course]
    axes.axhline(THRESHOLD, color=colour("outside"), lw=0.8, dashes=(4, 3))
    axes.step(days, [point.evidence for point in order.course], where="post", color=colour("model"))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    top = max(2 * THRESHOLD, 2 * order.highest)
    axes.set_ylim(min(0.1, *(point.evidence / 2 for point in order.course)), top)
    axes.set_title("evidence that lots do not fare alike, to 1 (rejects from 20)")
    grid(axes, "y")


def _at(day: date) -> float:
    """Where a day stands on the axis of time."""
    return float(date2num(day))
