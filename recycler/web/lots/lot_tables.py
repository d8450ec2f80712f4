"""CSV of measured lots: rows become lots, lots become rows, and nothing is lost on the way.

A lot takes one row, and one more for every further sample: consecutive rows of the same plant and
lot_id, whose other cells are empty or say the same.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Final

from recycler.batch import FieldError
from recycler.elements import ELEMENTS
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.input.line_columns import COMPOSITION_COLUMNS, LINE_COLUMNS, LINE_NUMBERS
from recycler.web.input.pointers import pointer
from recycler.web.input.sentences import quoted
from recycler.web.input.tables import Layout, Path, Row, Table, TableInputError, open_table, put
from recycler.web.lots.lot_documents import lot_document
from recycler.web.lots.lot_lists import Read, SoundLots
from recycler.web.lots.schema import InvalidLotError, read_lot

_OWN_COLUMNS: Final[Mapping[str, Path]] = {
    name: (name,) for name in ("lot_id", "plant", "date", "method")
}
_FOUND_COLUMNS: Final[Mapping[str, Path]] = {
    "weighed_magnet_mass_g": ("magnet_mass_g",),
    "weighed": ("weighed",),
    "route": ("route",),
    **{f"recovered_{element}_kg": ("recovered_kg", element) for element in ELEMENTS},
    "estimate_id": ("estimate_id",),
}
_SAMPLES: Final = {f"sample_{element}": element for element in ELEMENTS}
"""Column -> element, of the sample that a row brings."""

_OF_THE_LOT: Final[Mapping[str, Path]] = {
    **_OWN_COLUMNS,
    **LINE_COLUMNS,
    **COMPOSITION_COLUMNS,
    **_FOUND_COLUMNS,
}
"""Column -> where its value stands in the lot's document."""

COLUMNS: Final[Mapping[str, Path]] = {
    **_OF_THE_LOT,
    **{column: ("samples", element) for column, element in _SAMPLES.items()},
}
"""All columns, in the order in which they are written."""

_NAMES: Final = ("lot_id", "plant")
"""What every row of a lot repeats."""

_LAYOUT: Final = Layout(
    columns=COLUMNS,
    numbers=LINE_NUMBERS.union(_FOUND_COLUMNS, _SAMPLES) - {"route", "estimate_id"},
    known=", ".join((*_OWN_COLUMNS, *LINE_COLUMNS, "weighed_magnet_mass_g, weighed, route"))
    + ", estimate_id, and for every element composition_Nd (declared mass %), sample_Nd (mass % "
    'in the sample of the row, or "<0.05") and recovered_Nd_kg',
)


@dataclass(frozen=True, slots=True)
class _Row:
    """The filled cells of a row by column, or why it has none."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: FieldError | None = None


def read_lots_csv(table: bytes, settings: Settings) -> SoundLots:
    """Read lots from a table with a header of COLUMNS.

    Lots come as they are read; whether all are sound is known once the last one has come.

    Args:
        table: UTF-8 with or without a byte order mark, cells apart by comma or semicolon. An
            empty cell says nothing; rows of empty cells are passed over.
        settings: The limits, and the plant of lots that name none.

    Raises:
        TableInputError: The bytes are no such table.
        InvalidLotsError: Any of the rows is no lot, or one lot stands there twice.
    """
    opened = open_table(table, _LAYOUT)
    return SoundLots(_read(opened, settings))


def write_lots_csv(lots: Iterable[MeasuredLot]) -> Iterator[str]:
    """Write a table of lots as `read_lots_csv` reads them: the header, then lot by lot."""
    yield _written([list(COLUMNS)])
    for lot in lots:
        yield _written(_rows(lot_document(lot)))


def _read(table: Table, settings: Settings) -> Iterator[tuple[int, Read]]:
    """The lots of a table, or what is wrong with them, each with its first line."""
    rows = (_row(table, row) for row in table.rows)
    for _, of_a_lot in groupby(rows, partial(_key, plant=settings.plant)):
        together = list(of_a_lot)
        yield together[0].line, _lot(together, settings)


def _row(table: Table, row: Row) -> _Row:
    try:
        return _Row(row.line, table.filled(row))
    except TableInputError as error:
        return _Row(row.line, fault=FieldError(f"/{row.line}", str(error)))


def _key(row: _Row, plant: str) -> tuple[str, str] | int:
    """What rows of one lot have in common; a row without lot_id stands by itself."""
    lot_id = row.cells.get("lot_id")
    return (row.cells.get("plant", plant), lot_id) if lot_id else row.line


def _lot(rows: Sequence[_Row], settings: Settings) -> Read:
    if len(rows) > settings.max_assay_samples:
        most = f"{len(rows)} rows are of one lot; at most {settings.max_assay_samples} are read"
        return [_fault(rows[0].line, [], most)]
    document, wrong = _document(rows)
    if wrong:
        return wrong
    try:
        return read_lot(document, settings)
    except InvalidLotError as error:
        return [_placed(e, rows) for e in error.errors]


def _document(rows: Sequence[_Row]) -> tuple[dict[str, Any], list[FieldError]]:
    """The document that the rows of one lot say together, and what is wrong with its cells."""
    document: dict[str, Any] = {}
    wrong = [row.fault for row in rows if row.fault]
    wrong += [*_differing(rows), *_without_sample(rows)]
    for row in rows:
        for column, text in row.cells.items():
            try:
                put(document, _path(row, column), _LAYOUT.value(row.line, column, text))
            except TableInputError as error:
                wrong.append(FieldError(f"/{row.line}/{column}", str(error)))
    if samples := document.get("samples"):
        document["samples"] = list(samples.values())
    return document, wrong


def _path(row: _Row, column: str) -> Path:
    """Where a cell stands in the document; samples by the line of their row."""
    step, *further = COLUMNS[column]
    return (step, str(row.line), *further) if column in _SAMPLES else (step, *further)


def _differing(rows: Sequence[_Row]) -> Iterator[FieldError]:
    """Cells that say something else than an earlier row of the lot."""
    said: dict[str, _Row] = {}
    for row in rows:
        for column, text in row.cells.items():
            first = said.setdefault(column, row)
            if column not in _SAMPLES and first.cells[column] != text:
                here, there = quoted(text), quoted(first.cells[column])
                differ = f"{here} here, but {there} on line {first.line}"
                rule = "rows of one lot differ in their samples only"
                yield _fault(row.line, [column], f"{differ}; {rule}")


def _without_sample(rows: Sequence[_Row]) -> Iterator[FieldError]:
    """Rows that repeat a lot, or are repeated, without bringing a sample."""
    for row in rows if len(rows) > 1 else ():
        if not _SAMPLES.keys() & row.cells.keys():
            yield _fault(row.line, [], "no sample; a lot takes several rows for its samples only")


def _placed(error: FieldError, rows: Sequence[_Row]) -> FieldError:
    """Lead an error in the document of a lot back to a line and a column of the table."""
    path = tuple(error.pointer.split("/")[1:])
    if path[:1] == ("samples",) and len(path) > 1:
        return _fault(rows[int(path[1])].line, _columns(("samples", *path[2:])), error.message)
    columns = _columns(path)
    row = next((r for r in rows if columns and columns[0] in r.cells), rows[0])
    return _fault(row.line, columns, error.message)


def _columns(path: Path) -> list[str]:
    """The column whose cells stand at a place of the document; none where several do."""
    found = [name for name in COLUMNS if path and COLUMNS[name][: len(path)] == path]
    return found if len(found) == 1 else []


def _fault(line: int, columns: Sequence[str], message: str) -> FieldError:
    at = f"Line {line}, column {columns[0]}" if columns else f"Line {line}"
    return FieldError(pointer((line, *columns)), f"{at}: {message}.")


def _rows(document: Mapping[str, Any]) -> Iterator[list[str]]:
    """The rows of one lot: everything in the first, its name and one sample in every other."""
    samples = document.get("samples", [{}])
    for number, sample in enumerate(samples):
        columns = _NAMES if number else _OF_THE_LOT
        yield [
            *(_cell(document, _OF_THE_LOT[c]) if c in columns else "" for c in _OF_THE_LOT),
            *(_text(sample.get(element)) for element in _SAMPLES.values()),
        ]


def _cell(document: Mapping[str, Any], path: Path) -> str:
    value: Any = document
    for step in path:
        value = value.get(step, {})
    return "" if value == {} else _text(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _written(rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()
