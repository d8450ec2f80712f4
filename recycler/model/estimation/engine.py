"""Batches in numbers: distinct products are drawn once, lines scale them, totals mix them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from math import log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch
from recycler.elements import ELEMENTS
from recycler.estimate import DrawnLine, DrawnLines, Note, Prediction, Totals
from recycler.model.estimation.amounts import Figures, amounts, figures, printed
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.losses import Means, means_of, stage_losses
from recycler.model.estimation.pool import Pool
from recycler.model.estimation.product import Draws, ProductDraws
from recycler.model.estimation.rows import lay_out, places, together
from recycler.model.estimation.variance import Part, line_shares, total_shares
from recycler.model.factors.effects import plant_source
from recycler.model.factors.fitted import Factors
from recycler.model.factors.stage_yield import lender
from recycler.model.lines.signature import Signature, sign, units
from recycler.model.lines.vocabulary import Vocabulary
from recycler.model.statistics.kept import Kept

Array = NDArray[np.float64]

COLLECTED_YEAR = 2026
"""Year of collection where a batch does not say: fixed, so that answers do not age."""

_PRODUCTS_KEPT = 96  # draws of distinct products in memory, about 0.6 MB each
_FEW_KEPT = 96  # draws of lines of few pieces, about 0.2 MB each
_EXACT_PIECES = 50  # up to here a line's scatter is computed for its own number of pieces
_STEPS_PER_DECADE = 12  # beyond, for the nearest of so many: under 1 % of any interval's width


@dataclass(slots=True)
class _Group:
    """All lines of a batch with one signature, as one line of their summed size."""

    signature: Signature
    product: ProductDraws
    size: float


class _Sized(NamedTuple):
    """Figures per unit, and how many units there are."""

    figures: Figures
    size: float


_NO_LOTS = "As at a plant that nobody knows: the model has learned from no lots of plant"


class Engine:
    """Estimates batches with one fitted model; keeps draws and quantiles of what it has seen."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self.vocabulary = Vocabulary(factors.categories)
        self._assumptions = factors.assumptions
        self._content = factors.content
        self._yields = factors.own_yields
        drawer = LineDrawer(factors, seed, draws)
        self.product = lru_cache(_PRODUCTS_KEPT)(drawer.draw)
        self.stages = drawer.stages
        self._few: Kept[tuple[Signature, str, int], Draws] = Kept(_FEW_KEPT)
        self._draws = draws

    def estimate(self, batch: Batch) -> Prediction:
        """Predict every line, the totals and the losses of a batch whose words are known."""
        lines, groups = self._groups(batch)
        parts = [(group.product, group.size) for group in groups]
        means = means_of(parts)
        total = self._total_figures(groups, batch, means)
        totals, items = self._in_tables(batch, lines, total)
        return Prediction(
            totals=totals,
            items=items,
            losses=stage_losses(total.figures.elements, parts, means),
            notes=tuple(
                self.batch_notes(batch, (group.product for group in groups), self._told(batch))
            ),
        )

    def _in_tables(
        self, batch: Batch, lines: Sequence[_Group], total: _Sized
    ) -> tuple[Totals, DrawnLines]:
        """Print the totals and all lines at once, as each step costs the same for many rows.

        Args:
            batch: The batch.
            lines: The group of each line.
            total: Figures of the whole batch.
        """
        sizes = [units(line) for line in batch.items]
        found = [
            self._line_figures(group, size, batch) for group, size in zip(lines, sizes, strict=True)
        ]
        tables = [total.figures.table, *(one.table for one in found)]
        table = printed(tables, [total.size, *sizes])
        drawn = [
            DrawnLine(line.line_id, group.product.words, one.variance_shares)
            for line, group, one in zip(batch.items, lines, found, strict=True)
        ]
        head = len(total.figures.table)
        return _totals(total.figures, table[:head]), DrawnLines(drawn, table[head:])

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
        """All lines of a batch in pools, and the notes on each: neither depends on the route.

        Lines of one kind alone are a pool of that kind, by the unit.
        """
        signatures = self.signatures(batch)
        pools: dict[object, Pool] = {}
        notes: dict[Signature, tuple[Note, ...]] = {}
        sizes = _sizes(batch, signatures)
        for signature, size in sizes.items():
            product = self.product(signature, batch.route)
            notes[signature] = product.notes
            if len(sizes) == 1:
                drawn = self._of_a_unit(product, signature, batch.route, _typical(size, product))
                pools[signature] = Pool(signature, product, product.rows, drawn, size)
                break
            drawn = self.rows(product, signature, batch.route, size)
            key = (signature.state, product.elements)
            if key in pools:
                pools[key].add(product, size, drawn)
            else:
                pools[key] = Pool(signature, product, product.rows * size, drawn)
        noted = (_on_line(index, notes[s]) for index, s in enumerate(signatures))
        return list(pools.values()), tuple(chain.from_iterable(noted))

    def _groups(self, batch: Batch) -> tuple[list[_Group], list[_Group]]:
        """The group of each line, and all groups."""
        groups: dict[Signature, _Group] = {}
        lines: list[_Group] = []
        for line, signature in zip(batch.items, self.signatures(batch), strict=True):
            group = groups.get(signature)
            if group is None:
                product = self.product(signature, batch.route)
                group = groups[signature] = _Group(signature, product, 0.0)
            group.size += units(line)
            lines.append(group)
        return lines, list(groups.values())

    def _line_figures(self, group: _Group, size: float, batch: Batch) -> Figures:
        """Figures per unit, for a line of about `size` units of a group's kind."""
        typical = _typical(size, group.product)
        return group.product.tables.get(
            (batch.level, typical), lambda: self._line_table(group, batch, typical)
        )

    def _line_table(self, group: _Group, batch: Batch, size: float) -> Figures:
        product = group.product
        drawn = self._of_a_unit(product, group.signature, batch.route, size)
        rows = lay_out(product.elements, drawn, product.passed)
        shares = line_shares(product.log_factors, product.pieces(size))
        return figures(product.elements, product.means, rows, batch.level, shares)

    def _of_a_unit(
        self, product: ProductDraws, signature: Signature, route: str, size: float
    ) -> Draws:
        """Draws per unit of a line of so many units."""
        return self.rows(product, signature, route, size) / np.float32(size)

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

    def _total_figures(self, groups: Sequence[_Group], batch: Batch, means: Means) -> _Sized:
        """Quantiles of the joint sums; lines of one kind alone are one line of it."""
        if len(groups) == 1:
            (group,) = groups
            unit, product = self._line_figures(group, group.size, batch), group.product
            shares = line_shares(product.log_factors, product.pieces(group.size))
            return _Sized(Figures(unit.elements, unit.table, shares), group.size)
        elements, sums = self._sums(groups, batch)
        shares = total_shares(_part(group) for group in groups)
        own = means.amounts[places(elements)]
        return _Sized(figures(elements, own, sums, batch.level, shares), 1.0)

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
        return together([(p.elements, alike[key], p.passed) for key, p in yielding.items()])

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


def _totals(total: Figures, table: Array) -> Totals:
    return Totals(*amounts(total.elements, table), total.variance_shares)


def _on_line(index: int, notes: Iterable[Note]) -> Iterator[Note]:
    return (replace(note, item=index) for note in notes)
