"""CSV of line items: rows become the same JSON document that the HTTP service takes.

Only what JSON would show is decided here (numbers or text); whether a value is right is for the
gate to say, and its JSON Pointers are led back to line and column of the table.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from recycler.elements import ELEMENTS
from recycler.web.input.line_columns import COMPOSITION_COLUMNS, LINE_COLUMNS, LINE_NUMBERS
from recycler.web.input.tables import Layout, Path, TableInputError, open_table, put

__all__ = ["LineItems", "TableInputError", "read_line_items"]

_ASSAY_COLUMNS: Final[Mapping[str, Path]] = {
    f"assay_{element}": ("assay", "samples", "0", element) for element in ELEMENTS
}

COLUMNS: Final[Mapping[str, Path]] = {**LINE_COLUMNS, **COMPOSITION_COLUMNS, **_ASSAY_COLUMNS}
"""Column -> where its value stands in a line item.

`composition_Nd` is the declared mass % of Nd, `assay_Nd` that of one analysis of the line; more
than one analysis needs JSON.
"""

_LAYOUT: Final = Layout(
    columns=COLUMNS,
    numbers=LINE_NUMBERS.union(_ASSAY_COLUMNS),
    known=f"{', '.join(LINE_COLUMNS)}, and for every element composition_Nd (declared mass %) "
    "and assay_Nd (analysed)",
)

_ITEM: Final = re.compile(r"/items/([0-9]+)((?:/.*)?)")


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
        known = dict.fromkeys((*LINE_COLUMNS, *self.columns))
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
    lines = open_table(table, _LAYOUT)
    rows = list(lines.rows)
    if not rows:
        msg = "The table has a header but no line items: give one row for each."
        raise TableInputError(msg)
    items = [_item(row.line, lines.filled(row)) for row in rows]
    document = json.dumps({"items": items}, ensure_ascii=False).encode()
    return LineItems(document, tuple(row.line for row in rows), lines.columns)


def _item(line: int, cells: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for column, text in cells.items():
        put(item, COLUMNS[column], _LAYOUT.value(line, column, text))
    if assay := item.get("assay"):
        assay["samples"] = list(assay["samples"].values())
    return item
