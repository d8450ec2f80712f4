"""Stage yields moved to what a plant's own lots say of the overall yield.

The score of a yield Y is log(-log Y), the log of what is lost on the log scale: every real number
is the score of a yield between 0 and 1. The published stages give draws of it for every element and
every state of the feed; the plant's lots are measurements of some of these, and the others go along
as far as the draws tell (see `lines.conditioning`). Raising the yields of all stages to one power
multiplies -log Y by it, so a move of the score is such a power: stages keep their order and their
proportions, and what they take still adds up.
"""

from collections.abc import Mapping
from functools import partial
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from recycler.model.factors.plant_yields import YieldFigure
from recycler.model.lines.conditioning import Evidence, condition
from recycler.model.statistics.common_numbers import CommonNumbers

Array = NDArray[np.float64]

Key = tuple[str, str]
"""State of the feed, and element."""

_ELEMENT = 0.1
"""Score-sd of an element at one plant beside what publications tell of its group: those give
neodymium and praseodymium one yield, analyses of a plant need not."""


def own_powers(
    published: Mapping[Key, Array],
    told: Mapping[Key, YieldFigure],
    scatters: Mapping[str, float],
    numbers: CommonNumbers,
    route: str,
) -> dict[Key, Array]:
    """Powers to which a plant's stages raise their published yields, for one more of its lots.

    Args:
        published: Draws of the overall yield as published, shape (draws,); all keys that are told
            are among them.
        told: What the plant's lots say.
        scatters: Element -> log-sd of single lots about their plant's mean.
        numbers: The common random numbers.
        route: The route.

    Returns:
        Positive draws for every key of `published`, shape (draws,).
    """
    losses = {key: -np.log(drawn) for key, drawn in published.items()}
    scores = {
        _name(key): np.log(loss) + _ELEMENT * numbers.normal(f"own yield:{key[1]}")
        for key, loss in losses.items()
    }
    for key, figure in sorted(told.items()):
        error = numbers.normal(f"own yield:{route}:{_name(key)}")
        scores = condition(scores, _name(key), [_evidence(figure, len(told))], error)
    lot = numbers.normal(f"own yield:lot:{route}")  # one run: what goes wrong takes of all elements
    return {
        key: _of_one_lot(np.exp(scores[_name(key)]), scatters[key[1]], lot) / loss
        for key, loss in losses.items()
    }


def _name(key: Key) -> str:
    return ":".join(key)


def _evidence(figure: YieldFigure, figures: int) -> Evidence:
    """What one figure says of the score; an error that all figures share counts once in all."""
    spread = sqrt(figure.own + figures * figure.shared)
    loss = max(-figure.log_yield, spread)  # more recovered than contained: the yield is near 1
    return Evidence(partial(_normal, figure.log_yield, spread), log(loss), spread / loss)


def _normal(centre: float, spread: float, scores: Array) -> Array:
    return np.asarray(-0.5 * ((np.exp(scores) + centre) / spread) ** 2)


def _of_one_lot(losses: Array, scatter: float, normal: Array) -> Array:
    """-log Y of a lot of a plant whose mean is known: log-normal, so that no lot yields above 1."""
    width = np.sqrt(np.log1p((scatter / losses) ** 2))
    return np.asarray(losses * np.exp(width * normal - width**2 / 2))
