"""What came in lately, beside what came in before and what the model has learned from.

Shares of lines are compared by the total variation distance: half the sum of their absolute
differences, which is the share of lines that would have to be others for both to be alike. Unlike
the population stability index it is finite where a kind is new or gone, and a share means the same
whatever the kinds are.

Whether chance explains it is asked day by day: lines of one day come from the same few senders, so
that not lines but days are shuffled (a permutation test of "recent days are like earlier ones").
Rows of tables are no sample of what comes in, so there the distance stands without a p-value.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recycler.intake import IntakeCount, IntakeKind, years_of
from recycler.lot import MeasuredLot
from recycler.reference import CompositionRow, ContentRow, MassRow, Tables

FEW_ROWS: Final = 5
"""Rows and lots of a category under which the tables have little on it."""

DIMENSIONS: Final[Mapping[str, Callable[[IntakeKind], str]]] = {
    "category": lambda kind: kind.category,
    "product": lambda kind: kind.subtype or kind.category,
    "years": lambda kind: kind.years,
    "state": lambda kind: kind.state,
    "magnet_type": lambda kind: kind.magnet_type,
    "declared": lambda kind: kind.declared,
}
"""What lines are told apart by; an empty word was not said."""

_PERMUTATIONS: Final = 999
_SEED: Final = 20200724
_FEWEST_DAYS: Final = 5
_ROUNDING: Final = 1e-12


@dataclass(frozen=True)
class WordShare:
    """Shares (0-1) of the lines with a word; None where there is nothing to have a share of."""

    word: str
    recent: float
    earlier: float | None
    learned: float | None


@dataclass(frozen=True)
class Shift:
    """How far recent lines lie from others in one respect; distances are 0 (alike) to 1.

    Attributes:
        dimension: What lines are told apart by: see DIMENSIONS.
        from_earlier: Total variation distance to earlier lines; None without any.
        p_value: How well chance explains it; None under five days on either side.
        from_learned: Distance to the rows and lots learned from; None where they do not say.
        words: Every word with its shares, the most frequent of recent lines first.
    """

    dimension: str
    from_earlier: float | None
    p_value: float | None
    from_learned: float | None
    words: tuple[WordShare, ...]


@dataclass(frozen=True)
class ThinCategory:
    """A category that comes in although little has been learned of it."""

    category: str
    lines: int
    rows: int


@dataclass(frozen=True)
class Intake:
    """What came in lately, beside earlier and learned.

    Attributes:
        recent_from: First day that counts as recent.
        recent_lines: Lines since then.
        earlier_lines: Lines before.
        recent_pieces: Pieces since then, of lines that give a count.
        out_of_domain: Share of the recent lines that published data do not cover.
        out_of_domain_before: The same of earlier lines; None without any.
        unexpected: Share of the recent lines with a declared figure outside what is predicted.
        unexpected_before: The same of earlier lines; None without any.
        shifts: One for each of DIMENSIONS; none without recent lines.
        thin: Categories of recent lines with few rows and lots behind them, most lines first.
    """

    recent_from: date
    recent_lines: int
    earlier_lines: int
    recent_pieces: int
    out_of_domain: float | None
    out_of_domain_before: float | None
    unexpected: float | None
    unexpected_before: float | None
    shifts: tuple[Shift, ...]
    thin: tuple[ThinCategory, ...]


Learned = Mapping[str, Counter[str]]
"""Dimension -> word -> rows and lots that a model learned from; not every dimension is there."""


def learned_from(tables: Tables, lots: Sequence[MeasuredLot]) -> Learned:
    """Count what a model learned from: rows on magnets that take part in a fit, and lots.

    Years are those that a row or a lot names; most do not, and shares of pieces with NdFeB by year
    of sale tell of nothing else.
    """
    measured: list[ContentRow | MassRow | CompositionRow] = [
        *tables.contents,
        *tables.magnet_masses,
        *tables.compositions,
    ]
    counted = [row for row in measured if not row.excluded]
    products = [(row.category, row.subtype) for row in counted]
    products += [(lot.line.category, lot.line.subtype or "") for lot in lots]
    years = [row.year for row in counted] + [row.year for row in tables.presences]
    years += [lot.line.year for lot in lots]
    return {
        "category": Counter(category for category, _ in products),
        "product": Counter(subtype or category for category, subtype in products),
        "years": Counter(years_of(year) for year in years if year is not None),
    }


def intake_shift(
    counts: Sequence[IntakeCount], learned: Learned, *, today: date, recent_days: int
) -> Intake:
    """Compare the lines of the last days with those before and with what was learned from.

    Args:
        counts: Lines of all days.
        learned: What the model learned from.
        today: The last day.
        recent_days: How many days count as recent.
    """
    since = today - timedelta(days=recent_days - 1)
    recent = [count for count in counts if count.kind.day >= since]
    earlier = [count for count in counts if count.kind.day < since]
    named = DIMENSIONS.items() if recent else ()
    return Intake(
        recent_from=since,
        recent_lines=_lines(recent),
        earlier_lines=_lines(earlier),
        recent_pieces=sum(count.pieces for count in recent),
        out_of_domain=_share(recent, lambda kind: not kind.in_domain),
        out_of_domain_before=_share(earlier, lambda kind: not kind.in_domain),
        unexpected=_share(recent, lambda kind: kind.unexpected),
        unexpected_before=_share(earlier, lambda kind: kind.unexpected),
        shifts=tuple(
            _shift(name, word, recent, earlier, learned.get(name)) for name, word in named
        ),
        thin=tuple(_thin(recent, learned["category"])),
    )


def total_variation(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Half the sum of the absolute differences of two distributions, 0 to 1."""
    apart = sum(abs(one.get(w, 0.0) - other.get(w, 0.0)) for w in one.keys() | other.keys()) / 2
    return min(1.0, apart)  # thirds and the like do not quite add up to 1


def _shift(
    dimension: str,
    word: Callable[[IntakeKind], str],
    recent: Sequence[IntakeCount],
    earlier: Sequence[IntakeCount],
    learned: Counter[str] | None,
) -> Shift:
    now, before = _shares(_by_word(recent, word)), _shares(_by_word(earlier, word))
    known = _shares(learned or Counter())
    # Rows without a year are no rows of another year: those that name one are compared.
    named = _shares(_by_word(recent, word, "" if dimension == "years" else None))
    return Shift(
        dimension=dimension,
        from_earlier=total_variation(now, before) if before else None,
        p_value=_p_value(recent, earlier, word),
        from_learned=total_variation(named, known) if known and named else None,
        words=tuple(
            WordShare(
                text,
                now.get(text, 0.0),
                before.get(text, 0.0) if before else None,
                known.get(text, 0.0) if known else None,
            )
            for text in sorted(
                now.keys() | before.keys() | known.keys(), key=lambda w: (-now.get(w, 0.0), w)
            )
        ),
    )


def _p_value(
    recent: Sequence[IntakeCount],
    earlier: Sequence[IntakeCount],
    word: Callable[[IntakeKind], str],
) -> float | None:
    """Share of the shuffles of days that lie as far apart; the days as they are are one."""
    recent_days = len({count.kind.day for count in recent})
    table = _days_by_words([*recent, *earlier], word)
    if min(recent_days, len(table) - recent_days) < _FEWEST_DAYS:
        return None
    chosen = np.zeros((_PERMUTATIONS + 1, len(table)))
    chosen[:, -recent_days:] = 1  # days are in order: as they are, the last ones are recent
    np.random.default_rng(_SEED).permuted(chosen[1:], axis=1, out=chosen[1:])
    now = chosen @ table
    before = table.sum(axis=0) - now
    apart = np.abs(_rows_to_one(now) - _rows_to_one(before)).sum(axis=1)
    return float(np.mean(apart >= apart[0] - _ROUNDING))


def _days_by_words(
    counts: Sequence[IntakeCount], word: Callable[[IntakeKind], str]
) -> NDArray[np.float64]:
    """Lines by day, in order, and word."""
    days = {day: row for row, day in enumerate(sorted({count.kind.day for count in counts}))}
    words = {text: column for column, text in enumerate({word(count.kind) for count in counts})}
    table = np.zeros((len(days), len(words)))
    for count in counts:
        table[days[count.kind.day], words[word(count.kind)]] += count.lines
    return table


def _rows_to_one(table: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = table / table.sum(axis=1, keepdims=True)
    return shares


def _thin(recent: Sequence[IntakeCount], learned: Counter[str]) -> Iterator[ThinCategory]:
    lines = _by_word(recent, lambda kind: kind.category)
    for category, count in lines.most_common():
        if learned[category] < FEW_ROWS:
            yield ThinCategory(category, count, learned[category])


def _by_word(
    counts: Iterable[IntakeCount], word: Callable[[IntakeKind], str], without: str | None = None
) -> Counter[str]:
    found: Counter[str] = Counter()
    for count in counts:
        if word(count.kind) != without:
            found[word(count.kind)] += count.lines
    return found


def _shares(lines: Counter[str]) -> dict[str, float]:
    whole = lines.total()
    return {word: count / whole for word, count in lines.items()}


def _share(counts: Sequence[IntakeCount], is_one: Callable[[IntakeKind], bool]) -> float | None:
    whole = _lines(counts)
    if not whole:
        return None
    return sum(count.lines for count in counts if is_one(count.kind)) / whole


def _lines(counts: Iterable[IntakeCount]) -> int:
    return sum(count.lines for count in counts)
