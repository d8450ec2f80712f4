"""CSV tables: rows with the lines they stand on, and cells put where JSON would have them.

Only what JSON would show is decided here (numbers or text); whether a value is right is for the
gates to say.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Path = tuple[str, ...]

_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(r"[+-]?[0-9]+(,[0-9]+)+(\.[0-9]+)?")

_LONGEST: Final = 64
"""Characters of a cell that a message shows."""


class TableInputError(ValueError):
    """The CSV cannot be read; the message is a sentence naming line and column."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What columns a kind of table may have.

    Attributes:
        columns: Column -> where its value stands in the document of a row.
        numbers: Columns that hold numbers; the others hold text.
        known: The columns in words, for a sentence that says which are known.
    """

    columns: Mapping[str, Path]
    numbers: frozenset[str]
    known: str

    def value(self, line: int, column: str, text: str) -> int | float | str:
        """What a cell says: a number where its column holds numbers and it is one, else text.

        Raises:
            TableInputError: The number has a comma, which could mean thousands or decimals.
        """
        return _number(line, column, text) if column in self.numbers else text


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line on which it begins."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header is known: its columns, and its rows, which can be walked once.

    Walking raises TableInputError where the bytes are not CSV or not UTF-8; rows of empty cells
    are passed over.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]

    def filled(self, row: Row) -> dict[str, str]:
        """The filled cells of a row by column.

        Raises:
            TableInputError: It has more or fewer cells than the header has columns.
        """
        columns, cells = self.columns, _without_empty_end(row.cells, keep=len(self.columns))
        if len(cells) != len(columns):
            many = f"{len(cells)} cells where the header names {len(columns)} columns"
            raise TableInputError(f"Line {row.line} has {many}.")
        stripped = zip(columns, map(str.strip, cells), strict=True)
        return {column: text for column, text in stripped if text}


def open_table(table: bytes, layout: Layout) -> Table:
    """Read the header of a table.

    Args:
        table: UTF-8 with or without a byte order mark, cells apart by comma or semicolon. An
            empty cell says nothing; rows of empty cells are passed over.
        layout: What columns it may have.

    Raises:
        TableInputError: The bytes are no such table.
    """
    rows = _rows(table)
    header = next(rows, Row(1, ()))
    columns = _without_empty_end([name.strip() for name in header.cells])
    _check_header(header.line, columns, layout)
    return Table(tuple(columns), (row for row in rows if any(map(str.strip, row.cells))))


def put(document: dict[str, Any], path: Path, value: Any) -> None:
    """Put a value where its path leads in nested objects."""
    *outer, name = path
    for step in outer:
        document = document.setdefault(step, {})
    document[name] = value


def _rows(table: bytes) -> Iterator[Row]:
    """Rows with the line on which each begins; empty lines are passed over."""
    text = io.TextIOWrapper(io.BytesIO(table), encoding="utf-8-sig", newline="")
    line = 1
    try:
        reader = csv.reader(text, delimiter=_delimiter(table), strict=True)
        for row in reader:
            if row:
                yield Row(line, row)
            line = reader.line_num + 1
    except csv.Error as error:
        msg = f"Line {line} is not valid CSV: {error}."
        raise TableInputError(msg) from None
    except UnicodeDecodeError:
        msg = f"Line {_line_not_utf8(table)} is not UTF-8: save the table as CSV UTF-8."
        raise TableInputError(msg) from None


def _delimiter(table: bytes) -> str:
    header = next((line for line in io.BytesIO(table) if line.strip()), b"")
    return ";" if header.count(b";") > header.count(b",") else ","


def _line_not_utf8(table: bytes) -> int:
    try:
        table.decode()
    except UnicodeDecodeError as error:
        return table[: error.start].count(b"\n") + 1
    return 1


def _check_header(line: int, columns: Sequence[str], layout: Layout) -> None:
    if not any(columns):
        msg = f"The table is empty: its first line must name columns, of {layout.known}."
        raise TableInputError(msg)
    for position, name in enumerate(columns, 1):
        if name not in layout.columns:
            what = f"{name[:_LONGEST]!r} is no column" if name else f"column {position} has no name"
            msg = f"Line {line}: {what}; known are {layout.known}."
            raise TableInputError(msg)
        if columns.count(name) > 1:
            msg = f"Line {line}: column {name} stands twice."
            raise TableInputError(msg)


def _without_empty_end(cells: Sequence[str], keep: int = 0) -> Sequence[str]:
    """Cells without the empty ones at the end, which spreadsheets like to add."""
    filled = max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)
    return cells[: max(filled, keep)]


def _number(line: int, column: str, text: str) -> int | float | str:
    """The number in a cell; what is none stays text, which a gate refuses by name."""
    if _GROUPED.fullmatch(text):
        cell = f"{text[:_LONGEST]!r} has a comma"
        msg = f"Line {line}, column {column}: {cell}; write 1234.5 for numbers."
        raise TableInputError(msg)
    if not _NUMBER.fullmatch(text):
        return text
    try:
        return int(text)
    except ValueError:
        number = float(text)
    return number if math.isfinite(number) else text
