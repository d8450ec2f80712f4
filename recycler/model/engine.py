"""Batches in numbers: distinct products are drawn once, lines scale them, totals mix them."""

from collections.abc import Iterable, Iterator, Sequence
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
from recycler.model.drawing import LineDrawer
from recycler.model.factors import Factors
from recycler.model.product import ProductDraws, with_sums
from recycler.model.quantiles import interval, significant
from recycler.model.signature import Signature, sign, units
from recycler.model.stage_yield import is_borrowed

Array = NDArray[np.float64]

COLLECTED_YEAR = 2026
"""Year of collection where a batch does not say: fixed, so that answers do not age."""

_PRODUCTS_KEPT = 96  # draws of distinct products in memory, about 0.6 MB each
_FEW_KEPT = 96  # draws of lines of few pieces, about 0.2 MB each
_TABLES_KEPT = 20_000  # quantiles of distinct lines, about 1 kB each
_EXACT_PIECES = 50  # up to here a line's scatter is computed for its own number of pieces
_STEPS_PER_DECADE = 12  # beyond, for the nearest of so many: under 1 % of any interval's width

_ROWS = 2 * len(RARE_EARTHS) + 1  # contained elements, magnet mass, recoverable elements
_OXIDE_FACTORS = np.array([ELEMENTS[element].oxide_factor for element in RARE_EARTHS])


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Quantities of a line or of the batch, ready to be put into an answer."""

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity


@dataclass(frozen=True)
class _Group:
    """All lines of a batch with one signature, as one line of their summed size."""

    signature: Signature
    product: ProductDraws
    size: float


class Engine:
    """Estimates batches with one fitted model; keeps draws and quantiles of what it has seen."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self._routes = factors.routes
        self._assumptions = factors.assumptions
        drawer = LineDrawer(factors, seed, draws)
        self._product = lru_cache(_PRODUCTS_KEPT)(drawer.draw)
        self._few = lru_cache(_FEW_KEPT)(self._rows_of_few)
        self._table = lru_cache(_TABLES_KEPT)(self._line_table)
        self._draws = draws

    def estimate(self, batch: Batch) -> Prediction:
        """Predict every line, the totals and the losses of a batch whose words are known."""
        year = batch.collected_year or COLLECTED_YEAR
        signatures = [sign(line, year) for line in batch.items]
        sizes: dict[Signature, float] = {}
        for signature, line in zip(signatures, batch.items, strict=True):
            sizes[signature] = sizes.get(signature, 0.0) + units(line)
        groups = [_Group(s, self._product(s, batch.route), size) for s, size in sizes.items()]
        items = (
            self._item(index, line, signature, batch)
            for index, (line, signature) in enumerate(zip(batch.items, signatures, strict=True))
        )
        return Prediction(
            totals=self._totals(groups, batch),
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
        rows = self._rows(signature, route, size) / size
        return _table(product.elements, product.means, rows, level)

    def _rows(self, signature: Signature, route: str, size: float) -> Array:
        """Draws of a line: with many pieces their scatter is added, with few each one counts."""
        product = self._product(signature, route)
        if product.pieces(size) >= product.fewest:
            return product.many(size)
        pieces = product.pieces(_typical(size, product))
        return np.asarray(size * self._few(signature, route, round(pieces)))

    def _rows_of_few(self, signature: Signature, route: str, pieces: int) -> Array:
        return self._product(signature, route).few(pieces)

    def _totals(self, groups: Iterable[_Group], batch: Batch) -> Totals:
        """Quantiles of the joint sums; lines of one kind count as one line of all their pieces."""
        alike: dict[tuple[str, ...], Array] = {}
        means = np.zeros(_ROWS)
        for group in groups:
            elements = group.product.elements
            drawn = self._rows(group.signature, batch.route, group.size)
            if elements in alike:
                alike[elements] += drawn  # drawn for this batch alone, so it may be added to
            else:
                alike[elements] = drawn
            means[_rows_of(elements)] += group.product.means * group.size
        elements, sums = self._together(alike)
        table = _table(elements, means[_rows_of(elements)], sums, batch.level)
        amounts = _amounts(elements, table)
        return Totals(amounts.elements, amounts.total_ree, amounts.treo, amounts.magnet_mass_kg)

    def _together(self, alike: dict[tuple[str, ...], Array]) -> tuple[tuple[str, ...], Array]:
        """Add up rows of products with different elements; returns all elements and their rows."""
        if len(alike) == 1:
            return next(iter(alike.items()))
        present = {element for elements in alike for element in elements}
        everything = tuple(element for element in RARE_EARTHS if element in present)
        sums = np.zeros((_ROWS, self._draws))
        for elements, drawn in alike.items():
            sums[_rows_of(elements)] += drawn
        return everything, sums[_rows_of(everything)]

    def _batch_notes(self, groups: Iterable[_Group]) -> Iterator[Note]:
        present = {element for group in groups for element in group.product.elements}
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
    """Where the rows of a product stand among the rows of all rare earths."""
    count = len(RARE_EARTHS)
    own = [RARE_EARTHS.index(element) for element in elements]
    return np.array([*own, count, *(count + 1 + i for i in own)], dtype=np.intp)


def _table(elements: tuple[str, ...], means: Array, rows: Array, level: float) -> Array:
    """Mean, median, lower and upper of each row and of the sums over elements."""
    mean = with_sums(elements, means[:, np.newaxis])
    return np.column_stack([mean, interval(with_sums(elements, rows), level)])


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


def _losses(groups: Sequence[_Group], stages: int) -> Iterator[StageLoss]:
    """Mean losses of the batch by stage, in the route's order."""
    count = len(RARE_EARTHS)
    lost, contained = np.zeros((stages, count)), np.zeros(count)
    for group in groups:
        own = _rows_of(group.product.elements)[: len(group.product.elements)]
        contained[own] += group.size * group.product.means[: len(own)]
        lost[:, own] += group.size * group.product.stage_losses_kg
    arriving = contained - np.vstack([np.zeros(count), np.cumsum(lost, axis=0)[:-1]])
    passed = 1.0 - lost / np.where(contained > 0, arriving, 1.0)
    elements = [e for e in RARE_EARTHS if any(e in group.product.elements for group in groups)]
    columns = [RARE_EARTHS.index(element) for element in elements]
    kept = significant(np.stack([lost[:, columns], passed[:, columns]], axis=-1)).tolist()
    for stage, figures in enumerate(kept):
        found = tuple(ElementLoss(e, *pair) for e, pair in zip(elements, figures, strict=True))
        yield StageLoss(*_stage_basis(groups, stage - stages), found)


def _stage_basis(groups: Iterable[_Group], stage: int) -> tuple[str, str]:
    """Name of a stage, counted from the last, and what it rests on: its weakest line."""
    bases = [group.product.basis[stage] for group in groups]
    kinds = {basis.basis for basis in bases}
    weakest = next(kind for kind in ("assumed", "published", "declared") if kind in kinds)
    return bases[0].factor, weakest
