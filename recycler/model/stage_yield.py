"""How much of each element a stage of a route passes on: logit-normal, pooled over stages."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import DictVectorizer

from recycler.model.common_numbers import CommonNumbers
from recycler.model.mixed_effects import FIXED, MixedEffectsRegressor
from recycler.reference import Bound, YieldRow

Array = NDArray[np.float64]

_COMPLETE = 0.99  # "completely dissolved" says: more than about 99 %
_PRIOR_SCALE = 0.7  # logit-sd: 90 % against 82 or 95 %, a common difference between studies
_PRIOR_SPREAD = 0.5  # and it is common: log-sd of the scales around it
_HEAVY = frozenset({"Dy", "Tb", "Gd", "Ho", "Y"})
_MEASURED = frozenset({"Nd", "Pr", "Dy", "Sm"})
_RARE_EARTH_WORDS = frozenset({"REE", "REE_total", "alloy", "all"})
_ALLOY_KEPT = frozenset({"hydrogen_hpms", "shredding"})  # the alloy stays whole: one yield for all
_SIDES = {Bound.EXACT: 0, Bound.LOWER: 1, Bound.UPPER: -1}


class StageYieldModel(BaseEstimator):
    """Yields of stages, hierarchical over route and stage, with an offset for heavy rare earths.

    Attributes:
        regressor_: The fitted mixed model on the logit scale.
        vectorizer_: Features of a row or of a stage.
        sources_: (route, stage) -> source_id -> number of rows.
    """

    def fit(self, rows: Iterable[YieldRow]) -> Self:
        """Fit to the usable rows on rare earths."""
        used = [row for row in rows if row.used and _on_rare_earths(row)]
        features = [_features(row.route, row.stage, _heavy(row), row) for row in used]
        figures = [_figure(row) for row in used]
        self.vectorizer_ = DictVectorizer(sparse=False).fit(features)
        blocks = [_block(name) for name in self.vectorizer_.feature_names_]
        noise = [f"noise|{row.stage}" for row in used]
        self.regressor_ = MixedEffectsRegressor(
            blocks=blocks,
            prior_scales=dict.fromkeys([*blocks, *noise], _PRIOR_SCALE),
            prior_spread=_PRIOR_SPREAD,
        ).fit(
            self.vectorizer_.transform(features),
            [value for value, _ in figures],
            [row.weight for row in used],
            bounds=[side for _, side in figures],
            noise_groups=noise,
        )
        self.sources_ = _count_sources(used)
        return self

    def mean_and_spread(self, route: str, stage: str, *, heavy: bool) -> tuple[float, float]:
        """Predictive mean and sd of the logit yield in a plant that nobody has published.

        A plant differs from the average as one study does from another; the conditions that one
        study tries are no error of a plant's, which runs the ones it has chosen.
        """
        features = _features(route, stage, heavy)
        mean, sd = self.regressor_.predict(self.vectorizer_.transform([features]), return_std=True)
        unseen = [self._scale(_block(n)) for n in features if n not in self.vectorizer_.vocabulary_]
        return float(mean[0]), float(
            np.linalg.norm([sd[0], self._scale(f"source|{stage}"), *unseen])
        )

    def _scale(self, block: str) -> float:
        """Scale of a block; the prior's for one that no figure touches."""
        known = block in self.regressor_.scales_
        return self.regressor_.combined_scale([block]) if known else _PRIOR_SCALE

    def draw(
        self, route: str, stage: str, element: str, numbers: CommonNumbers, *, borrowed: float
    ) -> Array:
        """Draws of a yield (0-1), shape (draws,): one plant, so one error for all elements.

        `borrowed` is the extra logit-sd of an element whose own yields nobody has published.
        """
        heavy = element in _HEAVY
        mean, spread = self.mean_and_spread(route, stage, heavy=heavy)
        drawn = mean + spread * numbers.normal(f"yield:{route}:{stage}")
        if is_borrowed(element) and route not in _ALLOY_KEPT:
            drawn = drawn + borrowed * numbers.normal(f"yield:{route}:{stage}:{element}")
        return np.asarray(expit(drawn))


def is_borrowed(element: str) -> bool:
    """Whether an element has no published stage yields of its own."""
    return element not in _MEASURED


def is_heavy(element: str) -> bool:
    """Whether an element's yields follow dysprosium's rather than neodymium's."""
    return element in _HEAVY


def _features(route: str, stage: str, heavy: bool, row: YieldRow | None = None) -> dict[str, float]:
    if stage == "liberation":  # hydrogen, shredders and hands have nothing in common
        features = {f"{route}/liberation": 1.0}
    else:
        features = {f"stage={stage}": 1.0, f"path={route}/{stage}": 1.0}
    if heavy and route not in _ALLOY_KEPT:
        features["heavy"] = 1.0
    if row is not None:
        features[f"source|{stage}={'+'.join(sorted(row.primaries))}"] = 1.0
    return features


def _block(name: str) -> str:
    """Block of a feature: the part before its level; offsets and liberation are fixed."""
    return name.partition("=")[0] if "=" in name else FIXED


def _count_sources(rows: Iterable[YieldRow]) -> dict[tuple[str, str], dict[str, int]]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.route, row.stage][row.source_id] += 1
    return {key: dict(counter) for key, counter in counts.items()}


def _on_rare_earths(row: YieldRow) -> bool:
    return bool(_RARE_EARTH_WORDS.union(_HEAVY, _MEASURED).intersection(row.elements))


def _heavy(row: YieldRow) -> bool:
    return all(element in _HEAVY for element in row.elements)


def _figure(row: YieldRow) -> tuple[float, int]:
    """Logit of the printed yield, and whether it is a bound."""
    if row.bound is Bound.EXACT and row.yield_fraction > _COMPLETE:
        return float(logit(_COMPLETE)), 1
    return float(logit(np.clip(row.yield_fraction, 1 - _COMPLETE, _COMPLETE))), _SIDES[row.bound]
