"""What a batch holds, yields and loses on average, and what each stage of the route takes of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.estimate import ElementLoss, StageLoss
from recycler.model.estimation.product import WEAKNESS, ProductDraws
from recycler.model.estimation.rows import count_rows, slots
from recycler.model.statistics.quantiles import significant

Array = NDArray[np.float64]

Parts = Sequence[tuple[ProductDraws, float]]
"""What one unit of each distinct line holds, and how many units there are."""

_EVERYTHING = tuple(ELEMENTS)
_AMOUNTS = count_rows(_EVERYTHING)


class Means(NamedTuple):
    """Mean masses of a batch in kg, with a place for every element.

    Attributes:
        amounts: Of all rows, see `recycler.model.estimation.rows`.
        lost: What each stage takes, shape (stages, elements).
    """

    amounts: Array
    lost: Array


def means_of(parts: Parts) -> Means:
    """Add up the means of all lines of a batch."""
    sizes = np.array([size for _, size in parts])
    summed = sizes @ np.stack([product.means_and_losses for product, _ in parts])
    return Means(summed[:_AMOUNTS], summed[_AMOUNTS:].reshape(-1, len(ELEMENTS)))


def stage_losses(elements: tuple[str, ...], parts: Parts, means: Means) -> tuple[StageLoss, ...]:
    """Losses of a batch by stage, in the route's order.

    Args:
        elements: Those that it holds, in the order of answers.
        parts: The batch.
        means: What `means_of` makes of it.
    """
    columns = slots(elements, _EVERYTHING)
    lost, contained = means.lost[:, columns], means.amounts[: len(ELEMENTS)][columns]
    arriving = contained - np.cumsum(lost, axis=0) + lost
    passed = 1.0 - lost / np.where(contained > 0, arriving, 1.0)
    figures = significant(np.stack([lost, passed])).tolist()
    ranks = np.stack([product.stage_weakness for product, _ in parts]).max(axis=0)
    of_elements, of_stages = ranks[:, :-1][:, columns].tolist(), ranks[:, -1].tolist()
    names = [basis.factor for basis in parts[0][0].basis[-len(lost) :]]
    return tuple(
        StageLoss(
            name,
            WEAKNESS[rank],
            tuple(map(ElementLoss, elements, kg, share, [WEAKNESS[r] for r in row])),
        )
        for name, rank, row, kg, share in zip(names, of_stages, of_elements, *figures, strict=True)
    )
