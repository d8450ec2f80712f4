"""What a plant's lots say of its overall yields: what came back, over what was in them.

What was in a lot is drawn given all that the lot itself tells: its samples as an assay, its weighed
magnets as a declared mass, and the plant's own lots for the rest. All lots are drawn with common
numbers, so an error that they share (the share of pieces with a magnet, an assumed size) is still
there in the mean over them, while errors of single lots shrink. Lots of which like things are known
are one kind; kinds are put together by the covariance of their means (generalised least squares).

Errors of the plant's own laboratory and scale are left out: contents are predicted for the plant as
these have them, so that recovered masses are right whatever they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Assay, DeclaredMagnet, LineItem
from recycler.lot import MeasuredLot
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.product import ProductDraws
from recycler.model.estimation.variance import LogFactors
from recycler.model.factors.effects import plant_source
from recycler.model.factors.fitted import Factors
from recycler.model.factors.lot_figures import LotFigure, pool, yield_term
from recycler.model.factors.observations import Observation
from recycler.model.factors.plant_yields import PlantYields, Told, Where
from recycler.model.lines.line_facts import MAGNET
from recycler.model.lines.signature import Signature, sign, units

Array = NDArray[np.float64]

_DRAWS = 500  # enough for means and variances; lots are many

_LABORATORY, _MAGNET_MASS = "assay_laboratory", "declared_magnet_mass"  # names of assumptions

_Kind = tuple[str, bool, bool]
"""Product, whether its magnets were analysed, whether they were weighed."""


class _Recovery(NamedTuple):
    """One element of one lot: log of recovered kg, and the log of contained kg.

    `logs` are draws without the scatter of single pieces and magnets, whose log-variance is
    `scatter`.
    """

    lot: str
    recovered: float
    logs: Array
    scatter: float


@dataclass
class _Sum:
    """All lots of one kind at one place, added up: their draws are not kept."""

    values: list[tuple[str, float, float]] = field(default_factory=list)
    logs: Array = field(default_factory=lambda: np.zeros(_DRAWS))
    variances: float = 0.0

    def add(self, found: _Recovery) -> None:
        self.values.append((found.lot, found.recovered - float(found.logs.mean()), found.scatter))
        self.logs = self.logs + found.logs
        self.variances += float(found.logs.var())

    @property
    def mean_logs(self) -> Array:
        """Draws of the mean log of what the lots contained."""
        return self.logs / len(self.values)

    @property
    def own(self) -> float:
        """Log-variance of contained that a lot has for itself: what a mean of several loses."""
        lots = len(self.values)
        lost = self.variances / lots - float(self.mean_logs.var())
        return max(lost, 0.0) * lots / (lots - 1) if lots > 1 else 0.0

    @property
    def shared(self) -> float:
        """Log-variance of contained that no number of lots takes away."""
        return max(float(self.mean_logs.var()) - self.own / len(self.values), 0.0)


def learn_yields(lots: Iterable[MeasuredLot], factors: Factors, seed: int) -> PlantYields:
    """What lots say of the yields of their plants; nothing of lots that tell no recovered mass.

    Args:
        lots: Lots whose words are known, and that may be learned from.
        factors: Fitted to the tables and to the lots.
        seed: Decides the random numbers.
    """
    sums = _added_up(lots, factors, seed)
    observations, scatter = pool(_figures(sums))
    found = {(o.source, o.subtype, o.factor): o for o in observations}
    return PlantYields(
        figures={
            where: _together([(kinds[kind], found[_group(where, kind)]) for kind in sorted(kinds)])
            for where, kinds in sorted(sums.items())
        },
        scatter={
            term.partition(":")[2]: spread * scatter.stretches[term]
            for term, spread in scatter.spreads.items()
        },
    )


def _added_up(
    lots: Iterable[MeasuredLot], factors: Factors, seed: int
) -> dict[Where, dict[_Kind, _Sum]]:
    sums: dict[Where, dict[_Kind, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    drawers = {
        weighed: LineDrawer(_by_own_measure(factors, weighed=weighed), seed, _DRAWS)
        for weighed in (False, True)
    }
    for lot in lots:
        if lot.route is not None and lot.route in factors.routes and lot.recovered_kg:
            drawer = drawers[lot.magnet_mass_g is not None]
            for where, kind, found in _recoveries(lot, lot.route, drawer, factors):
                sums[where][kind].add(found)
    return sums


def _by_own_measure(factors: Factors, *, weighed: bool) -> Factors:
    """The same without errors of a plant's own laboratory, and of its scale if it weighed."""
    own = {_LABORATORY, _MAGNET_MASS} if weighed else {_LABORATORY}
    exact = {name: replace(factors.assumptions[name], spread=0.0) for name in sorted(own)}
    return replace(factors, assumptions={**factors.assumptions, **exact})


def _recoveries(
    lot: MeasuredLot, route: str, drawer: LineDrawer, factors: Factors
) -> Iterator[tuple[Where, _Kind, _Recovery]]:
    """Every element that was won from a lot."""
    plant, line = plant_source(lot.plant), _as_measured(lot)
    signature = sign(line, lot.measured_on.year, plant)
    product = drawer.draw(signature, route)
    size, weighing = units(line), _weighing(lot, factors)
    for element, kg in sorted(lot.recovered_kg.items()):
        parts = _parts(product, element)
        if kg > 0 and parts is not None:
            logs = np.log(product.contained_kg[product.elements.index(element)] * size)
            scatter = parts.scatter(product.pieces(size)) + weighing
            kind = _kind(lot, signature, element)
            found = _Recovery(lot.lot_id, log(kg), logs, scatter)
            yield (plant, route, signature.state.value, element), kind, found


def _as_measured(lot: MeasuredLot) -> LineItem:
    """The lot's line with all that was measured of it."""
    line = replace(lot.line, assay=Assay(lot.samples)) if lot.samples else lot.line
    if lot.magnet_mass_g is None:
        return line
    return replace(line, magnet=replace(line.magnet or DeclaredMagnet(), mass_g=lot.magnet_mass_g))


def _weighing(lot: MeasuredLot, factors: Factors) -> float:
    """Log-variance that the weighing of so few magnets leaves of the lot's mean.

    The mass of loose magnets is known where they are weighed all together.
    """
    together = lot.line.category == MAGNET and lot.line.mass_kg is not None
    if together or lot.magnet_mass_g is None:
        return 0.0
    return factors.scatter.magnet_mass**2 / (lot.weighed or 1)


def _parts(product: ProductDraws, element: str) -> LogFactors | None:
    """The contained mass of an element taken apart; None if there is none."""
    if element not in product.elements:
        return None
    return product.contained_factors(product.elements.index(element))


def _kind(lot: MeasuredLot, signature: Signature, element: str) -> _Kind:
    assayed = any(element in sample for sample in lot.samples)
    product = f"{signature.category}/{signature.subtype or '*'}"
    return product, assayed, lot.magnet_mass_g is not None


def _group(where: Where, kind: _Kind) -> tuple[str, str, str]:
    """Names a kind at a place among the figures that are pooled, as `LotFigure.group` does."""
    plant, route, state, element = where
    return plant, f"{route}/{state}/{kind}", yield_term(element)


def _figures(sums: Mapping[Where, Mapping[_Kind, _Sum]]) -> Iterator[LotFigure]:
    for where, kinds in sums.items():
        for kind, total in kinds.items():
            source, subtype, term = _group(where, kind)
            for lot, value, scatter in total.values:
                yield LotFigure(
                    lot, source, kind[0], subtype, 0.0, term, value, total.own + scatter
                )


def _together(kinds: Sequence[tuple[_Sum, Observation]]) -> Told:
    """One figure of several kinds of lots, each with the mean of its lots."""
    errors = np.stack([total.mean_logs - total.mean_logs.mean() for total, _ in kinds])
    shared = errors @ errors.T / _DRAWS
    np.fill_diagonal(shared, [total.shared for total, _ in kinds])
    own = np.array([found.variance for _, found in kinds])
    weights = np.maximum(np.linalg.solve(shared + np.diag(own), np.ones(len(kinds))), 0.0)
    weights /= weights.sum()
    return (
        float(weights @ [found.value for _, found in kinds]),
        float(weights**2 @ own),
        float(weights @ shared @ weights),
        sum(found.lots for _, found in kinds),
    )
