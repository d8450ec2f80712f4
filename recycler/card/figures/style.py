"""What the pictures have in common: names, colours, scales and tidy axes."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Literal

from scipy.special import logit

from recycler.card.palette import LIGHT, OTHER
from recycler.model.evaluation import SHARES, Score, factor_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.2
"""Inches: 518 points, about the width of a page's text."""

_MOST_TICKS = 4
_LONG = log(100)  # of an axis of ratios, from which on it is marked in powers of ten


def colour(role: str) -> str:
    """Colour of a role or of a method."""
    return LIGHT.get(role, LIGHT[OTHER])


def of_method(scores: Iterable[Score], method: str) -> list[Score]:
    """The scores of one method."""
    return [score for score in scores if score.method == method]


def methods(scores: Iterable[Score]) -> list[str]:
    """Methods in the order of the scores."""
    return list(dict.fromkeys(score.method for score in scores))


def is_outside(score: Score) -> bool:
    """Whether a figure lies outside its widest interval, or by most of its probability does."""
    return score.inside[-1] < 0.5


def spread_apart(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved up as little as needed, bottom to top, to be at least `gap` apart."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = list(positions)
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


def factors(scores: Iterable[Score]) -> list[str]:
    """Factors in the order of the scores' JSON."""
    return sorted({score.factor for score in scores}, key=factor_order)


def ticks(factor: str, low: float, high: float) -> tuple[list[float], list[str]]:
    """Readable ticks between two values on the scale of a factor: positions and labels."""
    chosen = [tick for tick in _candidates(factor, low, high) if low <= tick[0] <= high]
    step = -(-len(chosen) // _MOST_TICKS)
    kept = chosen[:: -max(step, 1)][::-1]
    return [place for place, _ in kept], [label for _, label in kept]


def _candidates(factor: str, low: float, high: float) -> list[tuple[float, str]]:
    if factor in SHARES:
        percents = (0.1, 1, 10, 50, 90, 99, 99.9)
        return [(float(logit(percent / 100)), f"{percent:g} %") for percent in percents]
    if factor == "nd_fraction":
        return [(log(percent / 100), f"{percent} %") for percent in (10, 15, 20, 25, 30, 40)]
    if ":" in factor:
        steps = (1,) if high - low > _LONG else (1, 3)
        ratios = [step * 10.0**power for power in range(-6, 3) for step in steps]
        return [(log(ratio), f"{ratio:.6f}".rstrip("0").rstrip(".")) for ratio in ratios]
    return [(log(10.0**power), _mass(power)) for power in range(-9, 6)]


def _mass(power: int) -> str:
    """A power of ten in kg, in the unit that suits it."""
    units = (("t", 3), ("kg", 0), ("g", -3), ("mg", -6), ("µg", -9))
    unit, one = next((unit, one) for unit, one in units if power >= one)
    return f"{10 ** (power - one)} {unit}"


def grid(axes: "Axes", axis: Literal["both", "x", "y"]) -> None:
    """Thin lines behind the data, and no ticks."""
    axes.grid(visible=True, axis=axis, color=LIGHT["line"], linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
