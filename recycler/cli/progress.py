"""Progress of long work on standard error: bars on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

Report = Callable[[str, int, int], None]
"""Told a stage, how many of its steps are done, and how many there are."""

_QUARTERS = 4


@contextmanager
def shown_on(console: Console) -> Iterator[Report]:
    """Show progress while work goes on inside."""
    if not console.is_terminal:
        yield _lines(console)
        return
    with Progress(
        TextColumn(" {task.description:<12}"),
        BarColumn(32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bars:
        yield _bars(bars)


def _bars(bars: Progress) -> Report:
    tasks: dict[str, TaskID] = {}

    def report(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    return report


def _lines(console: Console) -> Report:
    """One line for each quarter of a stage: enough for a log, and never thousands."""
    reached: dict[str, int] = {}

    def report(stage: str, done: int, total: int) -> None:
        quarter = _QUARTERS * done // total if total else _QUARTERS
        if quarter > reached.get(stage, 0):
            console.print(f"{stage}: {done} of {total}")
            reached[stage] = quarter

    return report
