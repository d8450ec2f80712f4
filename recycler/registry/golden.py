"""The golden estimate: what a model must still say of a fixed batch, on any machine."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Final, Protocol

from recycler.batch import Batch
from recycler.comparison import RoutePredictions
from recycler.estimate import Prediction
from recycler.lot import LearnedLots, MeasuredLot, Outcome
from recycler.plan import SamplingStrategy

RELATIVE_TOLERANCE: Final = 2e-5
"""How far a figure may be off, relative to itself: figures are given to six digits, and the last
may differ between builds of numpy."""

_ABSOLUTE_TOLERANCE_KG = 1e-12


class Estimator(Protocol):
    """What a registry keeps: anything that predicts batches and plans their sampling."""

    def estimate(self, batch: Batch) -> Prediction:
        """Predict what the batch holds and yields."""

    def plan(self, batch: Batch, element: str, relative_half_width: float) -> SamplingStrategy:
        """Say which pieces to assay."""

    def compare(self, batch: Batch) -> RoutePredictions:
        """Predict it on every route, on the same draws."""

    def outcomes(self, lots: Iterable[MeasuredLot]) -> Iterator[Outcome]:
        """Hold measured lots against what is predicted of them."""

    def learned_lots(self) -> Iterable[LearnedLots]:
        """Say how many lots of which plants it has learned from."""


@dataclass(frozen=True, slots=True)
class GoldenEstimate:
    """A batch and the figures, in kg, that the model made of it when it was written.

    `figures` maps places in the answer (JSON Pointers such as `/totals/treo/contained_kg/mean`)
    to numbers.
    """

    batch: Batch
    figures: Mapping[str, float]


def make_golden(model: Estimator, batch: Batch) -> GoldenEstimate:
    """Let the model make its golden estimate of a batch."""
    return GoldenEstimate(batch, dict(_figures(model.estimate(batch))))


def check_golden(model: Estimator, golden: GoldenEstimate) -> None:
    """Let the model estimate the golden batch again.

    Raises:
        ValueError: It no longer says the same; the message names the first figure that differs.
    """
    found = dict(_figures(model.estimate(golden.batch)))
    if found.keys() != golden.figures.keys():
        raise ValueError("the golden estimate has other figures than the model makes")
    for place, expected in golden.figures.items():
        if not math.isclose(
            found[place], expected, rel_tol=RELATIVE_TOLERANCE, abs_tol=_ABSOLUTE_TOLERANCE_KG
        ):
            raise ValueError(
                f"the golden estimate is not reproduced: {place} is {found[place]:.9g} where "
                f"{expected:.9g} is recorded"
            )


def _figures(prediction: Prediction) -> Iterator[tuple[str, float]]:
    """All masses of the totals, and of each item its total of rare earths and its magnet mass."""
    yield from _numbers(replace(prediction.totals, variance_shares=None), "/totals")
    for i, item in enumerate(prediction.items):
        yield from _numbers(item.total_ree, f"/items/{i}/total_ree")
        yield from _numbers(item.magnet_mass_kg, f"/items/{i}/magnet_mass_kg")


def _numbers(value: object, at: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, (int, float)):
        yield at, float(value)
    elif isinstance(value, tuple):
        for i, entry in enumerate(value):
            yield from _numbers(entry, f"{at}/{i}")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _numbers(getattr(value, field.name), f"{at}/{field.name}")
