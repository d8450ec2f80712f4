"""The product's own model as a method: fitted to a fold as it is fitted to everything."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from recycler.model.common_numbers import CommonNumbers
from recycler.model.content import ContentModel
from recycler.model.evaluation.folds import Fold, Part
from recycler.model.evaluation.methods import Method, Predictor
from recycler.model.evaluation.stage_yields import predict_stage_yield
from recycler.model.evaluation.targets import Target
from recycler.model.observations import (
    ELEMENT_CONTENT,
    MAGNET_MASS,
    ND_FRACTION,
    TOTAL_REE,
    Observation,
    element_terms,
    ratio_term,
)
from recycler.model.presence import PresenceModel
from recycler.model.stage_yield import StageYieldModel
from recycler.reference import PresenceRow, Tables, YieldRow

Array = NDArray[np.float64]

_SEED = 7
_DRAWS = 2000
_TOLERANCE = 1e-7  # scales to three digits: a fold needs no more


def product_method(
    tables: Tables, scales: Mapping[str, float] | None = None, *, calibrated: bool = True
) -> Method:
    """The model that is served, as a method.

    Args:
        tables: Where the assumptions come from.
        scales: Scales of a fit to all figures. They only start the search: a fold tunes its own.
        calibrated: Whether spreads are stretched to hold for sources left out.
    """
    spread = tables.assumptions["presence_spread"].spread or 0.0
    content = ContentModel(tolerance=_TOLERANCE, calibrated=calibrated)
    return partial(_fit, presence_spread=spread, content=content, scales=scales)


def _fit(
    fold: Fold,
    *,
    presence_spread: float,
    content: ContentModel,
    scales: Mapping[str, float] | None,
) -> Predictor:
    numbers = CommonNumbers(_SEED, _DRAWS)
    if fold.part is Part.PRESENCE:
        rows = cast("Sequence[PresenceRow]", fold.training)
        return partial(_presence, PresenceModel(presence_spread).fit(rows), numbers)
    if fold.part is Part.STAGE_YIELD:
        yields = StageYieldModel().fit(cast("Sequence[YieldRow]", fold.training))
        return partial(predict_stage_yield, yields, numbers)
    observations = cast("Sequence[Observation]", fold.training)
    model = clone(content).fit(observations, start=scales)
    return partial(_content, model, numbers)


def _presence(model: PresenceModel, numbers: CommonNumbers, target: Target) -> Array:
    year = np.array([float(target.year or 0)])
    logits = model.unknown_logits(target.category, year, numbers)[0]
    return np.asarray(logits + model.spread * numbers.normal(f"presence:{target.subtype}"))


def _content(model: ContentModel, numbers: CommonNumbers, target: Target) -> Array:
    """Predictive draws of one figure from a source that the model has not seen."""
    at = cast("Observation", target.at)
    if target.element == TOTAL_REE and target.factor == ELEMENT_CONTENT:
        ratios = [
            np.exp(_draw(model, (ratio_term(e),), at, numbers))
            for e in model.elements(at.category)[1:]
        ]
        neodymium = _draw(model, (MAGNET_MASS, ND_FRACTION), at, numbers)
        return np.asarray(neodymium + np.log1p(np.sum(ratios, axis=0)))
    terms: tuple[str, ...] = (target.factor,)
    if target.factor == ELEMENT_CONTENT:
        terms = (MAGNET_MASS, *element_terms(target.element))
    return _draw(model, terms, at, numbers)


def _draw(
    model: ContentModel, terms: tuple[str, ...], at: Observation, numbers: CommonNumbers
) -> Array:
    law = model.joint_law(model.law(t, at.category, at.subtype, at.log_product_mass) for t in terms)
    mean, spread = model.mean_and_spread(law)
    drawn = mean + spread * numbers.normal(f"effects:{'+'.join(terms)}")
    for part in law.parts:
        drawn = drawn + part.scale * numbers.normal(part.name)
    noise = model.figure_noise(at)
    figures = 2 if terms[0].startswith("ratio") else 1  # a ratio has the noise of both its figures
    return np.asarray(drawn + np.sqrt(figures) * noise.scale * numbers.normal(noise.name))
