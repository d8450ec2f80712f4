"""A line as a sampling plan sees it: what an assay of so many of its magnets would tell.

On the log scale the mass fraction of an element in a lot is normal, near enough, and so is the
error of an assay's mean. Then the spread after an assay does not depend on what it finds
(H. Raiffa, R. Schlaifer, Applied Statistical Decision Theory, Harvard, 1961: preposterior
analysis): draws z of the log mass fraction of this lot become

    z + K (y + e - z),   K = V / (V + r),   r = s^2 (1/k - 1/n) + l^2

with V the variance of z, y the assay's mean, e its error, s the scatter of single pieces, k of n of
them assayed, and l the error of the laboratory (Matheron's rule). Of s a few pieces' worth is
assumed; an assay tells it better, and the error is Student's as long as it does not. All else of
the line (how many pieces hold a magnet, how heavy it is) stays as it is, and so do other lines.
"""

from dataclasses import dataclass
from functools import cached_property
from math import expm1

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtri

from recycler.model.lines.assay import PRIOR_PIECES
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.quantiles import AnyArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lot:
    """A line whose composition can be assayed for an element.

    Attributes:
        item: Index of the line.
        kg: Draws of the element's mass in the line, with the scatter of its pieces.
        logs: Draws of the log of its mass fraction in the magnets of this very lot, centred.
        scatter: Log-sd of single pieces around the lot's mean.
        laboratory: Log-sd of the laboratory's error, common to all pieces of an assay.
        pieces: How many pieces the lot has; infinite if nobody said.
        assayed: How many of them have been assayed.
        available: How many more a plan may ask for.
        numbers: The common random numbers.
    """

    item: int
    kg: Array
    logs: Array
    scatter: float
    laboratory: float
    pieces: float
    assayed: int
    available: int
    numbers: CommonNumbers

    @cached_property
    def variance(self) -> float:
        """Variance of the log mass fraction as things stand."""
        return float(self.logs.var())

    @cached_property
    def errors(self) -> Array:
        """Standard normal numbers for the error of this line's assay, one per draw."""
        return np.asarray(ndtri(self.numbers.uniform(f"plan:error:{self.item}")))

    @cached_property
    def _tails(self) -> Array:
        """Probabilities that decide how far the scatter is from what it is taken for."""
        return self.numbers.uniform(f"plan:scatter:{self.item}")

    def gain(self, pieces: float) -> float:
        """Share of the log mass fraction's variance that an assay of so many pieces takes."""
        return float(self._gain(self._error(pieces, np.array(self._relative))))

    def learned(self, pieces: int, outcomes: NDArray[np.intp]) -> tuple[Array, Array]:
        """Play an assay through for some of the draws as the truth.

        Args:
            pieces: How many pieces are assayed.
            outcomes: Indices of the draws that are the truth, one per lot played.

        Returns:
            Log of the assay's mean less the centre of the draws, shape (lots,), and the relative
            variance of single pieces that the assay leaves one to believe in, of the same shape.
        """
        true = self._true_variance(outcomes)
        error = np.sqrt(self._error(pieces, true)) * self._play("mean", outcomes)
        seen = self._seen(pieces, true, outcomes)
        return self.logs[outcomes] + error, seen

    def updated(self, pieces: int, mean: Array, seen: Array) -> AnyArray:
        """Changes of the log mass fraction, draw by draw, shape (lots, draws), single precision.

        Args:
            pieces: How many pieces were assayed.
            mean: What the assays found, as `learned` returns it.
            seen: Relative variance of single pieces, likewise.
        """
        freedom = self._freedom(pieces)
        # each lot has numbers of its own: so few draws cut their intervals a little differently
        turned = _turns(len(mean), len(self.logs))
        scatter = _single(freedom / chdtri(freedom, self._tails))
        error = self._error(pieces, _single(seen)[:, None] * scatter[turned])
        found = _single(mean)[:, None] + np.sqrt(error) * _single(self.errors)[turned]
        return np.asarray(self._gain(error) * (found - _single(self.logs)))

    def centre(self, pieces: int) -> Array:
        """Changes of the log mass fraction after an assay that finds what was expected."""
        return np.asarray(self.updated(pieces, np.zeros(1), np.array([self._relative]))[0])

    @property
    def _relative(self) -> float:
        """Relative variance of single pieces, as it is assumed."""
        return expm1(self.scatter**2)

    def _gain(self, error: AnyArray) -> AnyArray:
        return self.variance / (self.variance + error)

    def _error(self, pieces: float, variance: AnyArray) -> AnyArray:
        """Log-variance of the mean of so many more pieces around the lot's mean fraction.

        Earlier pieces have done their work already: what counts is how much precision is added.
        """
        after = self._error_of_all(self.assayed + pieces, variance)
        if not self.assayed:
            return after
        before = self._error_of_all(self.assayed, variance)
        return np.asarray(1.0 / np.maximum(1.0 / after - 1.0 / before, 1e-12))

    def _error_of_all(self, pieces: float, variance: AnyArray) -> AnyArray:
        left = np.log1p(variance / pieces) - np.log1p(variance / self.pieces)
        return np.asarray(np.maximum(left, 0.0) + max(self.laboratory**2, 1e-12))

    def _freedom(self, pieces: int) -> float:
        """Degrees of freedom of the scatter once so many more pieces are assayed."""
        return PRIOR_PIECES + max(self.assayed + pieces - 1, 0)

    def _true_variance(self, outcomes: NDArray[np.intp]) -> Array:
        freedom = self._freedom(0)
        return np.asarray(
            self._relative * freedom / chdtri(freedom, self._uniform("true", outcomes))
        )

    def _seen(self, pieces: int, true: Array, outcomes: NDArray[np.intp]) -> Array:
        """The estimated variance: what was assumed and what the assay itself shows, by weight."""
        before, after = self._freedom(0), self._freedom(pieces)
        if after == before:
            return np.full(len(outcomes), self._relative)
        own = chdtri(after - before, self._uniform("seen", outcomes))
        return np.asarray((before * self._relative + true * own) / after)

    def _play(self, name: str, outcomes: NDArray[np.intp]) -> Array:
        return np.asarray(ndtri(self._uniform(name, outcomes)))

    def _uniform(self, name: str, outcomes: NDArray[np.intp]) -> Array:
        """Numbers in (0, 1) for lots played, one each, stratified."""
        order = self.numbers.generator(f"plan:{name}:{self.item}").permutation(len(outcomes))
        return np.asarray((order + 0.5) / len(outcomes))


def _single(values: AnyArray) -> NDArray[np.float32]:
    """Values in single precision: draws that are only summed and cut need no more."""
    return values.astype(np.float32)


def _turns(lots: int, draws: int) -> NDArray[np.intp]:
    """Indices of all draws for each lot, each beginning at another one, shape (lots, draws)."""
    starts = np.arange(lots) * draws // lots
    return (starts[:, None] + np.arange(draws)) % draws
