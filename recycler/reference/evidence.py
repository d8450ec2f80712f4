"""How much the tables know of a factor: rows, publications, and how far they are independent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from recycler.elements import RARE_EARTHS
from recycler.reference.rows import Basis, CompositionRow, ContentRow, MassRow, YieldRow
from recycler.reference.tables import Tables
from recycler.reference.vocabulary import WHOLE_FEED_WORDS

RATIO_ELEMENTS = ("Pr", "Dy", "Tb", "Gd", "Ce", "La", "Sm")
"""Rare earths that the tables print beside neodymium in magnets."""

_IN_MAGNETS_ALONE = frozenset({"Pr", "Dy", "Tb"})
# Other rare earths of whole products sit in catalysts, batteries and phosphors too.


class Figure(Protocol):
    """A published figure: what it goes back to."""

    @property
    def source_id(self) -> str:
        """Source that it was read from."""

    @property
    def primaries(self) -> frozenset[str]:
        """Publications behind it."""


class ProductFigure(Figure, Protocol):
    """A published figure on a product."""

    @property
    def category(self) -> str:
        """Category of the product."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of one factor: `independent` groups of rows share no publication between them."""

    rows: int
    publications: int
    independent: int


def evidence(rows: Iterable[Figure]) -> Evidence:
    """Count rows and what is behind them."""
    primaries = [row.primaries for row in rows]
    groups: list[frozenset[str]] = []
    for found in primaries:
        touching = [group for group in groups if group & found]
        groups = [group for group in groups if not group & found]
        groups.append(found.union(*touching))
    return Evidence(len(primaries), len(frozenset().union(*primaries)), len(groups))


def usable_masses(tables: Tables) -> list[MassRow]:
    """Magnet masses that may take part in a fit."""
    return [row for row in tables.magnet_masses if not row.excluded]


def usable_contents(tables: Tables) -> list[ContentRow]:
    """Element contents that may take part in a fit; flows have no piece to refer to."""
    return [row for row in tables.contents if not row.excluded and row.basis is not Basis.FLOW]


def usable_analyses(tables: Tables) -> list[CompositionRow]:
    """Analyses of NdFeB magnets that print neodymium or the sum of rare earths."""
    return [
        row
        for row in tables.compositions
        if not row.excluded
        and row.magnet_type != "smco"
        and ("Nd" in row.readings or row.total_ree)
    ]


def usable_yields(tables: Tables) -> list[YieldRow]:
    """Yields of the rare earths in stages of routes that may take part in a fit."""
    wanted = WHOLE_FEED_WORDS.union(RARE_EARTHS)
    return [row for row in tables.stage_yields if row.used and wanted.intersection(row.elements)]


def usable_ratios(tables: Tables, element: str) -> Sequence[ProductFigure]:
    """Analyses and samples of products that print an element beside neodymium."""
    analysed = [r for r in usable_analyses(tables) if {"Nd", element} <= r.readings.keys()]
    if element not in _IN_MAGNETS_ALONE:
        return analysed
    figures = [row for row in tables.contents if not row.excluded]
    with_neodymium = {row.sample for row in figures if row.element == "Nd"}
    sampled = [r for r in figures if r.element == element and r.sample in with_neodymium]
    return [*analysed, *sampled]
