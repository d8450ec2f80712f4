"""What the readings of an assay say of the lot they were taken from, element by element.

The mass fraction of a single magnet is log-normal around the mean of its lot: `x` is the log of
that mean. How far single magnets scatter is not known exactly: the assumed scatter counts as some
pieces beside the assay's own (a scaled inverse chi-squared law, so means have Student tails). What
counts is the arithmetic mean of the readings, because a lot's mass is an arithmetic sum: it is
right for a lot of two kinds of magnets as well, whatever the shape of the scatter. The mean of k
log-normal pieces is itself nearly log-normal (L. F. Fenton, IRE Trans. Commun. Syst. 8 (1960)
57-67).

A reading below detection is neither zero nor the limit. Beside positive readings it stands with
the mean and the variance that a log-normal law fitted to all readings has below the limit. If all
readings of an element lie below detection, the likelihood is the probability of just that. The
laboratory's own error is one for all pieces of an element, so it stays however many there are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp

from recycler.batch import Reading
from recycler.model.lines.conditioning import Evidence
from recycler.model.statistics.normal_law import hazard

Array = NDArray[np.float64]

PRIOR_PIECES = 4.0
"""How many pieces' worth an assumed unit scatter counts beside an assay's own."""

WIDEST = 6.0
"""Most that the log-variance of single magnets may be of the assumed one: a lot is of one kind."""

_SCATTERS = 48  # sizes of the unknown scatter that are tried
_LEAST = 1e-12  # mass fraction that no laboratory finds: less is a printed zero
_SWEEPS = 30  # of the fit to readings of which some lie below detection
_LIMITS = 8  # distinct limits told apart; nearby ones count as the higher
_LOWEST = 3.0  # scatters below the mean from where on a low reading tells no more of the scatter
_MOST = 3.0  # times the arithmetic scatter of the readings: more, no law is to make of it


@dataclass(frozen=True, slots=True)
class Rules:
    """What is assumed of every assay.

    `laboratory` is the log-sd of a laboratory's error, `zero` the mass fraction below which the
    truth lies where a 0 was printed without a limit.
    """

    laboratory: float
    zero: float


class Limits(NamedTuple):
    """Logs of detection limits, in rising order, and how many readings lie below each."""

    logs: Array
    numbers: Array


@dataclass(frozen=True, slots=True)
class Findings:
    """Readings of one element in so many magnets of a lot.

    Attributes:
        pieces: Number of readings.
        scatters: Possible log-variances of single magnets, shape (scatters,).
        log_weights: Logs of how likely each of them is, up to a constant.
        log_means: Log of the readings' arithmetic mean for each of them, as the readings below
            detection depend on it; None where all lie below.
        unsure: Log-variance of the mean through readings below detection, shape (scatters,).
        laboratory: Log-sd of the laboratory's error.
        limits: The detection limits of the readings below.
    """

    pieces: int
    scatters: Array
    log_weights: Array
    log_means: Array | None
    unsure: Array
    laboratory: float
    limits: Limits

    @property
    def spread(self) -> float:
        """Log-sd of single magnets, as far as the readings tell."""
        return float(self.typical(self.scatters) ** 0.5)

    @property
    def variance(self) -> float:
        """Log-variance of the readings' mean around the lot's mean, laboratory included."""
        return self.typical(self._variances())

    def evidence(self) -> Evidence:
        """What the readings say of the log of the lot's mean."""
        if self.log_means is None:
            width = hypot(self.spread, self.laboratory)
            return Evidence(self._of_limits, float(self.limits.logs[0]), width)
        return Evidence(
            partial(self._of_mean, self.log_means),
            self.typical(self.log_means),
            self.variance**0.5,
        )

    def distance(self, logs: Array) -> float:
        """Standard deviations between what was read and what was expected, as draws."""
        spread, expected = hypot(float(logs.std()), self.variance**0.5), float(logs.mean())
        if self.log_means is None:
            return max(expected - float(self.limits.logs[0]), 0.0) / spread
        return abs(self.typical(self.log_means) - expected) / spread

    def mean_of_pieces(self, logs: Array, laboratory: Array) -> Array:
        """Draws of the assayed magnets' own mean mass fraction.

        Args:
            logs: Draws of the log of the lot's mean, shape (draws,).
            laboratory: Standard normal numbers for the laboratory's error, of the same shape.
        """
        if self.log_means is not None:
            mean = self.typical(self.log_means)
            return np.asarray(np.exp(mean + self.laboratory * laboratory))
        spread = np.array(self.spread)
        centre = (logs - spread**2 / 2)[:, np.newaxis]
        return _below(centre, spread, self.limits.logs)[0] @ self.limits.numbers / self.pieces

    def typical(self, values: Array) -> float:
        """The middle one of values that depend on the scatter, shape (scatters,)."""
        order = np.argsort(values)
        below = np.cumsum(np.exp(self.log_weights - self.log_weights.max())[order])
        return float(values[order][np.searchsorted(below, below[-1] / 2)])

    def _variances(self) -> Array:
        own = np.log1p(np.expm1(self.scatters) / self.pieces)
        return np.asarray(own + self.unsure + self.laboratory**2)

    def _of_mean(self, log_means: Array, logs: Array) -> Array:
        """Log likelihood of the mean, with the scatter integrated out."""
        variance = self._variances()
        # the log of a mean lies below the log of what it estimates, by half its own variance
        means = log_means + (variance - self.laboratory**2) / 2
        error = means[:, np.newaxis] - logs
        each = self.log_weights - 0.5 * np.log(variance)
        return _summed(each[:, np.newaxis] - error**2 / (2 * variance[:, np.newaxis]))

    def _of_limits(self, logs: Array) -> Array:
        """Log probability that all readings lie below detection."""
        own = self.scatters[:, np.newaxis]
        spread = np.sqrt(own + self.laboratory**2)
        each = self.log_weights[:, np.newaxis] + 0.0 * logs
        for limit, number in zip(*self.limits, strict=True):
            each += number * log_ndtr((limit - logs + own / 2) / spread)
        return _summed(each)


def variance_of_mean(spread: float, pieces: float) -> float:
    """Log-variance of the mean of so many magnets whose single log-sd is `spread`."""
    return float(np.log1p(np.expm1(spread**2) / pieces))


def by_element(samples: Iterable[Mapping[str, Reading]]) -> dict[str, list[Reading]]:
    """The readings of each element that an assay reports."""
    found: dict[str, list[Reading]] = {}
    for sample in samples:
        for element, reading in sample.items():
            found.setdefault(element, []).append(reading)
    return found


def read(readings: Iterable[Reading], spread: float, rules: Rules) -> Findings:
    """What readings of one element say.

    Args:
        readings: One per magnet that was analysed for the element; their order does not matter.
        spread: Assumed log-sd of single magnets.
        rules: What is assumed of every assay.
    """
    readings = tuple(readings)
    values = np.array(sorted(r.fraction for r in readings if not _is_below(r)))
    limits = _limits(Counter(_limit(r, rules.zero) for r in readings if _is_below(r)))
    sizes = _sizes(len(readings))
    told = Findings(
        pieces=len(readings),
        scatters=spread**2 * sizes,
        log_weights=-0.5 * PRIOR_PIECES * (np.log(sizes) + 1 / sizes),
        log_means=None,
        unsure=np.zeros(_SCATTERS),
        laboratory=rules.laboratory,
        limits=limits,
    )
    return _with_values(told, values, spread) if len(values) else told


def _with_values(told: Findings, values: Array, assumed: float) -> Findings:
    """Findings where at least one reading is a value."""
    spread, pieces = np.sqrt(told.scatters)[:, np.newaxis], told.pieces
    fit = _fit(np.log(values), told.limits, spread, _floor(values, told.limits, assumed))
    mean, variance = _below(fit.centre, spread, told.limits.logs)
    hidden = mean @ told.limits.numbers
    means = (values.sum() + hidden) / pieces
    unsure = variance @ told.limits.numbers + hidden**2 * fit.unsure
    found = replace(
        told,
        log_weights=told.log_weights + fit.log_likelihood,
        log_means=np.log(means),
        unsure=unsure / (pieces * means) ** 2,
    )
    most = _most(found, values, float(np.exp(found.typical(np.log(means)))), assumed)
    return replace(found, scatters=np.minimum(found.scatters, most))


def _most(told: Findings, values: Array, mean: float, assumed: float) -> float:
    """Log-variance that single magnets have at most, whatever law was fitted.

    A lot of magnets with and without Dy is no log-normal lot of endless scatter. Few readings do
    not tell that.
    """
    squares = ((values / mean - 1) ** 2).sum() + told.limits.numbers.sum()
    freedom = PRIOR_PIECES + told.pieces - 1
    seen = np.log1p(_MOST * (PRIOR_PIECES * np.expm1(assumed**2) + squares) / freedom)
    return float(seen + WIDEST * (assumed / told.pieces) ** 2)


class _Fit(NamedTuple):
    """A log-normal law fitted for each scatter: centre, shape (scatters, 1), and its variance."""

    centre: Array
    unsure: Array
    log_likelihood: Array


def _fit(logs: Array, limits: Limits, spread: Array, floor: float) -> _Fit:
    """Fit the centre of a log-normal law to values and limits, for each scatter.

    By expectation and maximisation (A. P. Dempster, N. M. Laird, D. B. Rubin, J. R. Stat. Soc. B
    39 (1977) 1-38, section 4.2); whatever lies below the floor counts as just that.
    """
    told = logs[logs >= floor]
    at = np.concatenate([np.maximum(limits.logs, floor), [floor]])
    numbers = np.concatenate([limits.numbers, [len(logs) - len(told)]])
    pieces = len(logs) + limits.numbers.sum()
    centre = np.full_like(spread, told.mean())
    for _ in range(_SWEEPS if numbers.any() else 0):
        expected = centre - spread * hazard((at - centre) / spread)
        centre = ((told.sum() + expected @ numbers) / pieces)[:, np.newaxis]
    score = (at - centre) / spread
    steep = hazard(score)
    told_of_centre = len(told) + (steep * (score + steep)) @ numbers
    squares = ((told - told.mean()) ** 2).sum() + len(told) * (told.mean() - centre[:, 0]) ** 2
    likelihood = log_ndtr(score) @ numbers - squares / (2 * spread[:, 0] ** 2)
    freedom = len(told) - 1  # the centre takes one
    likelihood = likelihood - freedom * np.log(spread[:, 0]) - 0.5 * np.log(told_of_centre)
    return _Fit(centre, spread[:, 0] ** 2 / told_of_centre, likelihood)


def _floor(values: Array, limits: Limits, assumed: float) -> float:
    """Log below which a reading tells no more of the scatter: it hardly counts for the lot."""
    halves = (np.exp(limits.logs) / 2) @ limits.numbers
    mean = (values.sum() + halves) / (len(values) + limits.numbers.sum())
    return float(min(np.log(mean) - _LOWEST * assumed, np.log(values[-1])))


def _sizes(pieces: int) -> Array:
    """Possible variances over the assumed one: down to where so many like readings point."""
    lowest = PRIOR_PIECES / (PRIOR_PIECES + pieces) / 2
    return np.geomspace(lowest, WIDEST, _SCATTERS)


def _is_below(reading: Reading) -> bool:
    """A printed zero without a limit is a reading below one, too, whatever noise stands for it."""
    return reading.below_detection or reading.fraction < _LEAST


def _limit(reading: Reading, zero: float) -> float:
    return reading.fraction if reading.fraction >= _LEAST else zero


def _limits(below: Mapping[float, int]) -> Limits:
    """Limits, few enough to compute with."""
    ordered = sorted(below.items())
    groups = np.array_split(np.arange(len(ordered)), min(_LIMITS, len(ordered)) or 1)
    kept = [group for group in groups if len(group)]
    return Limits(
        np.log(np.array([ordered[group[-1]][0] for group in kept])),
        np.array([sum(ordered[i][1] for i in group) for group in kept], dtype=np.float64),
    )


def _below(centre: Array, spread: Array, limit: Array) -> tuple[Array, Array]:
    """Mean and variance of a log-normal law below a limit; all three are given as logs."""
    score = (limit - centre) / spread
    chance = log_ndtr(score)
    mean = np.exp(centre + spread**2 / 2 + log_ndtr(score - spread) - chance)
    square = np.exp(2 * centre + 2 * spread**2 + log_ndtr(score - 2 * spread) - chance)
    return mean, np.maximum(square - mean**2, 0.0)


def _summed(log_parts: Array) -> Array:
    return np.asarray(logsumexp(log_parts, axis=0))
