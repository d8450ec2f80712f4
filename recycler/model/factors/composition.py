"""What a magnet is made of before anybody has measured it: mass fractions from the tables."""

from collections.abc import Collection, Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from recycler.elements import CEILING, ELEMENTS
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.mixed_effects import MixedEffectsRegressor
from recycler.reference import Assumption, CompositionRow

Array = NDArray[np.float64]
Fractions = dict[str, Array]
"""Element symbol -> draws of its mass fraction in the magnet, each of shape (draws,)."""

_TRACE = 1e-4  # mass fraction that is always left to elements that nobody has measured


class SamariumCobaltModel(BaseEstimator):
    """Sm and Co fractions of SmCo magnets, on the log scale, with the spread between sources.

    Attributes:
        means_: Element -> log of its fraction.
        spreads_: Element -> log-sd for a source that nobody has seen.
        sources_: Element -> source_id -> number of rows.
    """

    def fit(self, rows: Iterable[CompositionRow]) -> Self:
        """Fit to the analyses of SmCo magnets among the rows."""
        known = [row for row in rows if row.magnet_type == "smco" and not row.excluded]
        self.means_: dict[str, float] = {}
        self.spreads_: dict[str, float] = {}
        self.sources_: dict[str, dict[str, int]] = {}
        for element in ("Sm", "Co"):
            self._fit_element(element, [row for row in known if element in row.readings])
        return self

    def _fit_element(self, element: str, rows: Sequence[CompositionRow]) -> None:
        names = sorted({row.source_id for row in rows})
        design = [[float(row.source_id == name) for name in names] for row in rows]
        regressor = MixedEffectsRegressor(
            blocks=["source"] * len(names), prior_scales={"source": 0.12, "noise": 0.05}
        ).fit(design, np.log([row.readings[element].fraction for row in rows]))
        _, sd = regressor.predict([[0.0] * len(names)], return_std=True)
        scales = regressor.scales_
        self.means_[element] = regressor.intercept_
        self.spreads_[element] = float(np.linalg.norm([sd[0], scales["source"], scales["noise"]]))
        self.sources_[element] = {n: sum(row.source_id == n for row in rows) for n in names}

    def draw(self, numbers: CommonNumbers) -> Fractions:
        """Draws of the fractions."""
        return close(
            {
                e: np.exp(mean + self.spreads_[e] * numbers.normal(f"composition:SmCo:{e}"))
                for e, mean in self.means_.items()
            }
        )


def close(fractions: Fractions, measured: Collection[str] = ()) -> Fractions:
    """Scale draws down whose rare earths exceed the ceiling, or whose elements exceed the whole.

    What nobody has measured gives way first: an assay that finds 30 mass % Nd and 65 mass % Fe says
    that there is little room for more. A trace of it is left, so that logs can be taken.

    Returns:
        Elements in the order of answers, rare earths first.
    """
    rare = [e for e in ELEMENTS if e in fractions and ELEMENTS[e].is_rare_earth]
    others = [e for e in ELEMENTS if e in fractions and not ELEMENTS[e].is_rare_earth]
    known = _at_most(fractions, [e for e in rare if e in measured], CEILING - _TRACE)
    known_rare = sum(known.values(), start=np.zeros(1))
    beside = sum((fractions[e] for e in others if e in measured), start=known_rare)
    room = np.maximum(np.minimum(CEILING - known_rare, 1.0 - beside), _TRACE)
    closed = known | _at_most(fractions, [e for e in rare if e not in measured], room)
    rest = 1.0 - sum(closed.values(), start=np.zeros(1))
    return {e: closed[e] for e in rare} | _at_most(fractions, others, rest)


def _at_most(fractions: Fractions, elements: Iterable[str], most: Array | float) -> Fractions:
    own = {e: fractions[e] for e in elements}
    total = sum(own.values(), start=np.zeros(1))
    factor = np.minimum(1.0, most / np.maximum(total, 1e-12))
    return {e: drawn * factor for e, drawn in own.items()}


def with_grade(
    fractions: Fractions, prior: Assumption, name: str, numbers: CommonNumbers
) -> Fractions:
    """Set Dy + Tb to what the coercivity class is assumed to hold; their split stays."""
    if prior.value is None or prior.spread is None:
        msg = f"assumption {prior.name} needs a value and a spread"
        raise ValueError(msg)
    target = prior.value * np.exp(prior.spread * numbers.normal(f"grade:{name}"))
    heavy = fractions["Dy"] + fractions["Tb"]
    graded = {e: fractions[e] * target / heavy for e in ("Dy", "Tb")}
    # what Dy and Tb take comes off Nd and Pr: they sit on the same site of Nd2Fe14B
    light = fractions["Nd"] + fractions["Pr"]
    rest = np.maximum(light + heavy - target, 0.05 * light) / light
    return fractions | graded | {e: fractions[e] * rest for e in ("Nd", "Pr")}
