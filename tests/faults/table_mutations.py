"""CSV tables that are nearly right: a valid one, changed in a few places by a seeded chance."""

from collections.abc import Callable
from random import Random

from json_mutations import NUMBERS, TEXTS, changed_bytes

Rows = list[list[str]]

_LINE_ENDS = ("\n", "\r\n", "\r", "\n\r", "\n\n", "\u2028", "\x0b", "\x85")

_CELLS = (
    *NUMBERS,
    *TEXTS,
    '"',
    '""',
    '"open',
    'a"b',
    "a,b",
    "1,5",
    "1,234.5",
    "a;b",
    "a\nb",
    "a\r\nb",
    "\t1",
    "٣٤",
    "x" * 140_000,  # more than the csv module reads in one cell
)


def mutated_table(rng: Random, rows: Rows) -> bytes:
    """A table with one to four changes, as bytes; now and then those are changed as well."""
    changed = [list(row) for row in rows]
    for _ in range(rng.randint(1, 4)):
        rng.choice(_CHANGES)(rng, changed)
    written = _written(rng, changed)
    return changed_bytes(rng, written) if written and rng.random() < 0.3 else written


def _cell(rng: Random, rows: Rows) -> None:
    row = rng.choice(rows)
    if row:
        # The longest cell is dear to make and to read: seldom is often enough.
        row[rng.randrange(len(row))] = rng.choice(_CELLS if rng.random() < 0.05 else _CELLS[:-1])


def _longer_row(rng: Random, rows: Rows) -> None:
    rng.choice(rows).extend([rng.choice(_CELLS[:-1])] * rng.choice((1, 1, 50)))


def _shorter_row(rng: Random, rows: Rows) -> None:
    row = rng.choice(rows)
    del row[rng.randrange(len(row) + 1) :]


def _column_again(rng: Random, rows: Rows) -> None:
    at = rng.randrange(len(rows[0]) or 1)
    for row in rows:
        row.extend(row[at : at + 1])


def _column_gone(rng: Random, rows: Rows) -> None:
    at = rng.randrange(len(rows[0]) or 1)
    for row in rows:
        del row[at : at + 1]


def _row_again(rng: Random, rows: Rows) -> None:
    row = list(rng.choice(rows))
    for _ in range(rng.choice((1, 1, 40))):
        rows.insert(rng.randrange(len(rows) + 1), list(row))


def _row_gone(rng: Random, rows: Rows) -> None:
    if len(rows) > 1:
        del rows[rng.randrange(len(rows))]


_CHANGES: tuple[Callable[[Random, Rows], None], ...] = (
    _cell,
    _cell,
    _cell,
    _cell,
    _longer_row,
    _shorter_row,
    _column_again,
    _column_gone,
    _row_again,
    _row_gone,
)


def _written(rng: Random, rows: Rows) -> bytes:
    """The table as text: cells apart as one of the dialects has it, quoted well, badly or not."""
    apart = rng.choice(",,,,;;\t|")
    end = rng.choice(_LINE_ENDS) if rng.random() < 0.3 else "\n"
    quoted = rng.choice((_well, _well, _badly, str))
    lines = [apart.join(quoted(cell) for cell in row) for row in rows]
    text = "".join(
        line + (rng.choice(_LINE_ENDS) if rng.random() < 0.02 else end) for line in lines
    )
    return text.encode("utf-8", "surrogatepass")


def _well(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',;"\r\n') else cell


def _badly(cell: str) -> str:
    return f'"{cell}"'
