"""What goes out: quantities with intervals, and what they rest on.

These values are the answer: field for field what `POST /v1/estimates` returns, so that one
serializer writes them and nothing has to be copied over. They have no slots: orjson writes plain
dataclasses five times faster. The smallest of them are not frozen either: an answer has hundreds,
and a frozen one takes three times as long to make. Nothing changes them once they are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(unsafe_hash=True)
class Quantity:
    """A predictive distribution in short: its mean, median and central interval, in kg.

    `lower` and `upper` bound the central interval at the level of the estimate.
    """

    mean: float
    median: float
    lower: float
    upper: float


@dataclass(unsafe_hash=True)
class ElementEstimate:
    """One element: contained in the batch as it arrives, recoverable by the route, in kg metal.

    `recoverable_oxide_kg` is the recoverable mass as `oxide`, the form it is traded in. Both are
    None for companions (Fe, B, Co, Cu, Al, Ni), which count in no total and in no TREO.
    """

    element: str
    contained_kg: Quantity
    recoverable_kg: Quantity
    recoverable_oxide_kg: Quantity | None
    oxide: str | None


@dataclass(unsafe_hash=True)
class Mass:
    """A sum over rare earths, contained and recoverable, in kg (of metal, or of oxide for TREO)."""

    contained_kg: Quantity
    recoverable_kg: Quantity


@dataclass(frozen=True)
class VarianceShares:
    """Which factor the interval of the recoverable rare earths owes its width to.

    Shares of the variance of the log of the mass, adding up to 1. A share below 0 belongs to a
    factor that leans against the others. `unit_scatter` is what single pieces do on their own.
    """

    presence: float
    magnet_mass: float
    composition: float
    stage_yields: float
    unit_scatter: float


@dataclass(unsafe_hash=True)
class Totals:
    """The whole batch: quantiles of jointly drawn sums, not sums of the lines' quantiles.

    `variance_shares` is None where there are no rare earths.
    """

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity
    variance_shares: VarianceShares | None


@dataclass(unsafe_hash=True)
class Note:
    """Something the reader should know; `item` is the index of the line, None for the batch."""

    code: str
    item: int | None
    message: str


@dataclass(frozen=True)
class SourceUse:
    """How many rows of one source stand behind a factor."""

    source_id: str
    rows: int


@dataclass(frozen=True)
class FactorBasis:
    """What one factor of a line rests on.

    `basis` is `published` (rows of this product or its category), `pooled` (only other
    categories), `measured` (lots of the plant that receives the batch), `declared` or `assayed`
    (said by the sender), or `assumed` (no data: the assumption is in `assumption`). `assumed_for`
    names elements for which a stage is assumed although it is published for others.
    """

    factor: str
    basis: str
    sources: tuple[SourceUse, ...] = ()
    assumption: str | None = None
    assumed_for: tuple[str, ...] = ()


@dataclass(unsafe_hash=True)
class ItemEstimate:
    """One line of the batch, in the order sent; `variance_shares` as in the totals."""

    item: int
    line_id: str | None
    category: str
    subtype: str | None
    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity
    variance_shares: VarianceShares | None
    basis: tuple[FactorBasis, ...]
    in_domain: bool
    notes: tuple[Note, ...]


@dataclass(unsafe_hash=True)
class ElementLoss:
    """Mean mass of an element that a stage takes, in kg, and the stage's mean yield (0-1).

    `basis` is what the yield of this very element rests on: `assumed` also where a published
    stage has no figures on it.
    """

    element: str
    lost_kg: float
    yield_fraction: float
    basis: str


@dataclass(unsafe_hash=True)
class StageLoss:
    """What one stage of the route takes from the batch, per element, in the route's order."""

    stage: str
    basis: str
    elements: tuple[ElementLoss, ...]


@dataclass(frozen=True)
class ModelReference:
    """Which model answered: its version and the digests of the artefact and of its data."""

    version: str
    sha256: str
    data_digest: str


@dataclass(frozen=True)
class Prediction:
    """What the model says of a batch, before a version and an id are put to it."""

    totals: Totals
    items: Sequence[ItemEstimate]
    losses: tuple[StageLoss, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Estimate:
    """The answer to a batch. `estimate_id` is a digest of the batch and the model version."""

    estimate_id: str
    batch_id: str | None
    level: float
    route: str
    model: ModelReference
    totals: Totals
    items: Sequence[ItemEstimate]
    losses: tuple[StageLoss, ...]
    notes: tuple[Note, ...]
