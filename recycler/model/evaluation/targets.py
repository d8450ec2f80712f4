"""The published figures that an evaluation predicts, each on the scale of its factor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from scipy.special import logit

from recycler.model.factors.lot_figures import LotFigure, single
from recycler.model.factors.observations import (
    ELEMENT_CONTENT,
    MAGNET_MASS,
    TOTAL_REE,
    Observation,
    ratio_term,
)
from recycler.model.factors.presence import EDGE, PresenceModel
from recycler.model.factors.stage_yield import COMPLETE
from recycler.reference import Tables

PRESENCE = "presence"
STAGE_YIELD = "stage_yield"

SCALE_ENDS = {
    PRESENCE: (float(logit(EDGE)), float(logit(1 - EDGE))),
    STAGE_YIELD: (float(logit(1 - COMPLETE)), float(logit(COMPLETE))),
}
"""Factor -> where its scale ends, for figures and for what is predicted of them.

"None", "all" and "completely dissolved" have infinite logits: printed shares of less than 0.3 or
more than 99.7 % and yields of more than 99 % count as that, and so do predictions beyond (a
threshold-weighted score; T. Gneiting, R. Ranjan, J. Bus. Econ. Stat. 29 (2011) 411-422).
"""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to predict.

    Attributes:
        factor: presence, magnet_mass, element_content, nd_fraction, ratio:Pr, ratio:Dy, ...
        element: Symbol of the element (of the numerator, for a ratio), or total_ree; empty where
            the figure is not of an element.
        category: Category of the product.
        subtype: The product.
        value: The figure: the log of kg per reference piece, of a mass fraction or of a ratio; the
            logit of a share.
        source: Primary sources that the figure goes back to, joined by `+`.
        kin: What it is held out with: figures that have any of these in common never meet on both
            sides of a fold. Its primary sources; for presence, which has one source, its product.
        row_id: Row of the tables (for a ratio, that of the numerator).
        log_product_mass: Log of the kg of one reference piece of the product; 0 for bare magnets.
        year: Year of sale, where the figure has one.
        at: The observation behind it, where the joint model of contents has one.
    """

    factor: str
    element: str
    category: str
    subtype: str
    value: float
    source: str
    kin: frozenset[str]
    row_id: str
    log_product_mass: float
    year: int | None = None
    at: Observation | None = None

    @property
    def left_out(self) -> str:
        """Name of what it is held out with."""
        return "+".join(sorted(self.kin))


def content_targets(observations: Sequence[Observation]) -> Iterator[Target]:
    """Every exact figure, and every ratio to the Nd of the same sample."""
    neodymium = {_sample(o): o.value for o in observations if o.element == "Nd" and not o.side}
    for found in observations:
        if found.side:
            continue
        if found.factor in (MAGNET_MASS, ELEMENT_CONTENT) or found.element == "Nd":
            yield _target(found, found.factor, found.value)
        if len(found.terms) == 1 and found.factor.startswith("ratio"):
            yield _target(found, found.factor, found.value)
        elif found.element not in ("Nd", TOTAL_REE, MAGNET_MASS) and _sample(found) in neodymium:
            ratio = found.value - neodymium[_sample(found)]
            yield _target(found, ratio_term(found.element), ratio)


def lot_target(figure: LotFigure) -> Target:
    """What a single lot says, as a figure to predict; the row is the lot."""
    return replace(_target(single(figure), figure.term, figure.value), row_id=figure.lot)


def presence_targets(tables: Tables) -> Iterator[Target]:
    """Every published share of pieces with NdFeB, by product and year of sale."""
    curves = PresenceModel().fit(tables.presences)
    for row in tables.presences:
        yield Target(
            factor=PRESENCE,
            element="",
            category=row.category,
            subtype=row.subtype,
            value=float(curves.logits(row.subtype, np.array([float(row.year)]))[0]),
            source=row.source_id,
            kin=frozenset({row.subtype}),
            row_id=f"{row.subtype}-{row.year}",
            log_product_mass=log(tables.product(row.subtype).product_mass_kg),
            year=row.year,
        )


def _target(found: Observation, factor: str, value: float) -> Target:
    return Target(
        factor=factor,
        element="" if found.element == MAGNET_MASS else found.element,
        category=found.category,
        subtype=found.subtype,
        value=value,
        source=found.source,
        kin=found.primaries,
        row_id=found.row_id,
        log_product_mass=found.log_product_mass,
        at=found,
    )


def _sample(found: Observation) -> tuple[str, str, str, bool]:
    return found.source, found.subtype, found.sample, MAGNET_MASS in found.terms
