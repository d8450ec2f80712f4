"""Outcomes in the order of time, told apart by the lot that they belong to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.lot import Measure, Outcome

K = TypeVar("K")

_MEASURES: Final = tuple(Measure)
_SYMBOLS: Final = ("", *ELEMENTS)

FEWEST_LOTS: Final = 10
"""Lots from which on anything is concluded, of all outcomes or of a group of them."""


def in_time_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """By day of measurement; lots of one day by their names."""
    return sorted(outcomes, key=lambda o: (o.measured_on, o.plant, o.lot_id))


def lot_numbers(outcomes: Sequence[Outcome]) -> NDArray[np.int64]:
    """The lot of each outcome, numbered from 0 in the order in which lots appear."""
    numbers: dict[tuple[str, str], int] = {}
    found = [numbers.setdefault((o.plant, o.lot_id), len(numbers)) for o in outcomes]
    return np.array(found, dtype=np.int64)


def count_lots(outcomes: Iterable[Outcome]) -> int:
    """How many lots the outcomes are of."""
    return len({(o.plant, o.lot_id) for o in outcomes})


def by_figure(outcomes: Iterable[Outcome]) -> dict[tuple[Measure, str], list[Outcome]]:
    """Outcomes by measure and element, elements in the order in which answers list them."""
    groups = grouped(outcomes, lambda o: (o.measure, o.element))
    places = {(m, e): (i, j) for i, m in enumerate(_MEASURES) for j, e in enumerate(_SYMBOLS)}
    return dict(sorted(groups.items(), key=lambda group: places[group[0]]))


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], K]) -> dict[K, list[Outcome]]:
    """Outcomes by a key."""
    groups: dict[K, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return groups
