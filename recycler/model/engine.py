"""Batches in numbers: distinct products are drawn once, lines scale them, totals mix them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch, LineItem
from recycler.elements import ELEMENTS, RARE_EARTHS
from recycler.estimate import (
    ElementEstimate,
    ElementLoss,
    ItemEstimate,
    Mass,
    Note,
    Prediction,
    Quantity,
    StageLoss,
    Totals,
)
from recycler.model.drawing import Factors, LineDrawer
from recycler.model.product import ProductDraws
from recycler.model.quantiles import interval, significant
from recycler.model.signature import Signature, sign, units
from recycler.model.stage_yield import is_borrowed

Array = NDArray[np.float64]

COLLECTED_YEAR = 2026
"""Year of collection where a batch does not say: fixed, so that answers do not age."""

_PRODUCTS_KEPT = 256  # draws of distinct products in memory, about 0.5 MB each
_TABLES_KEPT = 20_000  # quantiles of distinct lines in memory, about 1 kB each
_EXACT_PIECES = 50  # up to here a line's scatter is computed for its own number of pieces
_STEPS_PER_DECADE = 12  # beyond, for the nearest of so many: under 1 % of any interval's width

_OXIDE_FACTORS = np.array([ELEMENTS[element].oxide_factor for element in RARE_EARTHS])


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Quantities of a line or of the batch, ready to be put into an answer."""

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity


class Engine:
    """Estimates batches with one fitted model; keeps draws and quantiles of what it has seen."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self._routes = factors.routes
        self._assumptions = factors.assumptions
        drawer = LineDrawer(factors, seed, draws)
        self._product = lru_cache(_PRODUCTS_KEPT)(drawer.draw)
        self._table = lru_cache(_TABLES_KEPT)(self._line_table)
        self._draws = draws

    def estimate(self, batch: Batch) -> Prediction:
        """Predict every line, the totals and the losses of a batch whose words are known."""
        year = batch.collected_year or COLLECTED_YEAR
        signatures = [sign(line, year) for line in batch.items]
        sizes: dict[Signature, float] = {}
        for signature, line in zip(signatures, batch.items, strict=True):
            sizes[signature] = sizes.get(signature, 0.0) + units(line)
        groups = [(self._product(s, batch.route), size) for s, size in sizes.items()]
        items = (
            self._item(index, line, signature, batch)
            for index, (line, signature) in enumerate(zip(batch.items, signatures, strict=True))
        )
        return Prediction(
            totals=self._totals(groups, batch.level),
            items=tuple(items),
            losses=tuple(_losses(groups, len(self._routes[batch.route]) + 1)),
            notes=tuple(self._batch_notes(groups)),
        )

    def _item(self, index: int, line: LineItem, signature: Signature, batch: Batch) -> ItemEstimate:
        product = self._product(signature, batch.route)
        size = units(line)
        table = self._table(signature, batch.route, batch.level, _typical(size, product))
        amounts = _amounts(product.elements, table * size)
        return ItemEstimate(
            item=index,
            line_id=line.line_id,
            category=line.category,
            subtype=line.subtype,
            elements=amounts.elements,
            total_ree=amounts.total_ree,
            treo=amounts.treo,
            magnet_mass_kg=amounts.magnet_mass_kg,
            basis=product.basis,
            in_domain=product.in_domain,
            notes=tuple(replace(note, item=index) for note in product.notes),
        )

    def _line_table(self, signature: Signature, route: str, level: float, size: float) -> Array:
        """Mean, median, lower and upper per unit, for a line of about `size` units."""
        product = self._product(signature, route)
        return np.column_stack([product.means, interval(product.of(size) / size, level)])

    def _totals(self, groups: Iterable[tuple[ProductDraws, float]], level: float) -> Totals:
        """Quantiles of the joint sums; lines of one kind count as one line of all their pieces."""
        count = len(RARE_EARTHS)
        sums, means = np.zeros((2 * count + 5, self._draws)), np.zeros(2 * count + 5)
        present: set[str] = set()
        for product, size in groups:
            rows = _rows_of(product.elements)
            sums[rows] += product.of(size)
            means[rows] += product.means * size
            present.update(product.elements)
        elements = tuple(element for element in RARE_EARTHS if element in present)
        rows = _rows_of(elements)
        amounts = _amounts(elements, np.column_stack([means[rows], interval(sums[rows], level)]))
        return Totals(amounts.elements, amounts.total_ree, amounts.treo, amounts.magnet_mass_kg)

    def _batch_notes(self, groups: Iterable[tuple[ProductDraws, float]]) -> Iterator[Note]:
        present = {element for product, _ in groups for element in product.elements}
        borrowed = [
            element for element in RARE_EARTHS if element in present and is_borrowed(element)
        ]
        if borrowed:
            heavy, light = (
                self._assumptions[n].statement
                for n in ("heavy_like_dysprosium", "light_like_neodymium")
            )
            for element in borrowed:
                statement = heavy if ELEMENTS[element].group == "heavy" else light
                yield Note("yield_borrowed", None, f"{element}: {statement}")


def _typical(size: float, product: ProductDraws) -> float:
    """Size whose scatter stands for a line's: its own if small, else the nearest round one."""
    if size * product.pieces_per_unit <= _EXACT_PIECES:
        return size
    return float(10 ** (round(log10(size) * _STEPS_PER_DECADE) / _STEPS_PER_DECADE))


@lru_cache(256)
def _rows_of(elements: tuple[str, ...]) -> NDArray[np.intp]:
    """Rows of a product's elements, sums and magnet mass in a table of all rare earths."""
    count = len(RARE_EARTHS)
    own = [RARE_EARTHS.index(element) for element in elements]
    below = count + 3
    rows = [
        *own,
        count,
        count + 1,
        count + 2,
        *(below + i for i in own),
        below + count,
        below + count + 1,
    ]
    return np.array(rows, dtype=np.intp)


def _amounts(elements: tuple[str, ...], table: Array) -> _Amounts:
    """Put a table of (mean, median, lower, upper) rows into the words of an answer."""
    count = len(elements)
    factors = _OXIDE_FACTORS[[RARE_EARTHS.index(element) for element in elements]]
    recoverable = table[count + 3 : 2 * count + 3]
    printed = significant(np.vstack([table, factors[:, None] * recoverable])).tolist()
    found = [Quantity(*row) for row in printed]
    estimates = [
        ElementEstimate(
            element=element,
            contained_kg=found[i],
            recoverable_kg=found[count + 3 + i],
            recoverable_oxide_kg=found[2 * count + 5 + i],
            oxide=_oxide(element),
        )
        for i, element in enumerate(elements)
    ]
    return _Amounts(
        elements=tuple(estimates),
        total_ree=Mass(found[count], found[2 * count + 3]),
        treo=Mass(found[count + 1], found[2 * count + 4]),
        magnet_mass_kg=found[count + 2],
    )


def _oxide(element: str) -> str:
    oxide = ELEMENTS[element].oxide
    return oxide.formula if oxide else ""


def _losses(groups: list[tuple[ProductDraws, float]], stages: int) -> Iterator[StageLoss]:
    """Mean losses of the batch by stage, in the route's order."""
    contained = _by_element(
        (product, size * product.means[: len(product.elements)]) for product, size in groups
    )
    for stage in range(stages):
        lost = _by_element(
            (product, size * product.stage_losses_kg[stage]) for product, size in groups
        )
        bases = [product.basis[len(product.basis) - stages + stage] for product, _ in groups]
        kind = "assumed" if any(basis.basis == "assumed" for basis in bases) else "published"
        yield StageLoss(bases[0].factor, kind, tuple(_element_losses(contained, lost)))
        contained = {element: mass - lost[element] for element, mass in contained.items()}


def _element_losses(
    arriving: Mapping[str, float], lost: Mapping[str, float]
) -> Iterator[ElementLoss]:
    for element, mass in arriving.items():
        passed = 1.0 - lost[element] / mass if mass > 0 else 1.0
        kept = significant(np.array([lost[element], passed])).tolist()
        yield ElementLoss(element, *kept)


def _by_element(masses: Iterable[tuple[ProductDraws, Array]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for product, values in masses:
        for element, value in zip(product.elements, values.tolist(), strict=True):
            sums[element] = sums.get(element, 0.0) + value
    return {element: sums[element] for element in RARE_EARTHS if element in sums}
