"""What each stage of the route takes from a batch, on average."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.estimate import ElementLoss, FactorBasis, StageLoss
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
    columns = [place for place, element in enumerate(ELEMENTS) if element in present]
    elements = [element for element in ELEMENTS if element in present]
    lost = sum_of(product.losses_of_all * size for product, size in parts)[:, columns]
    contained = sum_of(product.means_of_all * size for product, size in parts)[columns]
    arriving = contained - np.cumsum(lost, axis=0) + lost
    passed = 1.0 - lost / np.where(contained > 0, arriving, 1.0)
    kept = significant(np.stack([lost, passed])).tolist()
    # lines that hold the same elements in the same state take the very same stages
    distinct = list({(p.elements, id(p.basis[-1])): p for p, _ in parts}.values())
    return tuple(
        _stage_loss([(p.elements, p.basis[stage]) for p in distinct], elements, *figures)
        for stage, figures in enumerate(zip(*kept, strict=True), start=-len(lost))
    )


def sum_of(arrays: Iterable[Array]) -> Array:
    """Sum of arrays of one shape."""
    first, *others = arrays
    for other in others:
        first += other
    return first


def _stage_loss(
    bases: Sequence[tuple[tuple[str, ...], FactorBasis]],
    elements: Iterable[str],
    lost: Iterable[float],
    passed: Iterable[float],
) -> StageLoss:
    """One stage; `bases` are the elements of each distinct line and what the stage rests on."""
    kinds = [_weakest(_basis_of(e, basis) for held, basis in bases if e in held) for e in elements]
    return StageLoss(
        bases[0][1].factor,
        _weakest(basis.basis for _, basis in bases),
        tuple(map(ElementLoss, elements, lost, passed, kinds)),
    )


def _basis_of(element: str, stage: FactorBasis) -> str:
    return "assumed" if element in stage.assumed_for else stage.basis


def _weakest(kinds: Iterable[str]) -> str:
    found = set(kinds)
    return next(kind for kind in _WEAKEST_FIRST if kind in found)
