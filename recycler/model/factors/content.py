"""What one piece holds where NdFeB is present: magnet mass and composition, fitted jointly.

One linear mixed model reads all tables at once (see `observations`): magnet masses inform the
mass, analyses the composition, and element contents both. Each factor has its own hierarchy
(subtype -> category -> all) and its own source effects.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import DictVectorizer

from recycler.model.factors.calibration import stretches
from recycler.model.factors.effects import (
    FRACTION_SPREAD,
    LOTS,
    PRIOR_SPREAD,
    SAMPLES,
    block_of,
    crowded_products,
    level_features,
    parent_of,
    prior_scale,
    source_level,
)
from recycler.model.factors.lot_figures import LotFigure, pool
from recycler.model.factors.observations import (
    MAGNET_MASS,
    ND_FRACTION,
    RATIO_ELEMENTS,
    TOTAL_REE,
    Observation,
    product_level,
    ratio_term,
)
from recycler.model.factors.priors import USUAL
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.mixed_effects import FIXED, MixedEffectsRegressor

Array = NDArray[np.float64]

TERMS = (MAGNET_MASS, ND_FRACTION, *(ratio_term(element) for element in RATIO_ELEMENTS))
"""The factors of what a piece holds, each modelled on the log scale."""

_EVERYWHERE = ("Pr", "Dy", "Tb")  # borrowed across categories; other ratios only where measured


@dataclass(frozen=True, slots=True)
class Part:
    """An independent normal error called `name`, with sd `scale`."""

    name: str
    scale: float


@dataclass(frozen=True, slots=True)
class TermLaw:
    """Predictive law of one factor for a new source: known effects plus independent errors.

    `design` gives the mean of the effects, `deviation` how far their errors carry.
    """

    design: Array
    deviation: Array
    parts: tuple[Part, ...]


class ContentModel(BaseEstimator):
    """Joint model of magnet mass, Nd fraction and ratios to Nd, all on the log scale.

    Args:
        parent_spread: How far (log-sd) a product's own spread between sources may leave the common
            one, for magnet masses and ratios.
        tolerance: Relative gain in likelihood at which the search for scales ends.
        calibrated: Whether spreads are stretched to hold for sources left out.

    Attributes:
        coef_: Posterior mean of the effects that a new source shares, shape (n_effects,).
        root_: Square root of their joint covariance, shape (n_effects, n_effects).
        regressor_: The fitted mixed model; its `scales_` are log-sds.
        lots_: How lots of one plant scatter.
        plants_: Plants, as sources, that lots were learned from.
        stretches_: Factor -> how far its predictive spread is stretched (see `calibration`).
        crowded_: (factor, subtype) with enough sources for a source spread of their own.
        sources_: (term, level name) -> source_id -> number of rows.
        unsized_: (plant, subtype) whose lots tell magnet masses of pieces of unknown size.
        elements_: Category -> rare earths that are estimated for it.
    """

    def __init__(
        self,
        parent_spread: float = USUAL.parent_spread,
        tolerance: float = 1e-12,
        *,
        calibrated: bool = True,
    ) -> None:
        self.parent_spread = parent_spread
        self.tolerance = tolerance
        self.calibrated = calibrated

    def fit(
        self,
        published: Sequence[Observation],
        start: Mapping[str, float] | None = None,
        lots: Iterable[LotFigure] = (),
    ) -> Self:
        """Fit.

        Args:
            published: Published figures.
            start: Scales of a similar fit, to save time.
            lots: What measured lots say; each plant is a source.
        """
        lots = list(lots)
        pooled, self.lots_ = pool(lots)
        self.unsized_ = _unsized(lots)
        self.plants_ = tuple(dict.fromkeys(found.source for found in pooled))
        observations = (*published, *pooled)
        self.stretches_: dict[str, float] = {}
        self.elements_ = _estimated_elements(observations)
        self.sources_ = _count_sources(observations)
        split = [found for found in observations if found.element != TOTAL_REE]
        self._fit_effects(split, start)
        totals = [
            self._without_ratios(found) for found in observations if found.element == TOTAL_REE
        ]
        if totals:
            self._fit_effects([*split, *totals], self.regressor_.scales_)
        if self.calibrated:
            self.stretches_ = self._calibrate([*split, *totals])
        return self

    def elements(self, category: str) -> tuple[str, ...]:
        """Rare earths estimated for a category, Nd first: others have no figures there."""
        return self.elements_.get(category, ("Nd", *_EVERYWHERE))

    def law(
        self,
        term: str,
        category: str,
        subtype: str,
        log_product_mass: float,
        plant: str | None = None,
    ) -> TermLaw:
        """Predictive law of a factor's log for one more lot.

        Args:
            term: The factor.
            category: Of the product.
            subtype: The product; empty where the tables have none.
            log_product_mass: Log of the kg of one reference piece.
            plant: Source that the lot comes to (see `plant_source`). If the model has learned from
                its lots of this product, the law is that of its lots; else that of a source which
                nobody has seen.
        """
        features = level_features(term, category, subtype, log_product_mass)
        level = product_level(category, subtype)
        effect = self._plant_effect(term, level, plant)
        unseen = [
            Part(name, self._scale(block_of(name)))
            for name in features
            if block_of(name) != FIXED and name not in self.vectorizer_.vocabulary_
        ]
        own = [Part(f"lot:{term}:{category}", self.lots_.spreads.get(term, 0.0))]
        stretch = self.lots_.stretches.get(term, 1.0)
        if effect is None:
            own.append(Part(f"source:{term}:{category}", self._between_sources(term, level)))
            stretch = self.stretches_.get(term, 1.0)
        design = self._row(features if effect is None else {**features, effect: 1.0})[self.shared_]
        kept = [part for part in (*unseen, *own) if part.scale]
        parts = tuple(replace(part, scale=part.scale * stretch) for part in kept)
        return TermLaw(design, stretch * design, parts)

    def knows(self, plant: str | None) -> bool:
        """Whether lots of a plant (as a source) were learned from."""
        return plant in self.plants_

    def lots_of(self, plant: str, category: str, subtype: str) -> dict[str, int]:
        """Factor -> number of lots of a plant (as a source) that told it of a product."""
        level = f"subtype={product_level(category, subtype)}"
        found = {term: self.sources_.get((term, level), {}).get(plant, 0) for term in TERMS}
        return {term: lots for term, lots in found.items() if lots}

    def learned(self, term: str, category: str, subtype: str, plant: str | None) -> bool:
        """Whether lots of a plant (as a source) tell a factor of a product."""
        return self._plant_effect(term, product_level(category, subtype), plant) is not None

    def is_unsized(self, plant: str | None, category: str, subtype: str) -> bool:
        """Whether a plant's lots tell magnet masses of a product, but of pieces of unknown size."""
        return (plant, product_level(category, subtype)) in self.unsized_

    def _plant_effect(self, term: str, subtype: str, plant: str | None) -> str | None:
        """Name of what a plant adds to a factor of a product; None if no lots tell it."""
        if plant is None:
            return None
        name = self._source_effect(term, subtype, plant)
        return name if name in self.vectorizer_.vocabulary_ else None

    def _row(self, features: Mapping[str, float]) -> Array:
        """What the vectorizer makes of one row, without its checks; unknown features are left."""
        row = np.zeros(len(self.vectorizer_.feature_names_))
        for name, value in features.items():
            if name in self.vectorizer_.vocabulary_:
                row[self.vectorizer_.vocabulary_[name]] = value
        return row

    def figure_noise(self, found: Observation) -> Part:
        """What a printed figure differs by from what its source would say on average."""
        scale = float(np.hypot(self._scale(self._noise_group(found)), found.variance**0.5))
        return Part(f"noise:{found.row_id}:{found.element}", scale)

    def sample(self, law: TermLaw, numbers: CommonNumbers, effects: Array) -> Array:
        """Draws of a law, shape (draws,); `effects` come from `effect_numbers`."""
        drawn: Array = law.design @ self.coef_ + (law.deviation @ self.root_) @ effects
        for part in law.parts:
            drawn = drawn + part.scale * numbers.normal(part.name)
        return drawn

    def effect_numbers(self, numbers: CommonNumbers) -> Array:
        """Standard normal numbers for the joint draws of the effects, (n_effects, draws)."""
        return numbers.normals("content effects", len(self.coef_))

    def joint_law(self, laws: Iterable[TermLaw]) -> TermLaw:
        """Law of a sum of factors' logs."""
        laws = tuple(laws)
        design: Array = np.sum([law.design for law in laws], axis=0)
        deviation: Array = np.sum([law.deviation for law in laws], axis=0)
        return TermLaw(design, deviation, tuple(part for law in laws for part in law.parts))

    def mean_and_spread(self, law: TermLaw) -> tuple[float, float]:
        """Mean of a law and the sd that the effects' posterior alone gives it."""
        return float(law.design @ self.coef_), float(np.linalg.norm(law.deviation @ self.root_))

    def _fit_effects(
        self, observations: Sequence[Observation], start: Mapping[str, float] | None
    ) -> None:
        self.crowded_ = crowded_products(observations)
        features = [self._features(found) for found in observations]
        self.vectorizer_ = DictVectorizer(sparse=False).fit(features)
        blocks = [block_of(name) for name in self.vectorizer_.feature_names_]
        noise = [self._noise_group(found) for found in observations]
        self.regressor_ = MixedEffectsRegressor(
            blocks=blocks,
            parents={b: parent_of(b) for b in (*blocks, *noise) if b.count("|") > 1},
            prior_scales={b: prior_scale(b) for b in (*blocks, *noise) if b != FIXED},
            prior_spread=PRIOR_SPREAD,
            parent_spread={b: self._parent_spread(b) for b in (*blocks, *noise)},
            fit_intercept=False,
            tolerance=self.tolerance,
        ).fit(
            self.vectorizer_.transform(features),
            [found.value for found in observations],
            bounds=[found.side for found in observations],
            noise_groups=noise,
            noise_variances=[found.variance for found in observations],
            start=start,
        )
        self._keep_shared(self.vectorizer_.feature_names_)

    def _parent_spread(self, block: str) -> float:
        """The alloy binds the Nd fraction: its spreads cannot differ as those of masses do."""
        return FRACTION_SPREAD if block.startswith(ND_FRACTION) else self.parent_spread

    def _keep_shared(self, names: Sequence[str]) -> None:
        """Pick out what a new lot may share: effects of publications have done their work."""
        own = ("|source", "|sample")
        plants = tuple(f"/{plant}" for plant in self.plants_)
        self.shared_ = np.array(
            [
                i
                for i, name in enumerate(names)
                if name.endswith(plants) or not any(mark in name for mark in own)
            ]
        )
        self.coef_ = self.regressor_.coef_[self.shared_]
        kept = 1 + self.shared_
        covariance = self.regressor_.covariance_[np.ix_(kept, kept)]
        # Cholesky's root is unique: eigenvectors would turn and flip from one machine to the next
        self.root_ = np.linalg.cholesky(covariance)

    def _calibrate(self, observations: Sequence[Observation]) -> dict[str, float]:
        """Stretch of each factor that the exact figures ask for.

        Scales count as fitted here. That they are uncertain widens a prediction besides: a little
        too much where both say so, which the scores on sources left out bear out.
        """
        exact = [found for found in observations if not found.side]
        design = self.vectorizer_.transform([self._features(found) for found in exact])
        noise = [self.regressor_.scales_[self._noise_group(f)] ** 2 + f.variance for f in exact]
        covariance = self.regressor_.prior_covariance(design) + np.diag(noise)
        variance = cache(self._variance)
        return stretches(
            exact,
            covariance,
            lambda term, at: variance(term, at.category, at.subtype, at.log_product_mass),
        )

    def _variance(self, term: str, category: str, subtype: str, log_product_mass: float) -> float:
        """Predictive variance of a factor for a source that nobody has seen."""
        law = self.law(term, category, subtype, log_product_mass)
        shared = self.mean_and_spread(law)[1] ** 2
        return shared + sum(part.scale**2 for part in law.parts)

    def _features(self, found: Observation) -> dict[str, float]:
        features: dict[str, float] = {}
        for term in found.terms:
            features |= level_features(term, found.category, found.subtype, found.log_product_mass)
            features[self._source_effect(term, found.subtype, found.source)] = 1.0
        several = (SAMPLES, found.subtype) in self.crowded_ and not found.lots
        if several and MAGNET_MASS in found.terms:
            level = f"{source_level(found.subtype, found.source)}/{found.sample}"
            features[f"{MAGNET_MASS}|sample|{found.subtype}={level}"] = 1.0
        return features

    def _source_effect(self, term: str, subtype: str, source: str) -> str:
        """Name of what a source adds to a factor of a product."""
        return f"{self._block_of(term, 'source', subtype)}={source_level(subtype, source)}"

    def _block_of(self, term: str, level: str, subtype: str) -> str:
        """A product that has several sources for a factor has a scale of its own."""
        common = f"{term}|{level}"
        return f"{common}|{subtype}" if (term, subtype) in self.crowded_ else common

    def _noise_group(self, found: Observation) -> str:
        if found.lots:
            return LOTS
        if found.terms == (MAGNET_MASS,):
            return "noise|magnet_mass"
        if MAGNET_MASS not in found.terms:
            return "noise|composition"
        return self._block_of("noise", "content", found.subtype)

    def _between_sources(self, term: str, subtype: str) -> float:
        """Scale by which a new source differs, and one of its samples where sources have many."""
        blocks = [self._block_of(term, "source", subtype)]
        if term == MAGNET_MASS and (SAMPLES, subtype) in self.crowded_:
            blocks.append(f"{MAGNET_MASS}|sample|{subtype}")
        return self._scale(*blocks)

    def _scale(self, *blocks: str) -> float:
        """Scale of effects of these blocks together; the prior's for one that no figure touches."""
        if not all(block in self.regressor_.scales_ for block in blocks):
            return float(np.linalg.norm([prior_scale(block) for block in blocks]))
        return self.regressor_.combined_scale(blocks)

    def _without_ratios(self, total: Observation) -> Observation:
        """Log of the total less log(1 + ratios): what the total says of Nd."""
        ratios = [
            np.exp(self.mean_and_spread(self._ratio_law(element, total))[0])
            for element in self.elements(total.category)[1:]
        ]
        return replace(total, value=total.value - float(np.log1p(np.sum(ratios))))

    def _ratio_law(self, element: str, at: Observation) -> TermLaw:
        return self.law(ratio_term(element), at.category, at.subtype, at.log_product_mass)


def _unsized(lots: Iterable[LotFigure]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(f.source, f.subtype) for f in lots if not f.sized}))


def _estimated_elements(observations: Iterable[Observation]) -> dict[str, tuple[str, ...]]:
    seen = defaultdict(set)
    for found in observations:
        seen[found.category].add(found.element)
    return {
        category: ("Nd", *(e for e in RATIO_ELEMENTS if e in _EVERYWHERE or e in elements))
        for category, elements in seen.items()
    }


def _count_sources(observations: Iterable[Observation]) -> dict[tuple[str, str], dict[str, int]]:
    """Rows behind each term and level: an analysis is one row, however many elements it lists.

    Of a plant the rows are its lots.
    """
    rows: dict[tuple[str, str], set[tuple[str, str, bool, bool, int]]] = defaultdict(set)
    for found in observations:
        table = (MAGNET_MASS in found.terms, found.factor == MAGNET_MASS)  # ids repeat between them
        row = (found.source_id, found.row_id, *table, found.lots or 1)
        for term in found.terms:
            for level in (f"subtype={found.subtype}", f"category={found.category}", "all"):
                rows[term, level].add(row)
    return {key: _added(of) for key, of in rows.items()}


def _added(rows: Iterable[tuple[str, str, bool, bool, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for name, *_, count in sorted(rows):
        counts[name] += count
    return dict(counts)
