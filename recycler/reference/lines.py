"""CSV files as lines whose cells know where they stand."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TypeVar

from recycler.reference.cells import CellError, Parser, refuse
from recycler.reference.errors import TableError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table has to look like: its columns, and the sets of columns that identify a line.

    A line whose first identifying cell is empty is not compared with others.
    """

    name: str
    columns: frozenset[str]
    unique: tuple[tuple[str, ...], ...]

    @property
    def file_name(self) -> str:
        """Name of the file in the folder of the tables."""
        return f"{self.name}.csv"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table; `number` counts the lines of the file, the header being 1."""

    file_name: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str, parse: Parser[T]) -> T:
        """The value of a cell.

        Raises:
            TableError: The parser does not take the cell.
        """
        try:
            return parse(self.cells[column])
        except CellError as error:
            raise TableError(self.file_name, self.number, column, str(error)) from error

    def refuse(self, column: str, problem: str, expected: str) -> TableError:
        """The error for a cell that is right in itself but does not go with the others."""
        sentence = str(refuse(self.cells[column], problem, expected))
        return TableError(self.file_name, self.number, column, sentence)


def read_lines(content: bytes, layout: Layout) -> tuple[Line, ...]:
    """All lines of a table, with its columns and identifying cells checked.

    Raises:
        TableError: The file is not such a table.
    """
    lines = tuple(_split(_decoded(content, layout), layout))
    for columns in layout.unique:
        _check_unique(lines, columns)
    return lines


def _decoded(content: bytes, layout: Layout) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        problem = f"byte {content[error.start]:#04x} is not UTF-8; UTF-8 text is expected"
        raise TableError(layout.file_name, number, None, problem) from error


def _split(text: str, layout: Layout) -> Iterator[Line]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(header, layout)
        before = reader.line_num
        for cells in reader:
            yield _line(cells, header, before + 1, layout)
            before = reader.line_num
    except csv.Error as error:
        problem = f"{error}; comma-separated values are expected"
        raise TableError(layout.file_name, reader.line_num, None, problem) from error


def _check_header(header: list[str], layout: Layout) -> None:
    for column in header:
        if column not in layout.columns or header.count(column) > 1:
            problem = f"this column is not known or stands twice; {_names(layout)} are expected"
            raise TableError(layout.file_name, 1, column, problem)
    for column in sorted(layout.columns.difference(header)):
        problem = f"this column is missing; {_names(layout)} are expected"
        raise TableError(layout.file_name, 1, column, problem)


def _names(layout: Layout) -> str:
    return ", ".join(sorted(layout.columns))


def _line(cells: list[str], header: list[str], number: int, layout: Layout) -> Line:
    if len(cells) != len(header):
        column = header[min(len(cells), len(header) - 1)]
        problem = f"{len(cells)} cells stand in the line; {len(header)} are expected"
        raise TableError(layout.file_name, number, column, problem)
    return Line(layout.file_name, number, dict(zip(header, cells, strict=True)))


def _check_unique(lines: tuple[Line, ...], columns: tuple[str, ...]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for line in lines:
        key = tuple(line[column] for column in columns)
        first = seen.setdefault(key, line.number) if key[0] else line.number
        if first != line.number:
            problem = f"stands in line {first} already"
            *same, new = columns
            expected = f"a new {new}" + (f" for this {' and '.join(same)}" if same else "")
            raise line.refuse(new, problem, expected)
