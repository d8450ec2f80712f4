"""What comes in, without the batches: lines of one day and kind, counted.

Batches are not stored. What is kept of a line is which of few kinds it is, so that one can tell
later whether what comes in is what the model has learned. Nothing that a sender can name freely is
part of a kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from recycler.batch import Batch, LineItem
from recycler.estimate import Estimate, ItemEstimate, LineWords, words_of

_MOST_PIECES: Final = 10**9  # of one line: sums stay in the range of a database's integers
_YEARS: Final = 5
_UNEXPECTED: Final = frozenset({"declared_far_from_category", "magnet_heavier_than_product"})


class IntakeKind(NamedTuple):
    """What lines that are counted together have in common; empty words were not said.

    Attributes:
        day: Day on which they were estimated, UTC.
        category: Their category.
        subtype: Their subtype.
        years: Five years within which the pieces were first sold, such as 2015-2019.
        state: How they arrive.
        magnet_type: The declared type of magnet.
        declared: What else was said of the magnets, joined by +: assay, composition, grade, mass.
        in_domain: Whether published data cover such a line.
        unexpected: Whether a declared figure lies outside what is predicted of such products.
    """

    day: date
    category: str
    subtype: str
    years: str
    state: str
    magnet_type: str
    declared: str
    in_domain: bool
    unexpected: bool


@dataclass(frozen=True, slots=True)
class IntakeCount:
    """Lines of one kind, and their pieces; a line that gives a mass instead adds no pieces."""

    kind: IntakeKind
    lines: int
    pieces: int


def kinds_of(batch: Batch, estimate: Estimate, day: date) -> Iterator[tuple[IntakeKind, int]]:
    """The kind and the pieces of every line of a batch."""
    for line, said in zip(batch.items, words_of(estimate.items), strict=True):
        yield _kind(line, said, day), min(line.count or 0, _MOST_PIECES)


def years_of(year: int | None) -> str:
    """The five years that a year belongs to; empty for none."""
    if year is None:
        return ""
    first = year - year % _YEARS
    return f"{first}-{first + _YEARS - 1}"


def _kind(line: LineItem, said: LineWords | ItemEstimate, day: date) -> IntakeKind:
    return IntakeKind(
        day,
        line.category,
        line.subtype or "",
        years_of(line.year),
        line.state or "",
        (line.magnet.type if line.magnet else None) or "",
        _declared(line),
        said.in_domain,
        bool(said.notes) and not _UNEXPECTED.isdisjoint([note.code for note in said.notes]),
    )


def _declared(line: LineItem) -> str:
    magnet = line.magnet
    if magnet is None and line.assay is None:
        return ""
    said = ["assay"] if line.assay else []
    if magnet is not None:
        said += ["composition"] if magnet.composition else []
        said += ["grade"] if magnet.grade is not None else []
        said += ["mass"] if magnet.mass_g is not None else []
    return "+".join(said)
