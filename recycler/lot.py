"""What came back: a lot that was described once and has been measured since.

A lot is one line of a batch with what the laboratory or the plant found of it. What was found is
kept apart from what the sender declared: `line` says what was known before, so that a prediction
can be made of it and held against the measurement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from recycler.batch import Analysis, Batch, LineItem


class Measure(StrEnum):
    """What a figure of a lot is of, and in which unit."""

    MASS_FRACTION = "mass_fraction"
    MAGNET_MASS = "magnet_mass_g"
    RECOVERED = "recovered_kg"


@dataclass(frozen=True, slots=True)
class MeasuredLot:
    """One lot with its measurements; at least one of the three kinds of figures is there.

    Attributes:
        lot_id: The plant's name for the lot: one lot of a plant has it once.
        plant: Who measured. Lots of one plant share what is peculiar to its intake and laboratory.
        measured_on: Day of the measurement.
        method: How the samples were analysed, e.g. ICP-OES; free text.
        line: What it was, as a sender describes it before anybody measures. It carries no assay.
        samples: One analysis per sampled magnet, mass fractions; below detection is a Reading.
        magnet_mass_g: Mean mass of all magnets in one piece, weighed; for category magnet of one
            magnet.
        weighed: How many pieces were weighed; None if the plant did not say.
        route: The route that it took, if that is known; it is where something was recovered.
        recovered_kg: Element -> metal that the plant won from the whole lot, kg.
        estimate_id: The estimate that it answers.
    """

    lot_id: str
    plant: str
    measured_on: date
    method: str
    line: LineItem
    samples: tuple[Analysis, ...] = ()
    magnet_mass_g: float | None = None
    weighed: int | None = None
    route: str | None = None
    recovered_kg: Mapping[str, float] = field(default_factory=dict)
    estimate_id: str | None = None

    def as_batch(self) -> Batch:
        """The lot as it was described before it was measured, in its plant's hands."""
        year = self.measured_on.year
        batch = Batch(items=(self.line,), collected_year=year, plant=self.plant)
        return replace(batch, route=self.route) if self.route else batch


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measured figure of a lot, and where it fell in what a model had predicted of it.

    Figures are in the unit of `measure`: mass fractions 0-1, grams, kilograms.

    Attributes:
        lot_id: Of the lot.
        plant: Of the lot.
        measured_on: Of the lot.
        category: Of the lot's line.
        subtype: Of the lot's line, if it names one.
        measure: What the figure is of.
        element: Symbol of the element; empty for a magnet mass.
        measured: The figure; mean over the samples, for mass fractions.
        median: Its predicted median.
        bounds: Lower and upper bound of the central 50, 80 and 90 % interval (see LEVELS).
        below: Predicted probability of less than the figure: uniform over lots if predictions are
            right (the probability integral transform).
    """

    lot_id: str
    plant: str
    measured_on: date
    category: str
    subtype: str | None
    measure: Measure
    element: str
    measured: float
    median: float
    bounds: tuple[tuple[float, float], ...]
    below: float


@dataclass(frozen=True, slots=True)
class LearnedLots:
    """How many lots of a plant a model has learned a factor from, of a product or of a route.

    Attributes:
        plant: The plant's name.
        source_id: Its name among the sources of a basis.
        factor: What was learned, such as magnet_mass, nd_fraction, ratio:Dy or overall_yield.
        lots: How many lots told it.
        category: Of the lots' lines; None for what is of a route.
        subtype: Of the lots' lines; None where the category has none or they named none.
        route: That the lots took; None for what is of a product.
    """

    plant: str
    source_id: str
    factor: str
    lots: int
    category: str | None = None
    subtype: str | None = None
    route: str | None = None


LEVELS = (0.5, 0.8, 0.9)
"""Levels of the intervals in an Outcome."""
