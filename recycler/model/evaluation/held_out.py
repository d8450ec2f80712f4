"""Every score of every method as one CSV table, so that figures can be drawn again without fits."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from recycler.model.evaluation.scoring import LEVELS, Score
from recycler.model.evaluation.summary import rounded

_TEXTS = ("method", "left_out", "factor", "element", "category", "subtype", "source", "row_id")
_BOUNDS = tuple(f"{side}_{level * 100:.0f}" for level in LEVELS for side in ("lower", "upper"))
COLUMNS = (*_TEXTS, "measured", "median", *_BOUNDS, "below", "upto", "crps")
"""One line per method and figure; figures on the scale of their factor, to six digits."""


def to_csv(scores: Iterable[Score]) -> str:
    """Write scores as CSV, with a header."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(score) for score in scores)
    return text.getvalue()


def from_csv(text: str) -> list[Score]:
    """Read back what `to_csv` wrote.

    Raises:
        ValueError: The columns are others, or a figure is no number.
    """
    rows = csv.DictReader(StringIO(text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"the columns {', '.join(COLUMNS)} are expected")
    return [_score(row) for row in rows]


def _cells(score: Score) -> Iterator[str | float]:
    yield from (getattr(score, name) for name in _TEXTS)
    figures = (score.measured, score.median, *(bound for both in score.bounds for bound in both))
    yield from map(rounded, (*figures, score.below, score.upto, score.crps))


def _score(row: dict[str, str]) -> Score:
    bounds = [float(row[name]) for name in _BOUNDS]
    return Score(
        **{name: row[name] for name in _TEXTS},
        measured=float(row["measured"]),
        median=float(row["median"]),
        bounds=tuple(zip(bounds[::2], bounds[1::2], strict=True)),
        below=float(row["below"]),
        upto=float(row["upto"]),
        crps=float(row["crps"]),
    )
