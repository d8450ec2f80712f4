"""Named random numbers that are the same wherever they are asked for.

Two lines that share an error (a category's source effect, a plant's yield) must draw it from the
same numbers, and the same request must give the same answer. So every error has a name, and its
numbers follow from the seed and the name alone.
"""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]


class CommonNumbers:
    """Draws by name, each of shape (draws,).

    They are stratified: a random order of the midpoints of `draws` equal slices of probability,
    so that each name's sample has its distribution's quantiles almost exactly.
    """

    def __init__(self, seed: int, draws: int) -> None:
        self._seed = seed
        self._draws = draws
        self._cache: dict[str, Array] = {}

    def generator(self, name: str) -> np.random.Generator:
        """A random generator that follows from the seed and the name alone."""
        digest = sha256(f"{self._seed}:{name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def uniform(self, name: str) -> Array:
        """Numbers in (0, 1)."""
        return (self.generator(name).permutation(self._draws) + 0.5) / self._draws

    def normal(self, name: str) -> Array:
        """Standard normal numbers."""
        if name not in self._cache:
            self._cache[name] = np.asarray(ndtri(self.uniform(name)))
        return self._cache[name]

    def student(self, name: str, degrees: float) -> Array:
        """Student's t with `degrees` of freedom, for a mean whose spread is estimated as well."""
        return np.asarray(stdtrit(degrees, self.uniform(name)))

    def normals(self, name: str, count: int) -> Array:
        """Independent standard normal numbers, shape (count, draws)."""
        return np.stack([self.normal(f"{name}:{i}") for i in range(count)])
