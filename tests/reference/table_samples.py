"""Copies of the tables with one cell damaged."""

import csv
from pathlib import Path

import recycler.reference

PACKAGED = Path(recycler.reference.__file__).parent / "data"


def lines_of(folder, table):
    """The lines of a table as lists of cells, header first."""
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_lines(folder, table, lines):
    """Put the lines of a table into its file."""
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def damage(folder, table, where, column, cell):
    """Replace the cell of a column in the first line whose cells are as `where` says.

    Returns:
        The number of the line, the header being 1.
    """
    header, *lines = lines_of(folder, table)
    named = [dict(zip(header, line, strict=True)) for line in lines]
    index = next(i for i, line in enumerate(named) if where.items() <= line.items())
    lines[index][header.index(column)] = cell
    write_lines(folder, table, [header, *lines])
    return index + 2
