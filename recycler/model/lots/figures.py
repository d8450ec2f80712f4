"""What a measured lot says of the factors: masses of magnets, the Nd fraction, ratios to Nd.

The samples of a lot are read as an assay is (see `lines.assay`), but for the laboratory's error:
that is the same for all lots of a plant, so it belongs to what is peculiar to the plant.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log

from recycler.batch import MagnetType
from recycler.lot import MeasuredLot
from recycler.model.factors.effects import plant_source
from recycler.model.factors.lot_figures import LotFigure
from recycler.model.factors.observations import (
    MAGNET_MASS,
    ND_FRACTION,
    RATIO_ELEMENTS,
    product_level,
    ratio_term,
)
from recycler.model.factors.unit_scatter import UnitScatter, learn_scatter
from recycler.model.lines.assay import Findings, Rules, by_element, read, variance_of_mean
from recycler.model.lines.line_facts import MAGNET, shown_types
from recycler.model.lines.signature import sign
from recycler.model.lines.size import is_unknown, size_of
from recycler.model.lots.unit_scatter import Where, learn_own_scatter, where
from recycler.reference import Assumption, Product, Tables


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads lots with the words, the scatter and the assumptions of the tables.

    `unsized` are plants and products whose pieces' size no lot tells: how it differs from lot to
    lot is in how their magnet masses differ.
    """

    tables: Tables
    scatter: UnitScatter
    own_scatter: Mapping[Where, UnitScatter]
    unsized: frozenset[Where]
    rules: Rules

    @classmethod
    def of(cls, tables: Tables, lots: Iterable[MeasuredLot]) -> "Reader":
        """A reader for these tables, and for the scatter that these lots show."""
        lots = list(lots)
        zero, scatter = tables.assumptions["printed_zero"].value or 0.0, learn_scatter(tables)
        own = learn_own_scatter(lots, scatter)
        rules = Rules(laboratory=0.0, zero=zero)
        return cls(tables, scatter, own, _unsized(lots, tables), rules)

    def figures(self, lots: Iterable[MeasuredLot]) -> Iterator[LotFigure]:
        """All that usable lots say; nothing of lots that have something against them."""
        for lot in self.usable(lots):
            yield from self._figures_of(lot)

    def usable(self, lots: Iterable[MeasuredLot]) -> Iterator[MeasuredLot]:
        """Lots that have nothing against them."""
        return (lot for lot in lots if against(lot, self.tables) is None)

    def _figures_of(self, lot: MeasuredLot) -> Iterator[LotFigure]:
        product = product_of(lot, self.tables)
        blank = LotFigure(
            lot=lot.lot_id,
            source=plant_source(lot.plant),
            category=lot.line.category,
            subtype=product_level(lot.line.category, lot.line.subtype or ""),
            log_product_mass=log(product.product_mass_kg) if product else 0.0,
            term="",
            value=0.0,
            variance=0.0,
        )
        yield from self._mass(lot, product, blank)
        yield from self._composition(lot, blank)

    def _mass(
        self, lot: MeasuredLot, product: Product | None, blank: LotFigure
    ) -> Iterator[LotFigure]:
        """Magnet mass of one reference piece; of loose magnets it says nothing of a product."""
        if lot.magnet_mass_g is None or product is None or product.presence_averaged:
            return
        size = size_of(product, sign(lot.line, lot.measured_on.year), self._assumptions)
        per_piece = size.references / size.pieces
        sized = where(lot) not in self.unsized
        variance = self.scatter.magnet_mass**2 / (lot.weighed or 1) + sized * size.error**2
        # an assumed size errs by a factor of mean 1, whose log is below 0 on average
        value = log(lot.magnet_mass_g / 1000 / per_piece) + size.error**2 / 2
        yield replace(blank, term=MAGNET_MASS, value=value, variance=variance, sized=sized)

    def _composition(self, lot: MeasuredLot, blank: LotFigure) -> Iterator[LotFigure]:
        """The Nd fraction and ratios to it; without a reading of Nd there is nothing to say."""
        scatter = self.own_scatter.get(where(lot), self.scatter)
        found = {
            element: read(readings, scatter.of(element), self.rules)
            for element, readings in by_element(lot.samples).items()
            if element in ("Nd", *RATIO_ELEMENTS)
        }
        neodymium = found.pop("Nd", None)
        if neodymium is None or neodymium.log_means is None:
            return
        level, variance = mean_log(neodymium), variance_of_lot(neodymium, scatter.of("Nd"))
        yield replace(blank, term=ND_FRACTION, value=level, variance=variance)
        for element, readings in found.items():
            yield replace(
                blank,
                term=ratio_term(element),
                value=mean_log(readings) - level,
                variance=variance_of_lot(readings, scatter.of(element)),
                below=readings.log_means is None,
            )

    @property
    def _assumptions(self) -> Mapping[str, Assumption]:
        return self.tables.assumptions


def _unsized(lots: Iterable[MeasuredLot], tables: Tables) -> frozenset[Where]:
    """Plants and products of which no lot tells the size of the pieces."""
    unknown: dict[Where, bool] = {}
    for lot in lots:
        product = product_of(lot, tables) if against(lot, tables) is None else None
        if product is not None and lot.magnet_mass_g is not None:
            line = sign(lot.line, lot.measured_on.year)
            unknown[where(lot)] = is_unknown(product, line) and unknown.get(where(lot), True)
    return frozenset(place for place, always in unknown.items() if always)


def mean_log(found: Findings) -> float:
    """Log of the mean of the readings, or of their lowest limit where all lie below detection."""
    if found.log_means is None:
        return float(found.limits.logs[0])
    return found.typical(found.log_means)


def variance_of_lot(found: Findings, spread: float) -> float:
    """Log-variance of the mean of the readings around the lot's, by the scatter of all lots.

    By its own scatter a lot whose largest reading is large would count less: the mean over lots
    would come out too low.
    """
    return variance_of_mean(spread, found.pieces) + found.typical(found.unsure)


def product_of(lot: MeasuredLot, tables: Tables) -> Product | None:
    """The product that a lot's line names; None for loose magnets and for what is no product."""
    if lot.line.subtype is None or lot.line.category == MAGNET:
        return None
    return tables.product(lot.line.subtype)


def against(lot: MeasuredLot, tables: Tables) -> str | None:
    """Why nothing can be learned from a lot, as a sentence; None if something can."""
    subtypes = tables.categories.get(lot.line.category)
    if subtypes is None:
        return f"{lot.line.category!r} is no category of the tables."
    if lot.line.subtype is not None and lot.line.subtype not in subtypes:
        return f"{lot.line.subtype!r} is no subtype of {lot.line.category}."
    if lot.line.subtype is None and subtypes and lot.line.category != MAGNET:
        return f"It names no subtype of {lot.line.category}, so which product it tells of is open."
    if _is_samarium_cobalt(lot):
        return "Its magnets are SmCo: only NdFeB is learned from lots."
    if not any(_tells(lot)):
        return (
            "It tells no magnet mass, nothing that was recovered, and no Nd, to which all other "
            "elements are set in ratio."
        )
    return None


def _tells(lot: MeasuredLot) -> Iterator[bool]:
    yield lot.magnet_mass_g is not None and lot.line.category != MAGNET
    yield any("Nd" in s and not s["Nd"].below_detection and s["Nd"].fraction for s in lot.samples)
    yield bool(lot.recovered_kg)


def _is_samarium_cobalt(lot: MeasuredLot) -> bool:
    declared = lot.line.magnet.type if lot.line.magnet else None
    shown = {
        shown_types({e: r.fraction for e, r in sample.items() if not r.below_detection})
        for sample in lot.samples
    }
    return MagnetType.SMCO in (declared, *shown)
