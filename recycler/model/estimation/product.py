"""Draws of what one unit of a line holds, and of a line of many pieces.

A unit is one piece, or one kilogram where the line gives a mass. The draws share everything that
like pieces share (source effects, the model's own uncertainty, the plant); what single pieces do
on their own is added for the number of pieces at hand and shrinks as one over its square root.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS, RARE_EARTHS
from recycler.estimate import FactorBasis, LineWords, Note
from recycler.model.estimation.amounts import Figures
from recycler.model.estimation.rows import count_rows, lay_out, places, slots
from recycler.model.estimation.variance import LogFactors, log_factors
from recycler.model.factors.composition import Fractions
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.kept import Kept

Array = NDArray[np.float64]
Draws = NDArray[np.float32]
"""Draws that are only summed and cut: single precision holds more digits than an answer prints."""

WEAKNESS = ("declared", "published", "assumed")
"""What a stage may rest on, from the strongest to the weakest."""

_TABLES_KEPT = 256  # quantiles of lines of one kind, about 1 kB each

_EXACT_BELOW = 50.0  # expected magnet-bearing pieces above which scatter is small enough to add


@dataclass(frozen=True, slots=True)
class Member:
    """One product in a line: all of it where the subtype is known, else a part of the mixture.

    `magnet_kg` is the magnet mass of one unit if all its pieces hold NdFeB (or what was declared);
    both arrays have the shape (draws,).
    """

    presence: Array
    magnet_kg: Array
    fractions: Fractions
    pieces_per_unit: float


@dataclass(frozen=True, eq=False)
class ProductDraws:
    """What one unit of a line holds; compared as the object that it is.

    Rows are elements in the order of answers, rare earths first; `yields` are those of the whole
    route. `spreads` holds, per element, the log-sd that the composition of a single magnet adds,
    and `sure_share` the part of the pieces that are known to hold a magnet.
    """

    elements: tuple[str, ...]
    contained_kg: Array
    magnet_kg: Array
    presence: Array
    yields: Array
    stage_losses_kg: Array
    pieces_per_unit: float
    piece_variance: float
    spreads: Array
    sure_share: float
    numbers: CommonNumbers
    category: str
    subtype: str | None
    in_domain: bool
    basis: tuple[FactorBasis, ...]
    notes: tuple[Note, ...]

    @property
    def name(self) -> str:
        """Name of the product among the random numbers."""
        return product_name(self.category, self.subtype)

    @cached_property
    def words(self) -> LineWords:
        """What an answer says of every line of this kind."""
        return LineWords(
            category=self.category,
            subtype=self.subtype,
            elements=self.elements,
            basis=self.basis,
            in_domain=self.in_domain,
            notes=self.notes,
        )

    @cached_property
    def tables(self) -> Kept[tuple[float, float], Figures]:
        """Figures per unit that were cut before, by level and by the size of the line."""
        return Kept(_TABLES_KEPT)

    @cached_property
    def rows(self) -> Array:
        """Per unit: contained elements, magnet mass."""
        return np.vstack([self.contained_kg, self.magnet_kg])

    @cached_property
    def means(self) -> Array:
        """Mean per unit of all rows that are cut, see `recycler.model.estimation.rows`."""
        means = lay_out(self.elements, self.rows, self.yields).mean(axis=1)
        return np.asarray(means)

    @cached_property
    def means_and_losses(self) -> Array:
        """The means, then mean losses stage by stage, per unit, with a place for every element."""
        wide = np.zeros(count_rows(tuple(ELEMENTS)))
        wide[places(self.elements)] = self.means
        lost = np.zeros((len(self.stage_losses_kg), len(ELEMENTS)))
        lost[:, slots(self.elements, tuple(ELEMENTS))] = self.stage_losses_kg
        return np.concatenate([wide, lost.ravel()])

    @cached_property
    def stage_weakness(self) -> NDArray[np.intp]:
        """Place in WEAKNESS of what each stage rests on for every element, and in general.

        Shape (stages, all elements + 1), the last column for the stage; -1 for an element that the
        line does not hold.
        """
        stages = self.basis[-len(self.stage_losses_kg) :]
        wide = np.full((len(stages), len(ELEMENTS) + 1), -1, dtype=np.intp)
        for row, stage in zip(wide, stages, strict=True):
            row[:-1][slots(self.elements, tuple(ELEMENTS))] = [
                WEAKNESS.index("assumed" if element in stage.assumed_for else stage.basis)
                for element in self.elements
            ]
            row[-1] = WEAKNESS.index(stage.basis)
        return wide

    @cached_property
    def borrowed(self) -> frozenset[str]:
        """Elements for which some stage borrows another element's yield."""
        return frozenset(element for basis in self.basis for element in basis.assumed_for)

    @cached_property
    def passed(self) -> Draws:
        """Yields of the whole route, in the precision of the draws they are multiplied with."""
        return self.yields.astype(np.float32)

    @cached_property
    def _rows_and_noise(self) -> Draws:
        """Both as two long rows: a line of many pieces is one product with them."""
        return np.stack([self.rows.ravel(), self._noise.ravel()], dtype=np.float32)

    @property
    def _noise(self) -> Array:
        """What the scatter of single pieces adds to the rows of one piece, to first order."""
        mass = (
            np.sqrt((self.piece_variance + 1.0 - self.presence) / self.presence) * self._normals[0]
        )
        own = self.spreads[:, None] * self._normals[1:]
        return np.vstack([self.contained_kg * (mass + own), self.magnet_kg * mass])

    @cached_property
    def log_factors(self) -> LogFactors | None:
        """The recoverable rare earths taken apart into their factors; None if there are none."""
        count = sum(element in RARE_EARTHS for element in self.elements)
        return log_factors(
            self.presence,
            self.magnet_kg,
            self.contained_kg[:count],
            self.yields[:count],
            self._noise[:count],
        )

    def contained_factors(self, place: int) -> LogFactors | None:
        """The contained mass of one element taken apart; None if there is none."""
        row = slice(place, place + 1)
        kept = np.ones_like(self.contained_kg[row])
        return log_factors(
            self.presence, self.magnet_kg, self.contained_kg[row], kept, self._noise[row]
        )

    def lot_logs(self, place: int, pieces: float) -> Array:
        """Draws of the log mass fraction of an element in the magnets of so many pieces."""
        scatter = self.spreads[place] / np.sqrt(pieces) * self._normals[1 + place]
        return np.asarray(np.log(self.contained_kg[place] / self.magnet_kg) + scatter)

    @cached_property
    def fewest(self) -> float:
        """Pieces from which on scatter is added to first order instead of drawn piece by piece."""
        return _EXACT_BELOW * max(1.0, self.piece_variance) / float(self.presence.min())

    def pieces(self, units: float) -> float:
        """Pieces in so many units; a part of a piece scatters like a whole one."""
        return max(units * self.pieces_per_unit, 1.0)

    def many(self, units: float) -> Draws:
        """Rows of a line of many pieces, shape (elements + 1, draws)."""
        weights = np.array([units, units / np.sqrt(self.pieces(units))], dtype=np.float32)
        return np.asarray(weights @ self._rows_and_noise).reshape(self.rows.shape)

    def few(self, pieces: int) -> Draws:
        """Rows per unit for few pieces: how many of them hold a magnet, and how large it is."""
        generator = self.numbers.generator(f"holding:{self.name}:{pieces}")
        sure = round(self.sure_share * pieces)
        others = (self.presence - self.sure_share) / max(1.0 - self.sure_share, 1e-12)
        holding = sure + generator.binomial(pieces - sure, np.clip(others, 0.0, 1.0))
        count = np.maximum(holding, 1)
        variance = np.log1p(self.piece_variance / count)
        mass = holding / pieces / self.presence
        mass = mass * np.exp(np.sqrt(variance) * self._normals[0] - variance / 2)
        rows = np.vstack([self._scattered(count), self.magnet_kg])
        return np.asarray(rows * mass, dtype=np.float32)

    def _scattered(self, count: Array) -> Array:
        """Contained elements with the composition of so few magnets, at most the magnet mass."""
        spread = self.spreads[:, None] / np.sqrt(count)
        drawn = self.contained_kg * np.exp(spread * self._normals[1:] - spread**2 / 2)
        return np.asarray(
            drawn * np.minimum(1.0, self.magnet_kg / np.maximum(drawn.sum(axis=0), 1e-300))
        )

    @cached_property
    def _normals(self) -> Array:
        """Numbers of this product's pieces alone: one row for the mass, one per element."""
        return self.numbers.normals(f"pieces:{self.name}", 1 + len(self.elements))


def product_name(category: str, subtype: str | None) -> str:
    """Name of a product, or of the mixture of a category, among the random numbers."""
    return f"{category}/{subtype or '*'}"


def mix(
    members: list[Member], mass_scatter: float, numbers: CommonNumbers, name: str
) -> tuple[Member, float]:
    """One product of several whose shares nobody knows: every mixture is equally likely.

    Args:
        members: The products.
        mass_scatter: Log-sd of the magnet mass of single pieces of one product.
        numbers: The common random numbers.
        name: Name of the line's product.

    Returns:
        The mixture as a member, and the relative variance of the magnet mass of single pieces
        that hold a magnet: their own, and between the products.
    """
    own = float(np.expm1(mass_scatter**2))
    if len(members) == 1:
        return members[0], own
    weights = _equally_likely(len(members), numbers, name)
    holding = np.stack([m.presence for m in members]) * weights
    presence = np.minimum(holding.sum(axis=0), 1.0)  # shares add up to 1 but for the last bit
    masses = np.stack([m.magnet_kg for m in members])
    magnet = (holding * masses).sum(axis=0) / presence
    fractions = {
        e: sum(h * m.magnet_kg * m.fractions[e] for h, m in zip(holding, members, strict=True))
        / presence
        / magnet
        for e in members[0].fractions
    }
    between = float(np.mean((holding * masses**2).sum(axis=0) / presence / magnet**2)) - 1.0
    pieces = float(np.mean(np.array([m.pieces_per_unit for m in members]) @ weights))
    return Member(presence, magnet, fractions, pieces), own + between * (1.0 + own)


def _equally_likely(count: int, numbers: CommonNumbers, name: str) -> Array:
    """Draws of shares that add up to 1, all mixtures alike (Dirichlet with ones)."""
    waits = np.stack([-np.log(numbers.uniform(f"mixture:{name}:{i}")) for i in range(count)])
    return np.asarray(waits / waits.sum(axis=0))
