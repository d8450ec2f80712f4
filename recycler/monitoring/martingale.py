"""Evidence against exchangeability that stays true however often one looks.

A p-value is for one look; who looks every day will see a small one. A test martingale bets against
exchangeability with a wealth of 1: if lots are exchangeable, the chance that it ever reaches
THRESHOLD is at most 1 in 20 (Ville's inequality). It is the simple jumper on conformal p-values of
V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World, 2nd ed. 2022, chapter
8; MAPIE's `OnlineMartingaleTest` is the same for the scores of a regressor.
"""

from bisect import bisect_left, bisect_right, insort
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

THRESHOLD: Final = 20.0
"""Evidence from which on exchangeability is rejected: an error of 1 in 20."""

_JUMP: Final = 0.01
_BETS: Final = np.array([-1.0, 0.0, 1.0])


def evidence(scores: Array, generator: np.random.Generator) -> Array:
    """The larger of the martingales of several scores, over their number, lot by lot.

    That its chance to reach THRESHOLD is at most 1 in 20 holds by adding up the scores' chances.

    Args:
        scores: Scores x lots, in the order of time.
        generator: Breaks ties.
    """
    if scores.shape[-1] == 0:
        return np.ones(0)
    courses = [simple_jumper(conformal_p_values(own, generator)) for own in scores]
    largest: Array = np.max(courses, axis=0) / len(scores)
    return largest


def conformal_p_values(scores: Array, generator: np.random.Generator) -> Array:
    """The share of the scores so far that are larger, ties broken at random.

    Independent and uniform if scores are exchangeable.
    """
    before: list[float] = []
    found = np.empty(len(scores))
    for index, (score, broken) in enumerate(
        zip(scores, generator.random(len(scores)), strict=True)
    ):
        larger = len(before) - bisect_right(before, score)
        equal = bisect_right(before, score) - bisect_left(before, score)
        found[index] = (larger + broken * (equal + 1)) / (index + 1)
        insort(before, float(score))
    return found


def simple_jumper(p_values: Array) -> Array:
    """Wealth of three gamblers, who bet on high p-values, on nothing, and on low ones.

    After every bet each hands over a hundredth of the wealth to be shared by all, so that a change
    of direction is followed.
    """
    wealth = np.full(len(_BETS), 1 / len(_BETS))
    course = np.empty(len(p_values))
    for index, p_value in enumerate(p_values):
        shared = (1 - _JUMP) * wealth + _JUMP * wealth.sum() / len(_BETS)
        wealth = shared * (1 + _BETS * (p_value - 0.5))
        course[index] = wealth.sum()
    return course
