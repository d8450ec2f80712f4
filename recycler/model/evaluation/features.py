"""Figures as rows of numbers, for methods that know nothing of magnets."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer

from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.methods import Predictor
from recycler.model.evaluation.targets import Target

Array = NDArray[np.float64]

Fit = Callable[[Array, Array, Sequence[Target]], Callable[[Array], Array]]
"""Fits to a design, values and what they are figures of; then maps one row of a design to draws."""

Features = tuple[tuple[str, str | float], ...]

_TYPICAL_YEAR = 2010  # about the middle of the presence curves; years count in decades from it


def fitted_by_family(fold: Fold, fit: Fit) -> Predictor:
    """A predictor with one model per family of factors, fitted when it is first asked for.

    Ratios to Nd are one family: together they have enough figures to learn from.
    """

    @cache
    def fitted(family: str) -> Predictor:
        return _fitted([t for t in fold.known if _family(t) == family], fit)

    return lambda target: fitted(_family(target))(target)


def _fitted(known: Sequence[Target], fit: Fit) -> Predictor:
    vectorizer = DictVectorizer(sparse=False)
    design = vectorizer.fit_transform([_features(target) for target in known])
    predict = fit(design, np.array([target.value for target in known]), known)

    @cache
    def predicted(features: Features) -> Array:
        return predict(vectorizer.transform([dict(features)]))

    return lambda target: predicted(tuple(_features(target).items()))


def _family(target: Target) -> str:
    return target.factor.partition(":")[0]


def _features(target: Target) -> dict[str, str | float]:
    """Category, product and element as indicators; log of the product's mass; decades."""
    features: dict[str, str | float] = {
        "category": target.category,
        "subtype": target.subtype,
        "element": target.element,
        "log_product_mass": target.log_product_mass,
    }
    if target.year is not None:
        features["decades"] = (target.year - _TYPICAL_YEAR) / 10
    return features
