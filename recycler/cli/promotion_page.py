"""The log of promotions for people."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.cli.tables import Column, table
from recycler.registry import Promotion


def log_page(entries: Sequence[Promotion]) -> RenderableType:
    """Every entry of the log, the latest last.

    Args:
        entries: The log, in its order.
    """
    if not entries:
        return Padding(Text("Nothing has been promoted yet.", "dim"), (0, 1))
    shown = (_entry(number, entry) for number, entry in enumerate(entries, start=1))
    return Group(*(Padding(part, (0, 1, 1, 1)) for part in shown))


def _entry(number: int, entry: Promotion) -> RenderableType:
    title = Text.assemble(
        (f"{number}  ", "dim"),
        (entry.version, "bold"),
        f" became {entry.alias}" + (f" instead of {entry.replaced}" if entry.replaced else ""),
    )
    details = list(_details(entry))
    columns = [
        Column("", [name for name, _ in details]),
        Column("", [said for _, said in details], folds=True),
    ]
    return Group(title, Padding(table(columns), (0, 0, 0, 2)))


def _details(entry: Promotion) -> Iterator[tuple[Text, str]]:
    how = "rolled back by" if entry.rollback else "promoted by"
    yield Text(how, "dim"), f"{entry.who}, {entry.when:%Y-%m-%d %H:%M:%S} UTC"
    yield Text("why", "dim"), entry.why
    if scores := _scores(entry.scores.get("pooled")):
        yield Text("scores", "dim"), scores
    if entry.forced:
        yield Text("forced", "yellow"), entry.forced
    for finding in entry.gate.findings if entry.gate else ():
        name = Text("gate", "dim") if finding.passed else Text("gate refuses", "yellow")
        yield name, finding.says


def _scores(pooled: Any) -> str:
    """Coverage and CRPS of all figures, as far as they are there."""
    if not isinstance(pooled, dict):
        return ""
    coverage = pooled.get("coverage", {}).get("0.9")
    held = f"90 % intervals held {coverage * 100:.3g} %" if coverage is not None else ""
    crps = f"CRPS {pooled['crps']:.3f}" if "crps" in pooled else ""
    return ", ".join(part for part in (held, crps) if part)
