"""The error of the reference tables."""


class TableError(ValueError):
    """A reference table does not hold what it should.

    The message names the file, the line (1 is the header) and the column, what stands there and
    what would be right.
    """

    def __init__(self, table: str, line: int | None, column: str | None, problem: str) -> None:
        self.table, self.line, self.column = table, line, column
        place = [table]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {problem}")
