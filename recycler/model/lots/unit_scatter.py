"""How single magnets scatter about their lot, learned from the samples that a plant took.

Published tables print it for hard disks alone; everywhere else it is an assumption, and the first
that a plant's own samples replace.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Reading
from recycler.elements import RARE_EARTHS
from recycler.lot import MeasuredLot
from recycler.model.factors.effects import plant_source
from recycler.model.factors.observations import product_level
from recycler.model.factors.unit_scatter import UnitScatter
from recycler.model.lines.assay import PRIOR_PIECES, by_element

Array = NDArray[np.float64]

Where = tuple[str, str]
"""A plant (as a source) and a product's level there."""


@dataclass(slots=True)
class _Squares:
    """Squares of the logs of single readings about their lot's mean, and how many are free."""

    total: float = 0.0
    freedom: int = 0


def where(lot: MeasuredLot) -> Where:
    """Plant and product of a lot."""
    return plant_source(lot.plant), product_level(lot.line.category, lot.line.subtype or "")


def learn_own_scatter(
    lots: Iterable[MeasuredLot], assumed: UnitScatter
) -> Mapping[Where, UnitScatter]:
    """Scatter of single magnets by plant and product, for those that took several from a lot.

    What was assumed counts as PRIOR_PIECES readings beside them.
    """
    squares: dict[Where, dict[str, _Squares]] = defaultdict(lambda: defaultdict(_Squares))
    for lot in lots:
        for element, logs in _repeats(lot):
            found = squares[where(lot)][element]
            found.total += float(((logs - logs.mean()) ** 2).sum())
            found.freedom += len(logs) - 1
    return {
        place: replace(assumed, elements={e: _posterior(assumed.of(e), s) for e, s in of.items()})
        for place, of in squares.items()
    }


def _repeats(lot: MeasuredLot) -> Iterator[tuple[str, Array]]:
    """Logs of an element's readings, where there are several and all lie above detection."""
    for element, readings in by_element(lot.samples).items():
        if element in RARE_EARTHS and len(readings) > 1 and all(map(_is_exact, readings)):
            yield element, np.array([log(reading.fraction) for reading in readings])


def _is_exact(reading: Reading) -> bool:
    return reading.fraction > 0 and not reading.below_detection


def _posterior(assumed: float, squares: _Squares) -> float:
    total = PRIOR_PIECES * assumed**2 + squares.total
    return float((total / (PRIOR_PIECES + squares.freedom)) ** 0.5)
