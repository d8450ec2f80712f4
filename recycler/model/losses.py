"""What each stage of the route takes from a batch, on average."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.elements import RARE_EARTHS
from recycler.estimate import ElementLoss, StageLoss
from recycler.model.product import ProductDraws
from recycler.model.quantiles import significant

Array = NDArray[np.float64]

_WEAKEST_FIRST = ("assumed", "published", "declared")


def stage_losses(parts: Sequence[tuple[ProductDraws, float]]) -> tuple[StageLoss, ...]:
    """Losses of a batch by stage, in the route's order.

    Args:
        parts: What one unit of each distinct line holds, and how many units there are.
    """
    present = {element for product, _ in parts for element in product.elements}
    columns = [place for place, element in enumerate(RARE_EARTHS) if element in present]
    elements = [RARE_EARTHS[place] for place in columns]
    lost = sum_of(product.losses_of_all * size for product, size in parts)[:, columns]
    contained = sum_of(product.means_of_all * size for product, size in parts)[columns]
    arriving = contained - np.cumsum(lost, axis=0) + lost
    passed = 1.0 - lost / np.where(contained > 0, arriving, 1.0)
    kept = significant(np.stack([lost, passed])).tolist()
    return tuple(
        StageLoss(*_basis(parts, stage), tuple(map(ElementLoss, elements, *figures)))
        for stage, figures in enumerate(zip(*kept, strict=True), start=-len(lost))
    )


def sum_of(arrays: Iterable[Array]) -> Array:
    """Sum of arrays of one shape."""
    first, *others = arrays
    for other in others:
        first += other
    return first


def _basis(parts: Iterable[tuple[ProductDraws, float]], stage: int) -> tuple[str, str]:
    """Name of a stage, counted from the last, and what it rests on: its weakest line."""
    bases = [product.basis[stage] for product, _ in parts]
    kinds = {basis.basis for basis in bases}
    return bases[0].factor, next(kind for kind in _WEAKEST_FIRST if kind in kinds)
