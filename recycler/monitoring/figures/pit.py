"""Where figures fell in their predictions, over the band of right predictions."""

import numpy as np
from matplotlib.figure import Figure

from recycler.card.figures.style import WIDTH, colour, grid
from recycler.monitoring.pit import PitHistogram


def pit(found: PitHistogram, lots: int) -> Figure:
    """Draw the histogram."""
    figure = Figure((WIDTH, 3.0))
    axes = figure.subplots()
    edges = np.linspace(0, 100, len(found.counts) + 1)
    axes.stairs(found.most, edges, baseline=found.fewest, fill=True, color=colour("band"), zorder=0)
    axes.axhline(found.expected, color=colour("soft"), lw=0.8, dashes=(4, 3))
    colours = [
        colour("outside" if index in found.outside else "model")
        for index in range(len(found.counts))
    ]
    axes.bar(edges[:-1] + 5, found.counts, 7.6, color=colours, alpha=0.85, zorder=2)
    for middle, count in zip(edges[:-1] + 5, found.counts, strict=True):
        axes.annotate(
            f"{count:,}",
            (middle, count),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            bbox={"facecolor": "none", "edgecolor": "none"},
        )
    axes.set(xlim=(0, 100), xlabel="predicted probability of less than was measured, %")
    axes.set_xticks(edges, [f"{edge:.0f}" for edge in edges])
    axes.set_ylim(0, 1.12 * max(*found.counts, *found.most))
    axes.set_title(f"{sum(found.counts):,} figures of {lots:,} lots")
    axes.annotate(
        "shaded: where all ten bars end 19 times in 20, if predictions are right",
        (1, 1.03),
        xycoords="axes fraction",
        ha="right",
        color=colour("soft"),
    )
    grid(axes, "y")
    figure.subplots_adjust(left=0.065, right=0.985, top=0.9, bottom=0.16)
    return figure
