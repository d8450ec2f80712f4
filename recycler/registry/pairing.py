"""Two versions on the same figures: what both were evaluated on, and how their CRPS differs.

A version that is trained on other data is evaluated on other figures as well, and some figures are
harder than others. So versions are compared on the figures that both left out and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recycler.model.evaluation import MODEL, Score, vote_weights

Array = NDArray[np.float64]

RESAMPLES: Final = 2_000
"""How often sources are drawn anew, with replacement, to see what their choice explains."""

CERTAINTY: Final = 0.95
"""Share of the resamples in which CRPS rises more than `Change.surely`."""

_SEED = 1  # the same figures give the same verdict


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure, as the old version and the new one predicted it without having seen it."""

    old: Score
    new: Score


@dataclass(frozen=True, slots=True)
class Pairing:
    """Figures that both versions were evaluated on, and those that only one was."""

    both: tuple[Pair, ...]
    only_old: tuple[Score, ...]
    only_new: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """How the CRPS of two versions differs on the figures that both were evaluated on.

    Attributes:
        figures: How many figures.
        votes: How many votes; see `Score.vote`.
        sources: How many sources were left out for them.
        old_crps: CRPS of the old version, each vote counting once.
        new_crps: CRPS of the new version, likewise.
        error: Standard error of their difference, from resampled sources; 0 for one source.
        rise: Relative rise of the CRPS; 0.1 is 10 % more.
        surely: The rise that 95 % of the resamples exceed.
    """

    figures: int
    votes: int
    sources: int
    old_crps: float
    new_crps: float
    error: float
    rise: float
    surely: float


def pair(old: Iterable[Score], new: Iterable[Score]) -> Pairing:
    """Find the figures that the model of both versions was evaluated on.

    A figure is the same if factor, element, source and row are, and what was measured: a corrected
    figure is another one.
    """
    before, after = _by_figure(old), _by_figure(new)
    return Pairing(
        both=tuple(Pair(score, after[key]) for key, score in before.items() if key in after),
        only_old=tuple(score for key, score in before.items() if key not in after),
        only_new=tuple(score for key, score in after.items() if key not in before),
    )


def change(pairs: Sequence[Pair]) -> Change:
    """Compare the CRPS on paired figures, of which there must be one at least.

    Figures of one vote share it. Sources are wrong as a whole, so the error comes from drawing
    whole sources anew.
    """
    weights = vote_weights([pair.old for pair in pairs])
    sums = _sums_by_source(pairs, weights)
    votes, old, new = sums.sum(axis=0)
    drawn = _resampled(sums)
    return Change(
        figures=len(pairs),
        votes=round(votes),
        sources=len(sums),
        old_crps=float(old / votes),
        new_crps=float(new / votes),
        error=float(np.std((drawn[:, 2] - drawn[:, 1]) / drawn[:, 0])),
        rise=float(_rise(old, new)),
        surely=float(np.quantile(_rise(drawn[:, 1], drawn[:, 2]), 1 - CERTAINTY, method="lower")),
    )


def lot_by_lot(scores: Iterable[Score]) -> list[Score]:
    """Scores on lots left out as if each lot were a source: it is wrong as a whole.

    They come in five folds; that lots of one fold were left out together binds them no further.
    """
    return [replace(score, left_out=f"{score.source}/{score.row_id}") for score in scores]


def by_factor(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """The pairs of each factor."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for both in pairs:
        found[both.old.factor].append(both)
    return dict(found)


def _by_figure(scores: Iterable[Score]) -> dict[tuple[object, ...], Score]:
    return {
        (s.factor, s.element, s.source, s.row_id, s.measured): s
        for s in scores
        if s.method == MODEL
    }


def _sums_by_source(pairs: Sequence[Pair], weights: Array) -> Array:
    """A row for each source left out: its votes, and the CRPS of both versions over them."""
    crps = np.array([(1.0, pair.old.crps, pair.new.crps) for pair in pairs])
    names, rows = np.unique([pair.old.left_out for pair in pairs], return_inverse=True)
    sums = np.zeros((len(names), 3))
    np.add.at(sums, rows, weights[:, None] * crps)
    return sums


def _resampled(sums: Array) -> Array:
    """Sums over as many sources as there are, drawn with replacement, many times over."""
    count = len(sums)
    generator = np.random.default_rng(_SEED)
    times = generator.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return np.asarray(times @ sums)


def _rise(old: Array | float, new: Array | float) -> Array:
    """Relative rise; where there was nothing to rise from, none or without limit."""
    old, new = np.asarray(old, float), np.asarray(new, float)
    nothing = np.where(new > 0, np.inf, 0.0)
    return np.divide(new - old, old, out=nothing, where=old > 0)
