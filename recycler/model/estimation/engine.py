"""Batches in numbers: distinct products are drawn once, lines scale them, totals mix them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from math import log10

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch, LineItem
from recycler.elements import ELEMENTS
from recycler.estimate import ItemEstimate, Note, Prediction, Totals
from recycler.model.estimation.amounts import Amounts, Figures, amounts, figures
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.losses import stage_losses, sum_of
from recycler.model.estimation.pool import Pool
from recycler.model.estimation.product import Draws, ProductDraws, places
from recycler.model.estimation.variance import Part, line_shares, total_shares
from recycler.model.factors.effects import plant_source
from recycler.model.factors.fitted import Factors
from recycler.model.factors.stage_yield import lender
from recycler.model.lines.signature import Signature, sign, units
from recycler.model.statistics.kept import Kept

Array = NDArray[np.float64]

COLLECTED_YEAR = 2026
"""Year of collection where a batch does not say: fixed, so that answers do not age."""

_PRODUCTS_KEPT = 96  # draws of distinct products in memory, about 0.6 MB each
_FEW_KEPT = 96  # draws of lines of few pieces, about 0.2 MB each
_TABLES_KEPT = 20_000  # quantiles of distinct lines, about 1 kB each
_EXACT_PIECES = 50  # up to here a line's scatter is computed for its own number of pieces
_STEPS_PER_DECADE = 12  # beyond, for the nearest of so many: under 1 % of any interval's width


@dataclass(frozen=True)
class _Group:
    """All lines of a batch with one signature, as one line of their summed size."""

    signature: Signature
    product: ProductDraws
    size: float


_NO_LOTS = "As at a plant that nobody knows: the model has learned from no lots of plant"


class Engine:
    """Estimates batches with one fitted model; keeps draws and quantiles of what it has seen."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self._assumptions = factors.assumptions
        self._content = factors.content
        self._yields = factors.own_yields
        drawer = LineDrawer(factors, seed, draws)
        self.product = lru_cache(_PRODUCTS_KEPT)(drawer.draw)
        self.stages = drawer.stages
        self._few: Kept[tuple[Signature, str, int], Draws] = Kept(_FEW_KEPT)
        self._tables: Kept[tuple[Signature, str, float, float], Figures] = Kept(_TABLES_KEPT)
        self._draws = draws

    def estimate(self, batch: Batch) -> Prediction:
        """Predict every line, the totals and the losses of a batch whose words are known."""
        signatures = self.signatures(batch)
        groups = self._groups(batch, signatures)
        products = {group.signature: group.product for group in groups}
        lines = [(line, products[s]) for line, s in zip(batch.items, signatures, strict=True)]
        tables = [
            self._line_figures(line, signature, product, batch)
            for (line, product), signature in zip(lines, signatures, strict=True)
        ]
        totals, *items = amounts([self._total_figures(groups, batch), *tables])
        return Prediction(
            totals=Totals(
                totals.elements,
                totals.total_ree,
                totals.treo,
                totals.magnet_mass_kg,
                totals.variance_shares,
            ),
            items=tuple(
                _item(index, line, product, found)
                for index, ((line, product), found) in enumerate(zip(lines, items, strict=True))
            ),
            losses=stage_losses([(group.product, group.size) for group in groups]),
            notes=tuple(
                self.batch_notes(batch, (group.product for group in groups), self._told(batch))
            ),
        )

    def signatures(self, batch: Batch) -> list[Signature]:
        """The signature of every line; a plant that nobody has learned from makes no difference."""
        year = batch.collected_year or COLLECTED_YEAR
        plant = plant_source(batch.plant) if batch.plant else None
        known = plant if self._knows(plant) else None
        return [sign(line, year, known) for line in batch.items]

    def _knows(self, plant: str | None) -> bool:
        """Whether the model has learned from lots of a plant (as a source)."""
        return self._content.knows(plant) or self._yields.knows(plant)

    def _told(self, batch: Batch) -> frozenset[str]:
        """Elements of which the plant's own lots tell what the batch's route yields."""
        plant = plant_source(batch.plant) if batch.plant else None
        return frozenset(element for _, element in self._yields.on(plant, batch.route))

    def pools(self, batch: Batch) -> tuple[list[Pool], tuple[Note, ...]]:
        """All lines of a batch in pools, and the notes on each: neither depends on the route."""
        signatures = self.signatures(batch)
        pools: dict[object, Pool] = {}
        notes: dict[Signature, tuple[Note, ...]] = {}
        for signature, size in _sizes(batch, signatures).items():
            product = self.product(signature, batch.route)
            notes[signature] = product.notes
            drawn = self.rows(product, signature, batch.route, size)
            key = (signature.state, product.elements)
            if key in pools:
                pools[key].add(product, size, drawn)
            else:
                pools[key] = Pool(signature, product, product.rows * size, drawn)
        noted = (_on_line(index, notes[s]) for index, s in enumerate(signatures))
        return list(pools.values()), tuple(chain.from_iterable(noted))

    def _groups(self, batch: Batch, signatures: Sequence[Signature]) -> list[_Group]:
        sizes = _sizes(batch, signatures)
        return [_Group(s, self.product(s, batch.route), size) for s, size in sizes.items()]

    def _line_figures(
        self, line: LineItem, signature: Signature, product: ProductDraws, batch: Batch
    ) -> Figures:
        size = units(line)
        typical = _typical(size, product)
        unit = self._tables.get(
            (signature, batch.route, batch.level, typical),
            lambda: self._line_table(product, signature, batch, typical),
        )
        return Figures(unit.elements, unit.table * size, unit.variance_shares)

    def _line_table(
        self, product: ProductDraws, signature: Signature, batch: Batch, size: float
    ) -> Figures:
        """Figures per unit, for a line of about `size` units."""
        rows = self.rows(product, signature, batch.route, size) / np.float32(size)
        shares = line_shares(product.log_factors, product.pieces(size))
        routed_rows = routed(rows, product)
        return figures(product.elements, product.means, routed_rows, batch.level, shares)

    def rows(self, product: ProductDraws, signature: Signature, route: str, size: float) -> Draws:
        """Draws of a line: with many pieces their scatter is added, with few each one counts.

        Rows are contained elements and magnet mass; the array is the caller's to change.

        Args:
            product: What `product` gives of the signature and the route.
            signature: The line's.
            route: The batch's.
            size: How many units the line has.
        """
        if product.pieces(size) >= product.fewest:
            return product.many(size)
        pieces = round(product.pieces(_typical(size, product)))
        drawn = self._few.get((signature, route, pieces), lambda: product.few(pieces))
        return np.float32(size) * drawn

    def _total_figures(self, groups: Sequence[_Group], batch: Batch) -> Figures:
        """Quantiles of the joint sums."""
        elements, sums = self._sums(groups, batch)
        means = sum_of(group.product.means_of_all * group.size for group in groups)
        shares = total_shares(_part(group) for group in groups)
        return figures(elements, means[places(elements)], sums, batch.level, shares)

    def _sums(self, groups: Iterable[_Group], batch: Batch) -> tuple[tuple[str, ...], Draws]:
        """Joint sums by element; lines of one kind count as one line of all their pieces."""
        alike: dict[object, Draws] = {}
        yielding: dict[object, ProductDraws] = {}
        for group in groups:
            # the same yields fall to lines that arrive alike and hold the same elements
            key = (group.signature.state, group.product.elements)
            drawn = self.rows(group.product, group.signature, batch.route, group.size)
            if key in alike:
                alike[key] += drawn
            else:
                alike[key], yielding[key] = drawn, group.product
        return self.together([(p.elements, routed(alike[key], p)) for key, p in yielding.items()])

    def together(
        self, parts: Sequence[tuple[tuple[str, ...], Draws]]
    ) -> tuple[tuple[str, ...], Draws]:
        """Add up rows of different elements; returns all elements and their rows."""
        if len(parts) == 1:
            return parts[0]
        present = {element for elements, _ in parts for element in elements}
        everything = tuple(element for element in ELEMENTS if element in present)
        sums = np.zeros((2 * len(ELEMENTS) + 1, self._draws), dtype=np.float32)
        for elements, drawn in parts:
            sums[places(elements)] += drawn
        return everything, sums[places(everything)]

    def batch_notes(
        self,
        batch: Batch,
        products: Iterable[ProductDraws],
        told: frozenset[str] = frozenset(),
    ) -> Iterator[Note]:
        """Notes on a plant that is not known, and on elements whose yields are borrowed.

        Args:
            batch: The batch.
            products: What its lines hold, on every route that is asked for.
            told: Elements whose yields the plant's own lots tell, on all these routes.
        """
        learned = self._content.plants_ or self._yields.figures
        if batch.plant and learned and not self._knows(plant_source(batch.plant)):
            yield Note("plant_unknown", None, f"{_NO_LOTS} {batch.plant!r}.")
        borrowed = {element for product in products for element in product.borrowed}
        for element in ELEMENTS:
            if element in borrowed - told:
                statement = self._assumptions[lender(element)].statement
                yield Note("yield_borrowed", None, f"{element}: {statement}")


def _sizes(batch: Batch, signatures: Sequence[Signature]) -> dict[Signature, float]:
    """Size of all lines of each kind."""
    sizes: dict[Signature, float] = {}
    for signature, line in zip(signatures, batch.items, strict=True):
        sizes[signature] = sizes.get(signature, 0.0) + units(line)
    return sizes


def _part(group: _Group) -> Part:
    return Part(group.product.log_factors, group.size, group.product.pieces(group.size))


def _typical(size: float, product: ProductDraws) -> float:
    """Size whose scatter stands for a line's: its own if small, else the nearest round one."""
    if size * product.pieces_per_unit <= _EXACT_PIECES:
        return size
    return float(10 ** (round(log10(size) * _STEPS_PER_DECADE) / _STEPS_PER_DECADE))


def routed(rows: Draws, product: ProductDraws) -> Draws:
    """Contained elements and magnet mass, followed by what the route yields of each element."""
    return np.vstack([rows, rows[:-1] * product.passed])


def _item(index: int, line: LineItem, product: ProductDraws, found: Amounts) -> ItemEstimate:
    return ItemEstimate(
        item=index,
        line_id=line.line_id,
        category=line.category,
        subtype=line.subtype,
        elements=found.elements,
        total_ree=found.total_ree,
        treo=found.treo,
        magnet_mass_kg=found.magnet_mass_kg,
        variance_shares=found.variance_shares,
        basis=product.basis,
        in_domain=product.in_domain,
        notes=tuple(_on_line(index, product.notes)),
    )


def _on_line(index: int, notes: Iterable[Note]) -> Iterator[Note]:
    return (replace(note, item=index) for note in notes)
