"""What an interval owes its width to, for people: shares by factor, and what to measure next."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.cli.page_parts import line_name, short
from recycler.cli.tables import Column, table
from recycler.estimate import Estimate, VarianceShares

MOST_LINES: Final = 20
"""Lines of the table: those with most to recover."""

HEADERS: Final = ("presence", "magnet\nmass", "compo-\nsition", "stage\nyields", "unit\nscatter")
"""The fields of VarianceShares, in their order."""

MEASURES: Final = {
    "presence": "open some pieces to see whether they hold such magnets (magnet.type)",
    "magnet_mass": "weigh the magnets of some pieces (magnet.mass_g)",
    "composition": "assay some magnets (assay; `recycler plan` says how many)",
}
"""Factors that can be measured on the pieces themselves, and how."""

_TITLE = "Where the width of the interval comes from, as shares of its variance"
_SMALL = 0.05  # share below which measuring a factor gains next to nothing
_NOTHING = "none of the pieces' own: the rest is the plant and single pieces"


def shares_table(estimate: Estimate) -> RenderableType:
    """Shares of the batch and of its lines, with a sentence on what to measure next."""
    richest = sorted(estimate.items, key=lambda item: -item.total_ree.recoverable_kg.median)
    rows = [("batch", estimate.totals.variance_shares)]
    if len(estimate.items) > 1:
        lines = sorted(richest[:MOST_LINES], key=lambda item: item.item)
        rows += [(line_name(item.item, item.line_id), item.variance_shares) for item in lines]
    known = [(name, shares) for name, shares in rows if shares]
    if not known:
        return Padding(Text("Nothing varies: no rare earths are estimated.", "dim"), (0, 1))
    title, said = Text(_TITLE, "bold"), Text(reading(known[0][1]), "bold")
    return Group(Padding(title, (0, 1)), _table(known), Padding(said, (1, 1, 0, 1)))


def reading(shares: VarianceShares) -> str:
    """Which factor to measure next and how, in one sentence."""
    factor = measure_next(shares)
    if factor is None:
        return f"Measure next: {_NOTHING}."
    return f"Measure next: {factor.replace('_', ' ')}, {MEASURES[factor]}."


def measure_next(shares: VarianceShares) -> str | None:
    """The measurable factor of the largest share; None if all of them are small."""
    by_factor = {name: getattr(shares, name) for name in MEASURES}
    best = max(by_factor, key=lambda name: by_factor[name])
    return best if by_factor[best] >= _SMALL else None


def share(value: float) -> str:
    """A share in percent; what rounds to nothing has no sign."""
    return f"{round(100 * value) + 0:d} %"


def _table(rows: Sequence[tuple[str, VarianceShares]]) -> RenderableType:
    columns = [Column("", [short(name) for name, _ in rows], "bold")]
    by_factor = zip(*(astuple(shares) for _, shares in rows), strict=True)
    for header, values in zip(HEADERS, by_factor, strict=True):
        columns.append(Column(header, [share(value) for value in values], justify="right"))
    factors = [measure_next(shares) or "" for _, shares in rows]
    columns.append(Column("measure next", [f.replace("_", " ") for f in factors], "dim"))
    return table(columns)
