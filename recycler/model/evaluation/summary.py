"""Scores added up: by factor, category and element, and pooled."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recycler.model.evaluation.floor import noise_floor
from recycler.model.evaluation.scoring import LEVELS, Score, pinball_loss, vote_weights
from recycler.model.evaluation.targets import PRESENCE, STAGE_YIELD
from recycler.model.factors.observations import ELEMENT_CONTENT, MAGNET_MASS, ND_FRACTION

Array = NDArray[np.float64]

MODEL = "model"
"""Name of the product's own model among the methods."""

SHARES = (PRESENCE, STAGE_YIELD)
"""Factors on the logit scale."""

_FACTORS = (PRESENCE, MAGNET_MASS, ELEMENT_CONTENT, ND_FRACTION)
_BOTH = (1, -1)  # the lower median, and of the mirrored values the upper one
_DIGITS = 6  # more would tell machines apart, not models


def summarise(scores: Iterable[Score], model: str = MODEL) -> dict[str, Any]:
    """Scores in the shape of `recycler evaluate --json`.

    Categories and elements are told of magnet masses, contents and compositions only: shares are on
    another scale.

    Args:
        scores: Of every method on every figure.
        model: The method that is judged; all others are baselines.
    """
    found = list(scores)
    contents = [score for score in found if score.factor not in SHARES]
    return {
        "factors": _by(lambda score: score.factor, found, model, factor_order),
        "categories": _by(lambda score: score.category, contents, model),
        "elements": _by(lambda score: score.element, contents, model),
        "pooled": _summary(found, model),
        "floor": _floor([score for score in found if score.method == model]),
    }


def _floor(scores: Sequence[Score]) -> dict[str, Any]:
    floors = noise_floor(scores)
    return {name: rounded(floors[name]) for name in sorted(floors, key=factor_order)}


def _by(
    key: Callable[[Score], str],
    scores: Sequence[Score],
    model: str,
    order: Callable[[str], Any] = str,
) -> dict[str, Any]:
    names = sorted({key(score) for score in scores} - {""}, key=order)
    return {name: _summary([s for s in scores if key(s) == name], model) for name in names}


def factor_order(name: str) -> tuple[int, str]:
    """Sorts the factors as the chain from piece to metal has them, ratios last."""
    last = len(_FACTORS) + (name == STAGE_YIELD)
    return (_FACTORS.index(name) if name in _FACTORS else last, name)


def _summary(scores: Sequence[Score], model: str) -> dict[str, Any]:
    """How the model and the baselines fared; a source has one vote on an element of a product.

    `by_figure` counts every figure that it prints of it.
    """
    by_method = _by_method(scores)
    told = {name: fare(own, vote_weights(own)) for name, own in by_method.items()}
    own = by_method[model]
    votes = len({score.vote for score in own})
    fared = told.pop(model)
    return {
        "n": votes,
        "figures": len(own),
        "sources": len({score.source for score in own}),
        "left_out": len({score.left_out for score in own}),
        **fared,
        "coverage_error": {
            str(level): rounded(float(np.sqrt(level * (1 - level) / votes))) for level in LEVELS
        },
        "baselines": {name: fared.pop("crps") for name, fared in told.items()},
        "baselines_detail": told,
        "by_figure": _by_figure(by_method, model),
    }


def _by_figure(by_method: Mapping[str, Sequence[Score]], model: str) -> dict[str, Any]:
    told = {name: fare(own, np.ones(len(own))) for name, own in by_method.items()}
    fared = told.pop(model)
    return {
        "n": len(by_method[model]),
        "coverage": fared["coverage"],
        "crps": fared["crps"],
        "baselines": {name: found["crps"] for name, found in told.items()},
        "baselines_coverage": {name: found["coverage"] for name, found in told.items()},
    }


def _by_method(scores: Sequence[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        found[score.method].append(score)
    return found


def fare(scores: Sequence[Score], weights: Array) -> dict[str, Any]:
    """Coverage, CRPS, pinball losses, bias, and width of the widest interval, of one method."""
    measured = np.array([score.measured for score in scores])
    median = np.array([score.median for score in scores])
    lower, upper = np.array([score.bounds[-1] for score in scores]).T
    inside = weights @ np.array([score.inside for score in scores]) / weights.sum()
    fared: dict[str, Any] = {
        "coverage": dict(zip(map(str, LEVELS), inside.tolist(), strict=True)),
        "crps": _mean([score.crps for score in scores], weights),
        "pinball": _pinball(scores, weights),
        "bias": _mean(median - measured, weights),
        "width": float(np.exp(_median(upper - lower, weights))),
    }
    return {name: rounded(value) for name, value in fared.items()}


def _mean(values: ArrayLike, weights: Array) -> float:
    return float(weights @ np.asarray(values) / weights.sum())


def _median(values: Array, weights: Array) -> float:
    """The value that half of the weight lies below; the middle of two where both do."""
    ends = (
        np.quantile(sign * values, 0.5, weights=weights, method="inverted_cdf") for sign in _BOTH
    )
    return float(np.mean([sign * end for sign, end in zip(_BOTH, ends, strict=True)]))


def _pinball(scores: Sequence[Score], weights: Array) -> dict[str, float]:
    """Mean pinball loss at the bounds of all intervals and at the median, by probability."""
    measured = np.array([score.measured for score in scores])
    predicted = {0.5: np.array([score.median for score in scores])}
    for i, level in enumerate(LEVELS):
        for side, sign in enumerate((-1, 1)):
            probability = round(0.5 + sign * level / 2, 3)
            predicted[probability] = np.array([score.bounds[i][side] for score in scores])
    return {
        str(probability): _mean(
            pinball_loss(predicted[probability], measured, probability), weights
        )
        for probability in sorted(predicted)
    }


def rounded(value: Any) -> Any:
    """The same with every float to six significant digits."""
    if isinstance(value, Mapping):
        return {name: rounded(entry) for name, entry in value.items()}
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
