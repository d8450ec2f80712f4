"""Tables without lines, made of columns, in the fullest layout that the terminal has room for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recycler.cli.figures import Unit, show
from recycler.estimate import Quantity


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header and a cell for every row."""

    header: str
    cells: Sequence[str | Text]
    style: str = ""
    justify: Literal["left", "right"] = "left"
    folds: bool = False
    """Whether long cells may go on in the next line."""


@dataclass(frozen=True, slots=True)
class FirstThatFits:
    """The first of several layouts that fits the width at hand, or the last."""

    layouts: Sequence[RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render that layout."""
        unlimited = options.update(width=1000)
        for layout in self.layouts[:-1]:
            if Measurement.get(console, unlimited, layout).maximum <= options.max_width:
                yield layout
                return
        yield self.layouts[-1]


def table(
    columns: Sequence[Column], title: str = "", sections: Collection[int] = (), gap: int = 2
) -> RenderableType:
    """Put columns side by side, `gap` apart; a blank line stands before each row in `sections`."""
    made = Table(
        title=Text(title, "bold") if title else None,
        title_justify="left",
        box=None,
        padding=(0, gap, 0, 0),
        pad_edge=False,
        show_header=any(column.header for column in columns),
        header_style="dim",
    )
    deepest = max(column.header.count("\n") for column in columns)
    for column in columns:
        missing = deepest - column.header.count("\n")
        made.add_column(
            Text("\n" * missing + column.header),
            style=column.style,
            justify=column.justify,
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
        )
    for index, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if index in sections:
            made.add_row()
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return Padding(made, (0, 1), expand=False)


def intervals(quantities: Iterable[Quantity | None], units: Iterable[Unit]) -> list[Text]:
    """One cell per quantity, all of one width: its median, then its interval around a dash."""
    shown = [q and show(q, unit) for q, unit in zip(quantities, units, strict=True)]
    present = [q for q in shown if q]
    median, lower, upper = (
        max((len(getattr(q, part)) for q in present), default=0)
        for part in ("median", "lower", "upper")
    )
    return [
        Text.assemble(
            (f"{q.median:>{median}}", "bold"),
            (f"  {q.lower:>{lower}} \N{EN DASH} {q.upper:<{upper}}", "dim"),
        )
        if q
        else Text()
        for q in shown
    ]
