"""Measured lots beside what is predicted of them, as they were described before."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from recycler.lot import LEVELS, Measure, MeasuredLot, Outcome
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.product import ProductDraws
from recycler.model.factors.fitted import Factors
from recycler.model.factors.observations import product_level
from recycler.model.lines.assay import Rules, by_element, read
from recycler.model.lines.line_facts import MAGNET
from recycler.model.lines.signature import Signature, units
from recycler.model.lots.figures import mean_log

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds measured lots against the predictions of one model."""

    engine: Engine
    factors: Factors
    rules: Rules

    def outcomes(self, lots: Iterable[MeasuredLot]) -> Iterator[Outcome]:
        """Every exact figure of the lots; their words are known to the model."""
        for lot in lots:
            batch = lot.as_batch()
            (signature,) = self.engine.signatures(batch)
            product = self.engine.product(signature, batch.route)
            yield from self._fractions(lot, signature, product)
            yield from self._mass(lot, product)
            yield from self._recovered(lot, signature, product)

    def _fractions(
        self, lot: MeasuredLot, signature: Signature, product: ProductDraws
    ) -> Iterator[Outcome]:
        """Means over the samples: the lot's own mean, the scatter of so few, the laboratory."""
        level = product_level(lot.line.category, lot.line.subtype or "")
        scatter = self.factors.scatter_at(signature.plant, level)
        for element, readings in by_element(lot.samples).items():
            found = read(readings, scatter.of(element), self.rules)
            if found.log_means is None or element not in product.elements:
                continue
            place = product.elements.index(element)
            if not product.contained_kg[place].all():
                continue  # magnets that hold none: nothing was predicted on a log scale
            logs = product.lot_logs(place, len(readings))
            # a known plant's laboratory is in what it is known for
            if not self.factors.content.knows(signature.plant):
                own = product.numbers.normal(f"laboratory:{lot.plant}:{element}")
                logs = logs + self.rules.laboratory * own
            measured = exp(mean_log(found))
            yield _outcome(lot, Measure.MASS_FRACTION, element, measured, np.exp(logs))

    def _mass(self, lot: MeasuredLot, product: ProductDraws) -> Iterator[Outcome]:
        """The magnets of one piece that holds some, with the scatter of the few weighed."""
        if lot.magnet_mass_g is None or lot.line.category == MAGNET:
            return
        grams = 1000 * product.magnet_kg / product.presence / product.pieces_per_unit
        variance = np.log1p(product.piece_variance / (lot.weighed or 1))
        own = product.numbers.normal(f"weighed:{product.name}")
        drawn = grams * np.exp(np.sqrt(variance) * own - variance / 2)
        yield _outcome(lot, Measure.MAGNET_MASS, "", lot.magnet_mass_g, drawn)

    def _recovered(
        self, lot: MeasuredLot, signature: Signature, product: ProductDraws
    ) -> Iterator[Outcome]:
        if not lot.recovered_kg or lot.route is None:
            return
        rows = self.engine.rows(product, signature, lot.route, units(lot.line))
        recovered = rows[:-1] * product.passed
        for element, kg in lot.recovered_kg.items():
            if kg > 0 and element in product.elements:
                drawn = np.asarray(recovered[product.elements.index(element)], dtype=np.float64)
                yield _outcome(lot, Measure.RECOVERED, element, kg, drawn)


def _outcome(
    lot: MeasuredLot, measure: Measure, element: str, measured: float, draws: Array
) -> Outcome:
    middle = [0.5 - level / 2 for level in LEVELS]
    lower, upper = np.quantile(draws, middle), np.quantile(draws, [1 - p for p in middle])
    return Outcome(
        lot_id=lot.lot_id,
        plant=lot.plant,
        measured_on=lot.measured_on,
        category=lot.line.category,
        subtype=lot.line.subtype,
        measure=measure,
        element=element,
        measured=measured,
        median=float(np.median(draws)),
        bounds=tuple(zip(lower.tolist(), upper.tolist(), strict=True)),
        below=float((np.sum(draws < measured) + 0.5) / (len(draws) + 1)),
    )
