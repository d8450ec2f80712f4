"""The product's own model as a method: fitted to a fold as it is fitted to everything."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from recycler.model.evaluation.folds import Fold, Part
from recycler.model.evaluation.methods import Method, Predictor
from recycler.model.evaluation.stage_yields import predict_stage_yield
from recycler.model.evaluation.targets import Target
from recycler.model.factors.content import ContentModel
from recycler.model.factors.lot_figures import LotFigure
from recycler.model.factors.observations import (
    ELEMENT_CONTENT,
    MAGNET_MASS,
    ND_FRACTION,
    TOTAL_REE,
    Observation,
    element_terms,
    ratio_term,
)
from recycler.model.factors.presence import PresenceModel
from recycler.model.factors.priors import USUAL, Priors
from recycler.model.factors.stage_yield import StageYieldModel
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import PresenceRow, Tables, YieldRow

Array = NDArray[np.float64]

_SEED = 7
_DRAWS = 2000
_TOLERANCE = 1e-7  # scales to three digits: a fold needs no more


def product_method(
    tables: Tables,
    scales: Mapping[str, float] | None = None,
    *,
    priors: Priors = USUAL,
    calibrated: bool = True,
    learns_from_lots: bool = True,
) -> Method:
    """The model that is served, as a method.

    Args:
        tables: Where the assumptions come from.
        scales: Scales of a fit to all figures. They only start the search: a fold tunes its own.
        priors: What is believed before.
        calibrated: Whether spreads are stretched to hold for sources left out.
        learns_from_lots: Whether it makes use of the lots that a fold offers.
    """
    spread = tables.assumptions["presence_spread"].spread or 0.0
    return partial(
        _fit,
        presence=PresenceModel(spread, priors.other_products),
        yields=StageYieldModel(priors.yield_spread),
        content=ContentModel(priors.parent_spread, _TOLERANCE, calibrated=calibrated),
        scales=scales,
        learns_from_lots=learns_from_lots,
    )


def _fit(
    fold: Fold,
    *,
    presence: PresenceModel,
    yields: StageYieldModel,
    content: ContentModel,
    scales: Mapping[str, float] | None,
    learns_from_lots: bool,
) -> Predictor:
    numbers = CommonNumbers(_SEED, _DRAWS)
    if fold.part is Part.PRESENCE:
        shares = cast("Sequence[PresenceRow]", fold.training)
        return partial(_presence, clone(presence).fit(shares), numbers)
    if fold.part is Part.STAGE_YIELD:
        studies = cast("Sequence[YieldRow]", fold.training)
        return partial(predict_stage_yield, clone(yields).fit(studies), numbers)
    rows = fold.training
    published = [row for row in rows if isinstance(row, Observation)]
    lots = [row for row in rows if isinstance(row, LotFigure)] if learns_from_lots else []
    model = clone(content).fit(published, start=scales, lots=lots)
    return partial(_content, model, numbers, model.effect_numbers(numbers))


def _presence(model: PresenceModel, numbers: CommonNumbers, target: Target) -> Array:
    year = np.array([float(target.year or 0)])
    logits = model.unknown_logits(target.category, year, numbers)[0]
    return np.asarray(logits + model.spread * numbers.normal(f"presence:{target.subtype}"))


def _content(model: ContentModel, numbers: CommonNumbers, effects: Array, target: Target) -> Array:
    """Predictive draws of one figure: of a lot of a plant that it knows, or of an unseen source."""
    at = cast("Observation", target.at)

    def drawn(*terms: str) -> Array:
        product = (at.category, at.subtype, at.log_product_mass)
        laws = [model.law(term, *product, at.source if at.lots else None) for term in terms]
        return model.sample(model.joint_law(laws), numbers, effects)

    noise = model.figure_noise(at)
    figures = 1
    if target.factor != ELEMENT_CONTENT:
        values = drawn(target.factor)
        figures += target.factor.startswith("ratio") and len(at.terms) > 1  # of Nd, too
    elif target.element == TOTAL_REE:
        ratios = [np.exp(drawn(ratio_term(e))) for e in model.elements(at.category)[1:]]
        values = drawn(MAGNET_MASS, ND_FRACTION) + np.log1p(np.sum(ratios, axis=0))
    else:
        values = drawn(MAGNET_MASS, *element_terms(target.element))
    return np.asarray(values + np.sqrt(figures) * noise.scale * numbers.normal(noise.name))
