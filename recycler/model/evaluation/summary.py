"""Scores added up: by factor, category and element, and pooled."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from recycler.model.evaluation.floor import noise_floor
from recycler.model.evaluation.scoring import LEVELS, Score, pinball_loss
from recycler.model.evaluation.targets import PRESENCE, STAGE_YIELD
from recycler.model.observations import ELEMENT_CONTENT, MAGNET_MASS, ND_FRACTION

MODEL = "model"
"""Name of the product's own model among the methods."""

SHARES = (PRESENCE, STAGE_YIELD)
"""Factors on the logit scale."""

_FACTORS = (PRESENCE, MAGNET_MASS, ELEMENT_CONTENT, ND_FRACTION)
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
    by_method = _by_method(scores)
    own = by_method[model]
    told = {name: _fared(found) for name, found in by_method.items() if name != model}
    return {
        "n": len(own),
        "sources": len({score.source for score in own}),
        "left_out": len({score.left_out for score in own}),
        **_fared(own),
        "coverage_error": {
            str(level): rounded(float(np.sqrt(level * (1 - level) / len(own)))) for level in LEVELS
        },
        "baselines": {name: fared.pop("crps") for name, fared in told.items()},
        "baselines_detail": told,
        "by_vote": _by_vote(scores, model),
    }


def _by_vote(scores: Sequence[Score], model: str) -> dict[str, Any]:
    """Coverage and CRPS where a source has one vote on each element of a product.

    However many figures it prints of it, which as a rule are wrong together.
    """
    repeats = Counter((score.method, score.vote) for score in scores)
    told = {
        method: _weighed(own, [1 / repeats[method, score.vote] for score in own])
        for method, own in _by_method(scores).items()
    }
    fared = told.pop(model)
    return {
        "n": len({score.vote for score in scores}),
        **fared,
        "baselines": {name: found["crps"] for name, found in told.items()},
        "baselines_coverage": {name: found["coverage"] for name, found in told.items()},
    }


def _by_method(scores: Sequence[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        found[score.method].append(score)
    return found


def _weighed(scores: Sequence[Score], weights: Sequence[float]) -> dict[str, Any]:
    inside = np.array([score.inside for score in scores], dtype=np.float64)
    coverage = np.average(inside, axis=0, weights=weights)
    return {
        "coverage": {
            str(level): rounded(float(share)) for level, share in zip(LEVELS, coverage, strict=True)
        },
        "crps": rounded(float(np.average([score.crps for score in scores], weights=weights))),
    }


def _fared(scores: Sequence[Score]) -> dict[str, Any]:
    """Coverage, CRPS, pinball losses, bias, and width of the widest interval."""
    measured = np.array([score.measured for score in scores])
    median = np.array([score.median for score in scores])
    bounds = np.array([score.bounds for score in scores])  # figures x levels x (lower, upper)
    lower, upper = bounds[:, :, 0], bounds[:, :, 1]
    inside = np.array([score.inside for score in scores])
    fared: dict[str, Any] = {
        "coverage": {str(level): float(inside[:, i].mean()) for i, level in enumerate(LEVELS)},
        "crps": float(np.mean([score.crps for score in scores])),
        "pinball": _pinball(scores),
        "bias": float(np.mean(median - measured)),
        "width": float(np.exp(np.median(upper[:, -1] - lower[:, -1]))),
    }
    return {name: rounded(value) for name, value in fared.items()}


def _pinball(scores: Sequence[Score]) -> dict[str, float]:
    """Mean pinball loss at the bounds of all intervals and at the median, by probability."""
    measured = np.array([score.measured for score in scores])
    predicted = {0.5: np.array([score.median for score in scores])}
    for i, level in enumerate(LEVELS):
        for side, sign in enumerate((-1, 1)):
            probability = round(0.5 + sign * level / 2, 3)
            predicted[probability] = np.array([score.bounds[i][side] for score in scores])
    return {
        str(probability): float(
            np.mean(pinball_loss(predicted[probability], measured, probability))
        )
        for probability in sorted(predicted)
    }


def rounded(value: Any) -> Any:
    """The same with every float to six significant digits."""
    if isinstance(value, Mapping):
        return {name: rounded(entry) for name, entry in value.items()}
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
