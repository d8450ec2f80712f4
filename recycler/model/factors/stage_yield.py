"""How much of each element a stage of a route passes on: logit-normal, pooled over stages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import DictVectorizer

from recycler.elements import ELEMENTS, RARE_EARTHS
from recycler.model.factors.priors import USUAL
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.mixed_effects import FIXED, MixedEffectsRegressor
from recycler.reference import Bound, YieldRow

Array = NDArray[np.float64]

COMPLETE = 0.99
"""Yields above are read as bounds: "completely dissolved" says more than about 99 %."""

LIBERATION = "liberation"
"""Freeing the magnets: the one stage in which routes have nothing in common."""

_PRIOR_SCALE = 0.7  # logit-sd: 90 % against 82 or 95 %, a common difference between studies
_COMPANION_SPREAD = 1.5  # logit-sd: between 50 and 82 or 95 %, chemistry decides

COMPANION = "companion_yield"
"""Name of the assumption on yields of an element that is no rare earth and has none."""

_HEAVY = frozenset({"Dy", "Tb", "Gd", "Ho", "Y"})
_COMPANIONS = frozenset(ELEMENTS).difference(RARE_EARTHS)
_RARE_EARTH_WORDS = frozenset({"REE", "REE_total", "alloy", "all"})
_ALLOY_KEPT = frozenset({"hydrogen_hpms", "shredding"})  # the alloy stays whole: one yield for all
_SIDES = {Bound.EXACT: 0, Bound.LOWER: 1, Bound.UPPER: -1}

_LEVEL = "level"  # every yield has it; the difference between two elements does not
_OFFSET = "heavy"
_OFFSET_OF_STUDY = "heavy|study"
_PAIRS = "noise|heavy"


@dataclass(frozen=True, slots=True)
class HeavyOffset:
    """How much lower the logit yield of heavy rare earths is in a stage that dissolves the alloy.

    `mean` and `spread` are common to all stages; a plant's own stage differs by `of_stage` more.
    """

    mean: float
    spread: float
    of_stage: float


@dataclass(frozen=True, slots=True)
class _Figure:
    """What a row or a pair of rows says on the logit scale; `side` as in MixedEffectsRegressor."""

    features: dict[str, float]
    value: float
    side: int
    weight: float
    noise: str


class StageYieldModel(BaseEstimator):
    """Yields of stages, hierarchical over route and stage, with an offset for heavy rare earths.

    Where one study prints a heavy and a light element of the same feed, their difference tells
    the offset, and the light one alone the level: the conditions that both share cancel out.

    Args:
        prior_spread: How far (log-sd) scales may leave their prior median.

    Attributes:
        regressor_: The fitted mixed model on the logit scale.
        vectorizer_: Features of a figure.
        sources_: (route, stage) -> source_id -> number of rows.
        elements_: Rare earths that have yields of their own, in alphabetical order.
        companions_: (stage, element) -> mean and sd of the logit yield of an element that is no
            rare earth, for those that are published.
    """

    def __init__(self, prior_spread: float = USUAL.yield_spread) -> None:
        self.prior_spread = prior_spread

    def fit(self, rows: Iterable[YieldRow]) -> Self:
        """Fit to the usable rows."""
        usable = [row for row in rows if row.used]
        used = [row for row in usable if is_figure(row)]
        figures = list(_figures(used))
        self.vectorizer_ = DictVectorizer(sparse=False).fit([f.features for f in figures])
        blocks = [_block(name) for name in self.vectorizer_.feature_names_]
        noise = [figure.noise for figure in figures]
        self.regressor_ = MixedEffectsRegressor(
            blocks=blocks,
            prior_scales=dict.fromkeys([*blocks, *noise], _PRIOR_SCALE),
            prior_spread=self.prior_spread,
            fit_intercept=False,
        ).fit(
            self.vectorizer_.transform([figure.features for figure in figures]),
            [figure.value for figure in figures],
            [figure.weight for figure in figures],
            bounds=[figure.side for figure in figures],
            noise_groups=noise,
        )
        self.sources_ = _count_sources(used)
        self.elements_ = sorted({e for r in used for e in r.elements}.intersection(RARE_EARTHS))
        self.companions_ = _companions(usable)
        return self

    def mean_and_spread(self, route: str, stage: str, *, heavy: bool) -> tuple[float, float]:
        """Predictive mean and sd of the logit yield in a plant that nobody has published."""
        mean, spread = self._level(route, stage)
        if not heavy or route in _ALLOY_KEPT:
            return mean, spread
        offset = self.heavy_offset()
        parts = [spread, offset.spread, offset.of_stage]
        return mean + offset.mean, float(np.linalg.norm(parts))

    def _level(self, route: str, stage: str) -> tuple[float, float]:
        """Mean and sd of the logit yield of light rare earths.

        A plant differs from the average as one study does from another; the conditions that one
        study tries are no error of a plant's, which runs the ones it has chosen.
        """
        features = _level_features(route, stage)
        mean, sd = self._predict(features)
        unseen = [self._scale(_block(n)) for n in features if n not in self.vectorizer_.vocabulary_]
        return mean, float(np.linalg.norm([sd, self._scale(f"source|{stage}"), *unseen]))

    def conditions_spread(self, stage: str) -> float:
        """Logit-sd between the conditions that one study tries in a stage."""
        return self._scale(_noise(stage))

    def heavy_offset(self) -> HeavyOffset:
        """The offset of heavy rare earths against light ones."""
        return HeavyOffset(*self._predict({_OFFSET: 1.0}), self._scale(_OFFSET_OF_STUDY))

    def _predict(self, features: dict[str, float]) -> tuple[float, float]:
        mean, sd = self.regressor_.predict(self.vectorizer_.transform([features]), return_std=True)
        return float(mean[0]), float(sd[0])

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
        name = f"yield:{route}:{stage}"
        if (stage, element) in self.companions_ and route not in _ALLOY_KEPT:
            mean, spread = self.companions_[stage, element]
            return np.asarray(expit(mean + spread * numbers.normal(f"{name}:{element}")))
        mean, spread = self._level(route, stage)
        drawn = mean + spread * numbers.normal(name)
        if element in _HEAVY and route not in _ALLOY_KEPT:
            offset = self.heavy_offset()
            drawn = drawn + offset.mean + offset.spread * numbers.normal("yield:heavy")
            drawn = drawn + offset.of_stage * numbers.normal(f"{name}:heavy")
        if borrowed:
            drawn = drawn + borrowed * numbers.normal(f"{name}:{element}")
        return np.asarray(expit(drawn))

    def borrows(self, route: str, stage: str, element: str) -> bool:
        """Whether nobody has published yields of an element, so that they are assumed.

        A route that keeps the alloy whole treats all its elements alike.
        """
        published = element in self.elements_ or (stage, element) in self.companions_
        return not published and route not in _ALLOY_KEPT


def lender(element: str) -> str:
    """Name of the assumption that stands in for an element's own yields."""
    if element not in RARE_EARTHS:
        return COMPANION
    return "heavy_like_dysprosium" if element in _HEAVY else "light_like_neodymium"


def is_figure(row: YieldRow) -> bool:
    """Whether a row is a usable yield of rare earths."""
    return row.used and bool({*_RARE_EARTH_WORDS, *RARE_EARTHS}.intersection(row.elements))


def is_heavy(row: YieldRow) -> bool:
    """Whether a row is on heavy rare earths alone."""
    return _HEAVY.issuperset(row.elements)


def logit_yield(row: YieldRow) -> tuple[float, int]:
    """Logit of the printed yield, and whether the truth is at least (1) or at most (-1) that."""
    if row.bound is Bound.EXACT and row.yield_fraction > COMPLETE:
        return float(logit(COMPLETE)), 1
    return float(logit(np.clip(row.yield_fraction, 1 - COMPLETE, COMPLETE))), _SIDES[row.bound]


def _figures(rows: Sequence[YieldRow]) -> Iterator[_Figure]:
    """A level for each row, but a difference for each row on heavy elements that has a partner."""
    partners = {_run(row): row for row in rows if "Nd" in row.elements}
    for row in rows:
        if not is_heavy(row) or row.route in _ALLOY_KEPT:
            yield _level_figure(row)
        elif _run(row) in partners:
            yield from _difference(row, partners[_run(row)])
        else:
            found = _level_figure(row)
            yield replace(found, features=found.features | _offset_features(row))


def _companions(rows: Iterable[YieldRow]) -> dict[tuple[str, str], tuple[float, float]]:
    """Laws of the yields of elements that are no rare earths: few figures, so with a wide prior.

    The spread is that of the figures and of one more at the prior's, and holds for a new plant.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        for element in set(row.elements).intersection(_COMPANIONS):
            found[row.stage, element].append(logit_yield(row)[0])
    return {key: _law_of_few(np.array(values)) for key, values in sorted(found.items())}


def _law_of_few(values: Array) -> tuple[float, float]:
    count = len(values)
    variance = (_COMPANION_SPREAD**2 + ((values - values.mean()) ** 2).sum()) / count
    return float(values.mean()), float(np.sqrt(variance * (1 + 1 / count)))


def _run(row: YieldRow) -> tuple[str, str, str, str]:
    return row.source_id, row.route, row.stage, row.feed


def _level_figure(row: YieldRow) -> _Figure:
    value, side = logit_yield(row)
    features = _level_features(row.route, row.stage) | {f"source|{row.stage}={_study(row)}": 1.0}
    return _Figure(features, value, side, row.weight, _noise(row.stage))


def _difference(heavy: YieldRow, light: YieldRow) -> Iterator[_Figure]:
    """What two yields of one run say of the offset; nothing if both are only "at least".

    Two maxima of the same series ("up to") are read as a pair of one run.
    """
    (value, side), (reference, its_side) = logit_yield(heavy), logit_yield(light)
    if side == its_side == 1:
        return
    weight = min(heavy.weight, light.weight)
    yield _Figure(
        _offset_features(heavy), value - reference, int(np.sign(side - its_side)), weight, _PAIRS
    )


def _level_features(route: str, stage: str) -> dict[str, float]:
    if stage == LIBERATION:  # hydrogen, shredders and hands have nothing in common
        return {_LEVEL: 1.0, f"{route}/liberation": 1.0}
    return {_LEVEL: 1.0, f"stage={stage}": 1.0, f"path={route}/{stage}": 1.0}


def _offset_features(row: YieldRow) -> dict[str, float]:
    return {_OFFSET: 1.0, f"{_OFFSET_OF_STUDY}={_study(row)}": 1.0}


def _noise(stage: str) -> str:
    return f"noise|{stage}"


def _study(row: YieldRow) -> str:
    return "+".join(sorted(row.primaries))


def _block(name: str) -> str:
    """Block of a feature: the part before its level; the level itself and liberation are fixed."""
    if name == _OFFSET:
        return _OFFSET
    return name.partition("=")[0] if "=" in name else FIXED


def _count_sources(rows: Iterable[YieldRow]) -> dict[tuple[str, str], dict[str, int]]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.route, row.stage][row.source_id] += 1
    return {key: dict(counter) for key, counter in counts.items()}
