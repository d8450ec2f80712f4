"""Rows of the reference tables as values: fractions 0-1 and units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from recycler.batch import Reading


class Bound(StrEnum):
    """Whether a figure was printed as such, or only as a bound of the true value."""

    EXACT = "exact"
    LOWER = "lower"
    UPPER = "upper"


class Scaling(StrEnum):
    """What the magnets of a product grow with: the piece, its mass or its rated power."""

    PIECE = "piece"
    MASS = "mass"
    POWER = "power"


class Basis(StrEnum):
    """What a printed mass refers to; `flow` is grams per year, good for ratios only."""

    PER_UNIT = "per_unit"
    PER_KG = "per_kg"
    PER_KW = "per_kw"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Source:
    """A publication: `citation` is one readable line, `url` where it was read, as noted down.

    `same_work_as` is the source_id under which the same work stands already; `cited_as` is how
    compilations print the work, where its first author and year alone would not lead here.
    """

    source_id: str
    citation: str
    doi: str | None
    url: str | None
    licence: str | None
    same_work_as: str | None
    cited_as: str | None


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is taken for granted where no publication helps.

    `value` and `spread` (a standard deviation) are on `scale`: for `log` and `logit` the spread is
    that of the logarithm or logit, for `beta` that of the value itself, and for `weibull` the
    value is the scale in years and the spread the shape.
    """

    name: str
    value: float | None
    spread: float | None
    scale: str | None
    statement: str


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of product that a line item can name.

    `product_mass_kg` is the gross mass of one reference piece, `piece_mass_kg` that of a part as it
    is handed in where that is not the whole product, `reference_power_kw` the rated power.
    `presence_of` names the subtype whose share of pieces with NdFeB holds for it (None: no share is
    taken), and `presence_averaged` says that content figures are averages over pieces with and
    without NdFeB. Lifetimes are Weibull, scale in years.
    """

    category: str
    subtype: str
    label: str
    unu_key: str | None
    product_mass_kg: float
    piece_mass_kg: float | None
    scaling: Scaling
    reference_power_kw: float | None
    presence_of: str | None
    presence_averaged: bool
    lifetime_scale_years: float | None
    lifetime_shape: float | None
    source_id: str | None
    assumptions: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ObservedOnly:
    """A subtype that has figures but is no product that a line item can name, and why not."""

    category: str
    subtype: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContentRow:
    """Mass of one element (symbol, or `total_ree`) in a product, in grams per `basis`.

    `primaries` are the publications that the figure goes back to; rows with the same `sample` are
    figures of one and the same sample. `excluded` rows are kept for the record only.
    """

    row_id: str
    source_id: str
    primaries: frozenset[str]
    sample: str
    category: str
    subtype: str
    year: int | None
    basis: Basis
    element: str
    content_g: float
    min_g: float | None
    max_g: float | None
    n: int | None
    kind: str
    bound: Bound
    excluded: bool
    note: str


@dataclass(frozen=True, slots=True)
class MassRow:
    """Mass of all NdFeB magnets of a product, in grams per `basis`.

    `product_mass_kg` is the mass of the whole product; `sd_g` the scatter between pieces.
    """

    row_id: str
    source_id: str
    primaries: frozenset[str]
    category: str
    subtype: str
    year: int | None
    basis: Basis
    product_mass_kg: float | None
    magnet_type: str
    magnet_mass_g: float
    min_g: float | None
    max_g: float | None
    sd_g: float | None
    n: int | None
    kind: str
    bound: Bound
    excluded: bool
    note: str


@dataclass(frozen=True, slots=True)
class CompositionRow:
    """One analysis of a magnet, as mass fractions (0-1).

    An element that is missing from `readings` was not reported, one with `below_detection` lies
    under the limit that its fraction gives, and a fraction of 0 is a printed zero. `sd` is the
    scatter between magnets, where printed.
    """

    row_id: str
    source_id: str
    primaries: frozenset[str]
    sample: str
    category: str
    subtype: str
    year: int | None
    magnet_type: str
    grade: str | None
    readings: Mapping[str, Reading]
    total_ree: Reading | None
    sd: Mapping[str, float]
    n: int | None
    kind: str
    excluded: bool
    note: str


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """Share (0-1) of the pieces of a product sold in a year that hold NdFeB."""

    category: str
    subtype: str
    year: int
    ndfeb_share: float
    source_id: str


@dataclass(frozen=True, slots=True)
class YieldRow:
    """Yield (0-1) of one stage of a route for `elements`.

    `elements` holds symbols, or one of the words REE, REE_total, alloy and all. Second-hand
    figures and claims have a `weight` below 1; rows that are not `used` stay out of every fit.
    """

    row_id: str
    source_id: str
    primaries: frozenset[str]
    route: str
    stage: str
    feed: str
    elements: tuple[str, ...]
    yield_fraction: float
    min_fraction: float | None
    max_fraction: float | None
    bound: Bound
    scale: str
    weight: float
    used: bool
    note: str


@dataclass(frozen=True, slots=True)
class RouteStage:
    """A stage of a route, at `position` (1, 2, ...).

    Its yield comes from the stage yields of route `figures_of` (`state`: from the state of the
    feed), from `assumption`, or, with both, from figures that are assumed to hold here too.
    """

    route: str
    position: int
    stage: str
    figures_of: str | None
    assumption: str | None
