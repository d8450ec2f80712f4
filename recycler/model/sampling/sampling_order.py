"""In which order pieces are worth assaying, and how many of them a target takes."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.model.sampling.lots import Lot

Array = NDArray[np.float64]

_STEP = 1.25  # between the numbers of pieces that are tried before the last is narrowed down


class _Worth:
    """Variance of the batch's relative mass to first order, and what one more piece takes off it.

    With u = 1 - K for each line (see `lots`) it is u' C u + sum of w^2 V K (1 - K), where w is the
    line's part of the mean total and C the covariance of the lines' weighed logs and of all else.
    """

    def __init__(self, lots: Sequence[Lot], total: Array) -> None:
        weights = np.array([lot.kg.mean() for lot in lots]) / total.mean()
        logs = weights[:, None] * np.stack([lot.logs for lot in lots])
        rest = total / total.mean() - 1.0 - logs.sum(axis=0)
        self._covariance = np.cov(np.vstack([rest, logs]), bias=True)
        self._own = weights**2 * np.array([lot.variance for lot in lots])
        self._kept = [_kept(lot) for lot in lots]
        self._counts = np.zeros(len(lots), dtype=int)
        self._now = np.ones(len(lots))
        self._slopes = self._covariance.sum(axis=1)

    def best(self) -> int | None:
        """The line whose next piece takes most; None if none takes any."""
        then = np.array([kept[count] for kept, count in zip(self._kept, self._counts, strict=True)])
        step = then - self._now
        change = step * (2 * self._slopes[1:] + step * np.diag(self._covariance)[1:])
        change += self._own * (then * (1 - then) - self._now * (1 - self._now))
        best = int(np.argmin(change))
        return best if change[best] < 0.0 else None

    def take(self, line: int) -> None:
        """Assay one more piece of a line."""
        then = self._kept[line][self._counts[line]]
        self._slopes += self._covariance[:, 1 + line] * (then - self._now[line])
        self._now[line] = then
        self._counts[line] += 1


def assay_order(lots: Sequence[Lot], total: Array) -> list[int]:
    """Indices of lines, one per piece, the most telling piece first, until no piece tells more."""
    return list(_pieces(lots, _Worth(lots, total))) if lots else []


def fewest(order: Sequence[int], width: Callable[[Counter[int]], float], limit: float) -> int:
    """How many pieces of the order bring the width down to the limit; all if it takes more.

    A lower limit never takes fewer pieces, even if the width does not fall with every piece: counts
    are tried in one sequence for every limit, and then the last step is halved.
    """
    low = 0
    for high in _tried(len(order)):
        if width(Counter(order[:high])) <= limit:
            break
        low = high
    else:
        return len(order)
    while high - low > 1:
        middle = (low + high) // 2
        if width(Counter(order[:middle])) <= limit:
            high = middle
        else:
            low = middle
    return high


def _pieces(lots: Sequence[Lot], worth: _Worth) -> Iterator[int]:
    while (line := worth.best()) is not None:
        worth.take(line)
        yield lots[line].item


def _kept(lot: Lot) -> Array:
    """Share 1 - K of the draws' own spread that is kept after 1, 2, ... pieces.

    Repeated once at the end, where no further piece takes anything.
    """
    kept = [1.0 - lot.gain(count) for count in range(1, lot.available + 1)]
    return np.array([*kept, kept[-1] if kept else 1.0])


def _tried(most: int) -> Iterator[int]:
    """Numbers of pieces: all at first, then ever fewer, and `most` at last."""
    count = 0
    while count < most:
        count = min(max(count + 1, int(count * _STEP)), most)
        yield count
