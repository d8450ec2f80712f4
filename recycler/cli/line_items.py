"""CSV of line items: rows become the same JSON document that the HTTP service takes.

Only what JSON would show is decided here (numbers or text); whether a value is right is for the
gate to say, and its JSON Pointers are led back to line and column of the table.
"""

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recycler.elements import ELEMENTS

_LINE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("category",),
    "subtype": ("subtype",),
    "count": ("count",),
    "mass_kg": ("mass_kg",),
    "year": ("year",),
    "unit_mass_kg": ("unit_mass_kg",),
    "rated_power_kw": ("rated_power_kw",),
    "state": ("state",),
    "origin": ("origin",),
    "line_id": ("line_id",),
    "magnet_type": ("magnet", "type"),
    "magnet_mass_g": ("magnet", "mass_g"),
    "grade": ("magnet", "grade"),
}

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **_LINE_COLUMNS,
    **{f"composition_{element}": ("magnet", "composition", element) for element in ELEMENTS},
    **{f"assay_{element}": ("assay", "samples", "0", element) for element in ELEMENTS},
}
"""Column -> where its value stands in a line item.

`composition_Nd` is the declared mass % of Nd, `assay_Nd` that of one analysis of the line; more
than one analysis needs JSON.
"""

NUMBERS: Final = frozenset(
    {
        *("count", "mass_kg", "year", "unit_mass_kg", "rated_power_kw", "magnet_mass_g"),
        *(name for name in COLUMNS if name not in _LINE_COLUMNS),
    }
)

_KNOWN: Final = (
    f"{', '.join(_LINE_COLUMNS)}, and for every element composition_Nd (declared mass %) and "
    "assay_Nd (analysed)"
)

_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(r"[+-]?[0-9]+(,[0-9]+)+(\.[0-9]+)?")
_ITEM: Final = re.compile(r"/items/([0-9]+)((?:/.*)?)")


class TableInputError(ValueError):
    """The CSV cannot be read as line items; the message is a sentence naming line and column."""


@dataclass(frozen=True, slots=True)
class LineItems:
    """A batch out of a table: the JSON document, and the line of the table behind each item.

    `columns` are those that the table has.
    """

    document: bytes
    lines: tuple[int, ...]
    columns: tuple[str, ...]

    def place(self, pointer: str) -> str:
        """Where in the table a JSON Pointer into the document leads: `line 3, column count`."""
        if pointer == "/items":
            return "the rows"
        found = _ITEM.fullmatch(pointer)
        if found is None or int(found[1]) >= len(self.lines):
            return pointer
        line = f"line {self.lines[int(found[1])]}"
        path = tuple(found[2].split("/")[1:])
        known = dict.fromkeys((*_LINE_COLUMNS, *self.columns))
        columns = [name for name in known if path and COLUMNS[name][: len(path)] == path]
        if not columns:
            return line
        return f"{line}, {'column' if len(columns) == 1 else 'columns'} {', '.join(columns)}"


def read_line_items(table: bytes) -> LineItems:
    """Read a CSV of line items, one per row under a header of COLUMNS.

    Args:
        table: UTF-8 with or without a byte order mark, cells apart by comma or semicolon. An
            empty cell says nothing; rows of empty cells are passed over.

    Raises:
        TableInputError: The bytes are no such table.
    """
    rows = _rows(_decode(table))
    header_line, header = next(rows, (1, []))
    columns = _without_empty_end([name.strip() for name in header])
    _check_header(header_line, columns)
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not filled:
        msg = "The table has a header but no line items: give one row for each."
        raise TableInputError(msg)
    items = [_item(line, columns, row) for line, row in filled]
    document = json.dumps({"items": items}, ensure_ascii=False).encode()
    return LineItems(document, tuple(line for line, _ in filled), tuple(columns))


def _decode(table: bytes) -> str:
    try:
        return table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = table[: error.start].count(b"\n") + 1
        msg = f"Line {line} is not UTF-8: save the table as CSV UTF-8."
        raise TableInputError(msg) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; empty lines are passed over."""
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        msg = f"Line {line} is not valid CSV: {error}."
        raise TableInputError(msg) from None


def _check_header(line: int, columns: Sequence[str]) -> None:
    if not any(columns):
        msg = f"The table is empty: its first line must name columns, of {_KNOWN}."
        raise TableInputError(msg)
    for position, name in enumerate(columns, 1):
        if name not in COLUMNS:
            what = f"{name!r} is no column" if name else f"column {position} has no name"
            msg = f"Line {line}: {what}; known are {_KNOWN}."
            raise TableInputError(msg)
        if columns.count(name) > 1:
            msg = f"Line {line}: column {name} stands twice."
            raise TableInputError(msg)


def _without_empty_end(cells: Sequence[str], keep: int = 0) -> Sequence[str]:
    """Cells without the empty ones at the end, which spreadsheets like to add."""
    filled = max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)
    return cells[: max(filled, keep)]


def _item(line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    row = _without_empty_end(cells, keep=len(columns))
    if len(row) != len(columns):
        msg = f"Line {line} has {len(row)} cells where the header names {len(columns)} columns."
        raise TableInputError(msg)
    item: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        if text := cell.strip():
            *outer, name = COLUMNS[column]
            into = item
            for step in outer:
                into = into.setdefault(step, {})
            into[name] = _number(line, column, text) if column in NUMBERS else text
    if assay := item.get("assay"):
        assay["samples"] = list(assay["samples"].values())
    return item


def _number(line: int, column: str, text: str) -> int | float | str:
    """The number in a cell; what is none stays text, which the gate refuses by name."""
    if _GROUPED.fullmatch(text):
        msg = f"Line {line}, column {column}: {text!r} has a comma; write 1234.5 for numbers."
        raise TableInputError(msg)
    if not _NUMBER.fullmatch(text):
        return text
    try:
        return int(text)
    except ValueError:
        number = float(text)
    return number if math.isfinite(number) else text
