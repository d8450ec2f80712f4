"""Plants whose truth is known and differs from the literature: does training on their lots help?

A plant is drawn around what the published tables say, and then moved: its dysprosium halved, for
instance, or its yields. Its lots scatter about its own means, single magnets about their lot, and
what is won of a lot about what the plant wins in the long run, with sizes that are set here and
that the model has to learn. What it then says of further lots of the plant is held against them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log

import numpy as np
from scipy.special import expit, logit

from recycler.batch import Batch, DeclaredMagnet, LineItem, MagnetType, Reading
from recycler.lot import LEVELS, MeasuredLot, Outcome
from recycler.model.factors.observations import MAGNET_MASS, ND_FRACTION, ratio_term
from recycler.model.recovery import RecoveryModel

PRODUCTS = (("motor", "ev_traction_motor"), ("hdd", "hdd_3_5"))
ELEMENTS = ("Nd", "Pr", "Dy")
ROUTE = "hydrometallurgy"

_OF_PLANT = {MAGNET_MASS: 0.2, ND_FRACTION: 0.05}
_OF_LOT = {MAGNET_MASS: 0.15, ND_FRACTION: 0.05}
_RATIO_OF_PLANT, _RATIO_OF_LOT = 0.2, 0.15
_YIELD_OF_PLANT, _YIELD_OF_ELEMENT, _YIELD_OF_LOT = 0.15, 0.05, 0.1
_MOST_RECOVERED = 0.98  # of what was contained
_OF_PIECE = {"Nd": 0.08, "Pr": 0.2, "Dy": 0.3}
_LABORATORY = 0.03
_MOST = 0.38  # mass fraction of all rare earths in one magnet
_SAMPLES, _WEIGHED, _COUNT = 5, 10, 400
_START = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant.

    Attributes:
        name: Its name.
        means: Product -> factor -> log of the plant's mean, as its laboratory has it.
        holding: Product -> share of pieces that hold a magnet.
        yields: Element -> log of what the plant wins of it on ROUTE, over what was contained.
    """

    name: str
    means: Mapping[tuple[str, str], Mapping[str, float]]
    holding: Mapping[tuple[str, str], float]
    yields: Mapping[str, float]

    def lots(self, number: int, generator: np.random.Generator) -> list[MeasuredLot]:
        """So many lots, of its products in turn, a day apart."""
        products = list(self.means)
        return [self._lot(i, products[i % len(products)], generator) for i in range(number)]

    def _lot(
        self, index: int, product: tuple[str, str], generator: np.random.Generator
    ) -> MeasuredLot:
        own = {
            term: mean + _OF_LOT.get(term, _RATIO_OF_LOT) * generator.standard_normal()
            for term, mean in self.means[product].items()
        }
        fractions = {e: own[ND_FRACTION] + own.get(ratio_term(e), 0.0) for e in ELEMENTS}
        weighed = exp(own[MAGNET_MASS] + 0.3 / _WEIGHED**0.5 * generator.standard_normal())
        category, subtype = product
        samples = tuple(_sample(fractions, generator) for _ in range(_SAMPLES))
        magnets_kg = _COUNT * self.holding[product] * exp(own[MAGNET_MASS])
        return MeasuredLot(
            lot_id=f"{index}-{generator.integers(1 << 62):x}",
            plant=self.name,
            measured_on=_START + timedelta(days=index),
            method="simulated",
            line=LineItem(category, subtype, count=_COUNT),
            samples=samples,
            magnet_mass_g=1000 * weighed,
            weighed=_WEIGHED,
            route=ROUTE,
            recovered_kg={
                e: magnets_kg * exp(fractions[e]) * passed
                for e, passed in self._passed(generator).items()
            },
        )

    def _passed(self, generator: np.random.Generator) -> dict[str, float]:
        """Share of each element that is won from one lot."""
        run = _YIELD_OF_LOT * generator.standard_normal()
        return {e: min(exp(mean + run), _MOST_RECOVERED) for e, mean in self.yields.items()}


def simulated_plant(
    name: str,
    published: RecoveryModel,
    generator: np.random.Generator,
    factors: Mapping[str, float],
    recovering: float = 1.0,
) -> Plant:
    """Draw a plant around the published medians, and move it.

    Args:
        name: Its name.
        published: A model of the published tables alone.
        generator: Random numbers.
        factors: Factor -> what its published median is multiplied by, e.g. `{"ratio:Dy": 0.5}`.
        recovering: What the published overall yields are multiplied by.
    """
    content = published.factors_.content
    laboratory = _LABORATORY * generator.standard_normal()
    means = {}
    for category, subtype in PRODUCTS:
        mass = log(_mass_kg(published, category, subtype))
        means[category, subtype] = {
            term: content.mean_and_spread(content.law(term, category, subtype, mass))[0]
            + log(factors.get(term, 1.0))
            + _OF_PLANT.get(term, _RATIO_OF_PLANT) * generator.standard_normal()
            + laboratory * (term == ND_FRACTION)
            for term in (MAGNET_MASS, ND_FRACTION, *map(ratio_term, ELEMENTS[1:]))
        }
    spread = published.factors_.assumptions["presence_spread"].spread or 0.0
    of_plant = log(recovering) + _YIELD_OF_PLANT * generator.standard_normal()
    yields = {
        element: log(passed) + of_plant + _YIELD_OF_ELEMENT * generator.standard_normal()
        for element, passed in _published_yields(published).items()
    }
    holding = {
        product: float(expit(logit(_holding(published, *product)) + spread * generator.normal()))
        for product in PRODUCTS
    }
    return Plant(name, means, holding, yields)


def _published_yields(model: RecoveryModel) -> dict[str, float]:
    """Element -> mean of what is won of it on ROUTE, over the mean of what is contained."""
    (item,) = model.estimate(Batch((LineItem(*PRODUCTS[0], count=_COUNT),), route=ROUTE)).items
    found = {e.element: e.recoverable_kg.mean / e.contained_kg.mean for e in item.elements}
    return {element: found[element] for element in ELEMENTS}


def _holding(model: RecoveryModel, category: str, subtype: str) -> float:
    """Share of pieces that hold a magnet, as published."""
    plain, sure = (
        model.estimate(Batch((LineItem(category, subtype, count=_COUNT, magnet=magnet),)))
        for magnet in (None, DeclaredMagnet(MagnetType.NDFEB))
    )
    return plain.totals.magnet_mass_kg.mean / sure.totals.magnet_mass_kg.mean


def outcomes_before_and_after(
    published: RecoveryModel,
    trained: RecoveryModel,
    further: Sequence[MeasuredLot],
) -> tuple[list[Outcome], list[Outcome]]:
    """What both models had predicted of lots that neither has learned from."""
    return list(published.outcomes(further)), list(trained.outcomes(further))


def _mass_kg(model: RecoveryModel, category: str, subtype: str) -> float:
    products = model.factors_.categories[category]
    return next(p.product_mass_kg for p in products if p.subtype == subtype)


def _sample(logs: Mapping[str, float], generator: np.random.Generator) -> dict[str, Reading]:
    """One magnet: its elements scatter, but no alloy holds more rare earths than it can."""
    found = {e: exp(m + _OF_PIECE[e] * generator.standard_normal()) for e, m in logs.items()}
    room = min(1.0, _MOST / sum(found.values()))
    return {element: Reading(room * fraction) for element, fraction in found.items()}


def summary(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, float, tuple[float, ...], int]]:
    """Per measure and element: bias (median over measured, less 1), coverage at LEVELS, figures."""
    names = dict.fromkeys((o.measure, o.element) for o in outcomes)
    for measure, element in names:
        own = [o for o in outcomes if (o.measure, o.element) == (measure, element)]
        bias = exp(float(np.mean([log(o.median / o.measured) for o in own]))) - 1
        inside = tuple(
            float(np.mean([o.bounds[i][0] <= o.measured <= o.bounds[i][1] for o in own]))
            for i in range(len(LEVELS))
        )
        yield f"{measure}:{element}".rstrip(":"), bias, inside, len(own)
