"""What a magnet is made of: mass fractions by element, from the tables or from the sender."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from recycler.batch import Reading
from recycler.elements import RARE_EARTHS
from recycler.model.common_numbers import CommonNumbers
from recycler.model.mixed_effects import MixedEffectsRegressor
from recycler.reference import Assumption, CompositionRow

Array = NDArray[np.float64]
Fractions = dict[str, Array]
"""Element symbol -> draws of its mass fraction in the magnet, each of shape (draws,)."""

CEILING = 0.40
"""Most that all rare earths together may be of a magnet; the tables' highest is 0.36 (SmCo5)."""

_PRIOR_PIECES = 4.0  # how many pieces' worth an assumed unit scatter counts beside an assay's own


class SamariumCobaltModel(BaseEstimator):
    """Sm fraction of SmCo magnets, on the log scale, with the spread between sources.

    Attributes:
        mean_: Log of the Sm fraction.
        spread_: Log-sd for a source that nobody has seen.
        sources_: source_id -> number of rows.
    """

    def fit(self, rows: Iterable[CompositionRow]) -> Self:
        """Fit to the analyses of SmCo magnets among the rows."""
        used = [
            r for r in rows if r.magnet_type == "smco" and not r.excluded and "Sm" in r.readings
        ]
        names = sorted({row.source_id for row in used})
        design = [[float(row.source_id == name) for name in names] for row in used]
        regressor = MixedEffectsRegressor(
            blocks=["source"] * len(names), prior_scales={"source": 0.12, "noise": 0.05}
        ).fit(design, np.log([row.readings["Sm"].fraction for row in used]))
        _, sd = regressor.predict([[0.0] * len(names)], return_std=True)
        scales = regressor.scales_
        self.mean_ = regressor.intercept_
        self.spread_ = float(np.linalg.norm([sd[0], scales["source"], scales["noise"]]))
        self.sources_ = {name: sum(row.source_id == name for row in used) for name in names}
        return self

    def draw(self, numbers: CommonNumbers) -> Fractions:
        """Draws of the Sm fraction."""
        return {"Sm": np.exp(self.mean_ + self.spread_ * numbers.normal("composition:SmCo"))}


@dataclass(frozen=True, slots=True)
class UnitScatter:
    """Log-sd of single pieces around their product's mean."""

    magnet_mass: float
    nd_fraction: float
    ratio: float

    def of(self, element: str) -> float:
        """Log-sd of an element's own mass fraction in single magnets."""
        own = 0.0 if element in ("Nd", "Sm") else self.ratio
        return float(np.hypot(self.nd_fraction, own))


def close(fractions: Fractions) -> Fractions:
    """Scale draws down whose rare earths exceed the ceiling; elements in the order of answers."""
    total = sum(fractions.values(), start=np.zeros(1))
    factor = np.minimum(1.0, CEILING / np.maximum(total, 1e-12))
    return {e: fractions[e] * factor for e in RARE_EARTHS if e in fractions}


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


def with_declared(
    fractions: Fractions, declared: Mapping[str, float], spread: float, numbers: CommonNumbers
) -> Fractions:
    """Replace the elements that the sender declares; the others keep their place beside them."""
    said = {
        element: fraction * np.exp(spread * numbers.normal(f"declared:{element}"))
        for element, fraction in declared.items()
        if element in RARE_EARTHS
    }
    return fractions | said


def with_assay(
    fractions: Fractions,
    samples: tuple[tuple[tuple[str, Reading], ...], ...],
    scatter: UnitScatter,
    lot_spread: float,
    numbers: CommonNumbers,
) -> Fractions:
    """Replace the elements that an assay reports by its mean, with the error of so few pieces."""
    readings: dict[str, list[Reading]] = {}
    for sample in samples:
        for element, reading in sample:
            if element in RARE_EARTHS:
                readings.setdefault(element, []).append(reading)
    lot = np.exp(lot_spread * numbers.normal("assay:lot"))
    assayed = {e: _assayed(e, found, scatter.of(e), numbers) * lot for e, found in readings.items()}
    return fractions | assayed


def _assayed(
    element: str, readings: list[Reading], assumed: float, numbers: CommonNumbers
) -> Array:
    """Draws of the mean over the lot: a reading below detection lies anywhere under its limit."""
    below = numbers.uniform(f"assay:{element}:below")
    values = np.stack(
        [r.fraction * (below if r.below_detection else np.ones_like(below)) for r in readings]
    )
    if all(reading.below_detection for reading in readings):
        return np.asarray(values.mean(axis=0))
    logs = np.log(
        [r.fraction for r in readings if not r.below_detection and r.fraction > 0] or [1.0]
    )
    freedom = _PRIOR_PIECES + len(logs) - 1
    variance = (_PRIOR_PIECES * assumed**2 + ((logs - logs.mean()) ** 2).sum()) / freedom
    error = numbers.student(f"assay:{element}", freedom) * np.sqrt(variance / len(readings))
    return np.asarray(values.mean(axis=0) * np.exp(error))
