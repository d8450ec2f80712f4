"""How good the model is on sources it has never seen: leave one primary source out.

A fold holds out every figure of one primary source and trains on figures that share no primary
source with it; scales are tuned inside the fold. Scores are on the modelling scale (logs; logits
for presence): coverage of central intervals, and the continuous ranked probability score (CRPS;
T. Gneiting, A. E. Raftery, J. Am. Stat. Assoc. 102 (2007) 359-378) beside two baselines that are
fitted in the same folds: the overall mean, and the category mean with its spread.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from recycler.model.common_numbers import CommonNumbers
from recycler.model.content import ContentModel
from recycler.model.observations import (
    ELEMENT_CONTENT,
    MAGNET_MASS,
    ND_FRACTION,
    TOTAL_REE,
    Observation,
    element_terms,
    observe,
    ratio_term,
)
from recycler.model.presence import PresenceModel
from recycler.reference import Tables

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
"""Levels whose coverage is reported."""

PRESENCE = "presence"
BASELINES = ("overall_mean", "category_mean")

_SEED = 7
_DRAWS = 2000
_TOLERANCE = 1e-7  # scales to three digits: a fold needs no more
_FEWEST = 3  # figures that a category needs to have a spread of its own
_SMALLEST_SPREAD = 0.02  # identical figures do not make a baseline certain


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to predict: `value` on the scale of its factor."""

    factor: str
    element: str
    category: str
    value: float
    at: Observation


@dataclass(frozen=True, slots=True)
class Fold:
    """What is held out, and what may be learned from.

    A figure of which no other source prints the like is neither learned nor held out.
    """

    source: str
    training: tuple[Observation, ...]
    known: tuple[Target, ...]
    held_out: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How one held-out figure fared: its predictive probability, CRPS, and the baselines' CRPS."""

    factor: str
    source: str
    category: str
    element: str
    probability: float
    crps: float
    baselines: Mapping[str, float]


def folds(tables: Tables) -> list[Fold]:
    """One fold per set of primary sources, largest first so that parallel runs end together."""
    observations = observe(tables)
    everything = tuple(_targets(observations))
    by_source: dict[str, list[Target]] = defaultdict(list)
    for target in everything:
        by_source[target.at.source].append(target)
    made = [_fold(source, held, observations, everything) for source, held in by_source.items()]
    scorable = [fold for fold in made if fold.held_out]
    return sorted(scorable, key=lambda fold: -len(fold.held_out))


def score_fold(fold: Fold, scales: Mapping[str, float] | None = None) -> list[Score]:
    """Fit on a fold's training figures and score what it holds out.

    `scales` of a fit to all figures only start the search: the fold tunes its own.
    """
    model = ContentModel(tolerance=_TOLERANCE).fit(fold.training, start=scales)
    numbers = CommonNumbers(_SEED, _DRAWS)
    return [
        _score(target, _predict(model, target, numbers), fold.known) for target in fold.held_out
    ]


def score_presence(tables: Tables) -> list[Score]:
    """Scores of the presence shares, leaving out one product at a time (they have one source)."""
    spread = tables.assumptions["presence_spread"].spread or 0.0
    model = PresenceModel(spread).fit(tables.presences)
    targets = list(_presence_targets(tables, model))
    numbers = CommonNumbers(_SEED, _DRAWS)
    found = []
    for target in targets:
        year = np.array([float(target.element)])
        mean, sd = model.pooled(target.category, year, without=target.at.subtype)
        draws = mean[0] + sd[0] * numbers.normal(f"presence:{target.at.subtype}")
        known = [t for t in targets if t.at.subtype != target.at.subtype]
        found.append(_score(target, draws, known))
    return found


def summarise(scores: Iterable[Score]) -> dict[str, Any]:
    """Scores by factor and pooled, in the shape of `recycler evaluate --json`."""
    by_factor: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        by_factor[score.factor].append(score)
    order = sorted(by_factor, key=_factor_order)
    everything = [score for name in order for score in by_factor[name]]
    return {
        "factors": {name: _summary(by_factor[name]) for name in order},
        "pooled": _summary(everything),
    }


def _factor_order(name: str) -> tuple[int, str]:
    order = (PRESENCE, MAGNET_MASS, ELEMENT_CONTENT, ND_FRACTION)
    return (order.index(name) if name in order else len(order), name)


def _summary(scores: Sequence[Score]) -> dict[str, Any]:
    distance = np.abs(np.array([score.probability for score in scores]) - 0.5)
    return {
        "n": len(scores),
        "sources": len({score.source for score in scores}),
        "coverage": {str(level): float(np.mean(distance <= level / 2)) for level in LEVELS},
        "crps": float(np.mean([score.crps for score in scores])),
        "baselines": {b: float(np.mean([s.baselines[b] for s in scores])) for b in BASELINES},
    }


def _targets(observations: Sequence[Observation]) -> Iterator[Target]:
    """Every exact figure, and every ratio to the Nd of the same sample."""
    neodymium = {_sample(o): o.value for o in observations if o.element == "Nd" and not o.side}
    for found in observations:
        if found.side:
            continue
        if found.factor in (MAGNET_MASS, ELEMENT_CONTENT) or found.element == "Nd":
            yield Target(found.factor, found.element, found.category, found.value, found)
        if len(found.terms) == 1 and found.factor.startswith("ratio"):
            yield Target(found.factor, found.element, found.category, found.value, found)
        elif found.element not in ("Nd", TOTAL_REE, MAGNET_MASS) and _sample(found) in neodymium:
            ratio = found.value - neodymium[_sample(found)]
            yield Target(ratio_term(found.element), found.element, found.category, ratio, found)


def _sample(found: Observation) -> tuple[str, str, str, bool]:
    return found.source, found.subtype, found.sample, MAGNET_MASS in found.terms


def _fold(
    source: str, held: list[Target], observations: Sequence[Observation], targets: Sequence[Target]
) -> Fold:
    seen = held[0].at.primaries
    known = tuple(t for t in targets if not t.at.primaries & seen)
    scorable = {(t.factor, t.element) for t in known}
    return Fold(
        source=source,
        training=tuple(o for o in observations if not o.primaries & seen),
        known=known,
        held_out=tuple(t for t in held if (t.factor, t.element) in scorable),
    )


def _predict(model: ContentModel, target: Target, numbers: CommonNumbers) -> Array:
    """Predictive draws of one figure from a source that the model has not seen."""
    at = target.at
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


def _score(target: Target, draws: Array, known: Iterable[Target]) -> Score:
    alike = [t for t in known if t.factor == target.factor and _same_element(t, target)]
    return Score(
        factor=target.factor,
        source=target.at.source,
        category=target.category,
        element=target.element,
        probability=float(np.mean(draws <= target.value)),
        crps=crps_of_draws(draws, target.value),
        baselines=_baselines(target, alike),
    )


def _same_element(one: Target, other: Target) -> bool:
    return one.factor == PRESENCE or one.element == other.element


def _baselines(target: Target, alike: Sequence[Target]) -> dict[str, float]:
    overall = [t.value for t in alike]
    own = [t.value for t in alike if t.category == target.category]
    chosen = {"overall_mean": overall, "category_mean": own if len(own) >= _FEWEST else overall}
    return {name: _normal_baseline(values, target.value) for name, values in chosen.items()}


def _normal_baseline(values: Sequence[float], truth: float) -> float:
    """CRPS of the mean of `values` with their spread; of a lone zero where there are none."""
    mean = float(np.mean(values)) if values else 0.0
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 1.0
    return crps_of_normal(mean, max(spread, _SMALLEST_SPREAD), truth)


def crps_of_draws(draws: Array, truth: float) -> float:
    """CRPS of an ensemble: mean distance to the truth less half the mean distance within."""
    ordered = np.sort(draws)
    count = len(ordered)
    within = float((2 * np.arange(1, count + 1) - count - 1) @ ordered) / count**2
    return float(np.mean(np.abs(ordered - truth))) - within


def crps_of_normal(mean: float, sd: float, truth: float) -> float:
    """CRPS of a normal law in closed form (Gneiting and Raftery 2007, section 4.2)."""
    z = (truth - mean) / sd
    return float(sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))


def _presence_targets(tables: Tables, model: PresenceModel) -> Iterator[Target]:
    """Published shares by product and year; the year stands in `element`."""
    blank = observe(tables)[0]
    for row in tables.presences:
        value = float(model.logits(row.subtype, np.array([float(row.year)]))[0])
        at = replace(blank, category=row.category, subtype=row.subtype, source=row.subtype)
        yield Target(PRESENCE, str(row.year), row.category, value, at)
