"""What each stage of the route takes from a batch, on average."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.estimate import ElementLoss, StageLoss
from recycler.model.estimation.product import WEAKNESS, ProductDraws
from recycler.model.statistics.quantiles import significant

Array = NDArray[np.float64]


def stage_losses(parts: Sequence[tuple[ProductDraws, float]]) -> tuple[StageLoss, ...]:
    """Losses of a batch by stage, in the route's order.

    Args:
        parts: What one unit of each distinct line holds, and how many units there are.
    """
    present = {element for product, _ in parts for element in product.elements}
    columns = [place for place, element in enumerate(ELEMENTS) if element in present]
    elements = [element for element in ELEMENTS if element in present]
    lost = sum_of(product.losses_of_all * size for product, size in parts)[:, columns]
    contained = sum_of(product.means_of_all * size for product, size in parts)[columns]
    arriving = contained - np.cumsum(lost, axis=0) + lost
    passed = 1.0 - lost / np.where(contained > 0, arriving, 1.0)
    kept = significant(np.stack([lost, passed])).tolist()
    weakest = np.max([product.stage_weakness for product, _ in parts], axis=0)
    kinds = [[WEAKNESS[rank] for rank in row] for row in weakest[:, [*columns, -1]].tolist()]
    stages = parts[0][0].basis[-len(lost) :]
    return tuple(
        StageLoss(stage.factor, words[-1], tuple(map(ElementLoss, elements, *figures, words)))
        for stage, words, figures in zip(stages, kinds, zip(*kept, strict=True), strict=True)
    )


def sum_of(arrays: Iterable[Array]) -> Array:
    """Sum of arrays of one shape."""
    first, *others = arrays
    for other in others:
        first += other
    return first
