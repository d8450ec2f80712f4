"""The picture of docs/performance.md: rates side by side, and where the time of a request goes."""

from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from recycler.card.palette import LIGHT
from recycler.card.svg import drawn, on_paper

from .goals import lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES: Final = 10
OURS: Final = ("recycler", "echo")
STAGE_COLOURS: Final = ("#9fc5cf", "#4f9bad", "#00718a", "#8250c4", "#c26a00", "#8b95a5")


def draw(found: dict[str, Any]) -> bytes:
    """The picture as an SVG file."""
    return on_paper(drawn("performance", partial(_figure, found)))


def _figure(found: dict[str, Any]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(5, 3))
    _rates(above, found)
    _stages(below, found)
    return figure


def _rates(axes: "Axes", found: dict[str, Any]) -> None:
    load = next(one for one in found["others"]["lines"] if one["lines"] == LINES)
    rates = {name: its["rate"] for name, its in load["services"].items()}
    names = sorted(rates, key=lambda name: rates[name])
    colours = [LIGHT["model" if name in OURS else "overall_mean"] for name in names]
    bars = axes.barh(names, [rates[name] for name in names], color=colours, height=0.6)
    axes.bar_label(bars, [f"{rates[name]:,.0f}" for name in names], padding=3)
    axes.set_title(f"Requests per second, batches of {LINES} lines, two workers")
    axes.margins(x=0.1)
    _bare(axes)


def _stages(axes: "Axes", found: dict[str, Any]) -> None:
    bars = found["stages"][::-1]
    labels = [lines(one["lines"]) for one in bars]
    sums = [sum(one["ms"].values()) for one in bars]
    starts = [[0.0, *accumulate(one["ms"].values())] for one in bars]
    for i, (stage, colour) in enumerate(zip(bars[0]["ms"], STAGE_COLOURS, strict=True)):
        shares = [100 * one["ms"][stage] / all_ms for one, all_ms in zip(bars, sums, strict=True)]
        left = [100 * row[i] / all_ms for row, all_ms in zip(starts, sums, strict=True)]
        axes.barh(labels, shares, left=left, color=colour, height=0.6, label=stage)
    axes.set_title("Where the CPU time of a request goes, %")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.02), ncols=4, frameon=False)
    _bare(axes)


def _bare(axes: "Axes") -> None:
    axes.tick_params(length=0)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
