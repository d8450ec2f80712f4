"""The lines of a batch that a sampling plan is about, and what each brings to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch, LineItem
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.product import ProductDraws
from recycler.model.estimation.variance import LogFactors, Part
from recycler.model.lines.line_facts import MAGNET
from recycler.model.lines.signature import Signature, units
from recycler.model.sampling.lots import Lot
from recycler.plan import MOST_PIECES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class HoldingLine:
    """A line that holds the element, which is row `place` of its product's draws.

    `factors` are those of the contained mass of the element.
    """

    item: int
    line: LineItem
    signature: Signature
    product: ProductDraws
    place: int
    factors: LogFactors

    @property
    def size(self) -> float:
        """Size of the line in units."""
        return units(self.line)

    @property
    def pieces(self) -> float:
        """Pieces of the line, estimated where it is given by mass."""
        return self.product.pieces(self.size)

    @property
    def known_pieces(self) -> float:
        """Pieces of the line as its sender says; infinite where nobody does."""
        if self.line.count is not None:
            return float(self.line.count)
        if self.line.unit_mass_kg and self.line.mass_kg:
            return max(self.line.mass_kg / self.line.unit_mass_kg, 1.0)
        return inf

    @property
    def holding(self) -> float:
        """Mean share of its pieces that hold such a magnet."""
        return float(self.product.presence.mean())

    @property
    def weighable(self) -> bool:
        """Whether weighing its magnets would tell something that nobody has declared."""
        return self.line.category != MAGNET and self.signature.magnet_mass_g is None

    def assayed(self, element: str) -> int:
        """How many of its magnets have been assayed for an element."""
        return sum(any(e == element for e, _ in sample) for sample in self.signature.samples)

    def part(self, lot: Lot, pieces: int) -> Part:
        """Its part in the variance of the batch's mass once so many pieces are assayed."""
        factors = _after(self.factors, lot, pieces) if pieces else self.factors
        return Part(factors, self.size, self.pieces)


def holding_lines(engine: Engine, batch: Batch, element: str) -> Iterator[HoldingLine]:
    """The lines of a batch that are estimated to hold an element."""
    signed = zip(batch.items, engine.signatures(batch), strict=True)
    for item, (line, signature) in enumerate(signed):
        product = engine.product(signature, batch.route)
        if element in product.elements:
            place = product.elements.index(element)
            factors = product.contained_factors(place)
            if factors:
                yield HoldingLine(item, line, signature, product, place, factors)


def lot_of(line: HoldingLine, engine: Engine, batch: Batch, element: str, laboratory: float) -> Lot:
    """A line as something to be assayed.

    Args:
        line: The line.
        engine: What draws it.
        batch: The batch it belongs to.
        element: The element that is assayed.
        laboratory: Log-sd of the laboratory's error.
    """
    product, assayed = line.product, line.assayed(element)
    logs = product.lot_logs(line.place, line.pieces)
    holding = max(int(line.pieces * line.holding), 1)
    known = min(assayed / line.known_pieces, 1.0)  # pieces that scatter no more in this lot
    return Lot(
        item=line.item,
        kg=_kg(line, engine, batch),
        logs=logs - logs.mean(),
        scatter=float(product.spreads[line.place]) / max(1.0 - known, 1e-12) ** 0.5,
        laboratory=laboratory,
        pieces=line.known_pieces,
        assayed=assayed,
        available=max(min(holding - assayed, MOST_PIECES), 0),
        numbers=product.numbers,
    )


def _kg(line: HoldingLine, engine: Engine, batch: Batch) -> Array:
    rows = engine.rows(line.product, line.signature, batch.route, line.size)
    return np.asarray(rows[line.place], dtype=np.float64)


def _after(factors: LogFactors, lot: Lot, pieces: int) -> LogFactors:
    """The factors after an assay that finds what was expected.

    The composition is then that of the very lot, with the scatter of its pieces in it.
    """
    composition = lot.logs + lot.centre(pieces)
    logs = factors.logs.copy()
    logs[2] = composition - composition.mean()
    scatter = max(factors.piece_variance - lot.scatter**2, 0.0)
    return replace(factors, logs=logs, piece_variance=scatter)
