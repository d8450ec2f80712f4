"""Whether conditioning holds what it promises: lots of the model's own making, assayed.

Lots whose truth is known are drawn from the model with other random numbers. Some of their magnets
are analysed, with the scatter and the laboratory's error that the model believes in; readings
below a limit are censored. The intervals that the model then gives must hold the truth as often
as they say, whatever was assayed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Assay, Batch, LineItem, Reading
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.engine import COLLECTED_YEAR, Engine
from recycler.model.lines.assay import PRIOR_PIECES, WIDEST
from recycler.model.lines.signature import sign
from recycler.model.recovery import RecoveryModel

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
LINE = LineItem("magnet", mass_kg=1000.0, unit_mass_kg=0.01)
"""100,000 loose magnets: so many that the scatter of those not analysed hardly counts."""

_ROUTE = "hydrometallurgy"  # any will do: only what is contained is compared


@dataclass(frozen=True, slots=True)
class Outcome:
    """What intervals on one element did over many lots.

    `coverage` maps levels to the share of lots whose true mass the interval held, `widths` holds
    the logs of upper over lower bound of each lot at the highest level, `errors` the logs of median
    over truth.
    """

    coverage: Mapping[float, float]
    widths: Array
    errors: Array


def simulate(
    model: RecoveryModel,
    pieces: int,
    lots: int,
    *,
    limits: Mapping[str, float] | None = None,
    seed: int = 1,
    line: LineItem = LINE,
) -> dict[str, Outcome]:
    """Draw lots, assay so many magnets of each, and compare intervals with the truth.

    Args:
        model: The fitted model.
        pieces: How many magnets are analysed; 0 for no assay.
        lots: How many lots.
        limits: Element -> mass fraction below which it is not detected.
        seed: Of the lots, other than the model's own.
        line: What the lots are of; category magnet, by mass.

    Returns:
        Element -> outcome.
    """
    limits = limits or {}
    engine = Engine(model.factors_, model.seed, model.draws)
    product = LineDrawer(model.factors_, seed, lots).draw(sign(line, COLLECTED_YEAR), _ROUTE)
    fractions = dict(zip(product.elements, product.contained_kg / product.magnet_kg, strict=True))
    generator = np.random.default_rng([seed, pieces, len(limits)])
    found: dict[str, list[tuple[float, ...]]] = {element: [] for element in fractions}
    for lot in range(lots):
        truth = {element: float(drawn[lot]) for element, drawn in fractions.items()}
        samples = tuple(_samples(model, truth, pieces, limits, generator))
        assayed = replace(line, assay=Assay(samples)) if samples else line
        for element, outcome in _compared(engine, assayed, truth):
            found[element].append(outcome)
    return {element: _summed(np.array(rows)) for element, rows in found.items()}


def _samples(
    model: RecoveryModel,
    truth: Mapping[str, float],
    pieces: int,
    limits: Mapping[str, float],
    generator: np.random.Generator,
) -> Iterator[dict[str, Reading]]:
    """Analyses of so many magnets, by the laws that the model believes in."""
    laboratory = model.factors_.assumptions["assay_laboratory"].spread or 0.0
    columns: dict[str, Array] = {}
    for element, fraction in truth.items():
        spread = model.factors_.scatter.of(element) * _size(generator) ** 0.5
        scatter = spread * generator.standard_normal(pieces) - spread**2 / 2
        error = laboratory * generator.standard_normal()
        columns[element] = np.minimum(fraction * np.exp(scatter + error), 1.0)
    for piece in range(pieces):
        yield {e: _reading(float(values[piece]), limits.get(e)) for e, values in columns.items()}


def _size(generator: np.random.Generator) -> float:
    """A lot's variance of single magnets, over the assumed one."""
    while True:
        size = float(PRIOR_PIECES / generator.chisquare(PRIOR_PIECES))
        if size < WIDEST:
            return size


def _reading(fraction: float, limit: float | None) -> Reading:
    below = limit is not None and fraction < limit
    return Reading(limit, below_detection=True) if below and limit else Reading(fraction)


def _compared(
    engine: Engine, line: LineItem, truth: Mapping[str, float]
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Per element: whether each level's interval holds the truth, its width, its error."""
    totals = [engine.estimate(Batch((line,), level=level)).totals for level in LEVELS]
    for found in zip(*(total.elements for total in totals), strict=True):
        element, cuts = found[0].element, [level.contained_kg for level in found]
        kg = truth[element] * (line.mass_kg or 1.0)
        held = [float(cut.lower <= kg <= cut.upper) for cut in cuts]
        width = np.log(cuts[-1].upper / cuts[-1].lower)
        yield element, (*held, float(width), float(np.log(cuts[-1].median / kg)))


def _summed(rows: Array) -> Outcome:
    shares = rows[:, : len(LEVELS)].mean(axis=0).tolist()
    return Outcome(dict(zip(LEVELS, shares, strict=True)), rows[:, -2], rows[:, -1])
