"""What a lot gave back, over what it can hold: enough to see that a figure cannot be.

What it can hold is told by its own samples and its weighed magnets as far as they go, and by what
is published for the rest. All its pieces are taken to hold a magnet, so it is a most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from recycler.lot import MeasuredLot
from recycler.model.factors.content import ContentModel, TermLaw
from recycler.model.factors.effects import plant_source
from recycler.model.factors.lot_figures import LotFigure, yield_term
from recycler.model.factors.observations import (
    MAGNET_MASS,
    ND_FRACTION,
    product_level,
    ratio_term,
)
from recycler.model.lines.assay import Findings, by_element, read
from recycler.model.lines.line_facts import MAGNET, piece_mass_kg, pieces_of
from recycler.model.lines.signature import Signature, sign, units
from recycler.model.lines.size import size_of
from recycler.model.lots.figures import Reader, mean_log, product_of, variance_of_lot
from recycler.reference import Assumption


class _Log(NamedTuple):
    """A log that is known to within a variance."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class Recoveries:
    """Holds recovered masses against what lots can hold.

    `published` is a model of published figures alone.
    """

    reader: Reader
    published: ContentModel

    def figures(self, lot: MeasuredLot) -> Iterator[LotFigure]:
        """Log of recovered over the most contained, for every element of which both are known."""
        line = sign(lot.line, lot.measured_on.year)
        magnets = self._magnets(lot, line)
        if magnets is None:
            return
        place = f"{lot.route}/{line.state.value}/{line.category}/{line.subtype or '*'}"
        findings = {
            element: read(readings, self.reader.scatter.of(element), self.reader.rules)
            for element, readings in by_element(lot.samples).items()
        }
        for element, kg in sorted(lot.recovered_kg.items()):
            fraction = self._fraction(element, line, findings)
            if kg > 0 and fraction is not None:
                yield LotFigure(
                    lot=lot.lot_id,
                    source=plant_source(lot.plant),
                    category=line.category,
                    subtype=place,
                    log_product_mass=0.0,
                    term=yield_term(element),
                    value=log(kg) - magnets.value - fraction.value,
                    variance=magnets.variance + fraction.variance,
                )

    def _magnets(self, lot: MeasuredLot, line: Signature) -> _Log | None:
        """Mass of all magnets of the lot, kg; None if nothing tells it."""
        if line.category == MAGNET:
            return _loose(lot)
        product = product_of(lot, self.reader.tables)
        if product is None:
            return None
        size = size_of(product, line, self._assumptions)
        pieces, scatter = log(units(lot.line) * size.pieces), self.reader.scatter.magnet_mass
        if lot.magnet_mass_g is not None:
            open_yet = scatter**2 / (lot.weighed or 1) + line.by_mass * size.error**2
            return _Log(pieces + log(lot.magnet_mass_g / 1000), open_yet)
        law = self.published.law(
            MAGNET_MASS, line.category, product.subtype, log(product.product_mass_kg)
        )
        found = self._known(law)
        references = log(units(lot.line) * size.references)
        return _Log(references + found.value, found.variance + size.error**2)

    def _fraction(
        self, element: str, line: Signature, findings: Mapping[str, Findings]
    ) -> _Log | None:
        """Mass fraction of an element; None if nothing tells it."""
        if element in findings:
            found = findings[element]
            return _Log(mean_log(found), variance_of_lot(found, self.reader.scatter.of(element)))
        if element not in self.published.elements(line.category):
            return None
        terms = (ND_FRACTION,) if element == "Nd" else (ND_FRACTION, ratio_term(element))
        level = product_level(line.category, line.subtype or "")
        laws = (self.published.law(term, line.category, level, 0.0) for term in terms)
        return self._known(self.published.joint_law(laws))

    def _known(self, law: TermLaw) -> _Log:
        mean, spread = self.published.mean_and_spread(law)
        return _Log(mean, spread**2 + sum(part.scale**2 for part in law.parts))

    @property
    def _assumptions(self) -> Mapping[str, Assumption]:
        return self.reader.tables.assumptions


def _loose(lot: MeasuredLot) -> _Log | None:
    """Mass of a lot of loose magnets, which is weighed; None if only their number is known."""
    pieces, each = pieces_of(lot.line), piece_mass_kg(lot.line)
    mass = lot.line.mass_kg or (pieces * each if pieces and each else None)
    return None if mass is None else _Log(log(mass), 0.0)
