"""What an estimate rests on: factor by factor, and the publications behind them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.padding import Padding

from recycler.cli.page_parts import line_name, lines_named, listed
from recycler.cli.shares_table import shares_table
from recycler.cli.tables import Column, table
from recycler.estimate import Estimate, FactorBasis
from recycler.reference import Source


def explanation(estimate: Estimate, sources: Mapping[str, Source]) -> RenderableType:
    """Every factor with the lines that share its basis, shares of variance, sources in full.

    Args:
        estimate: The estimate to explain.
        sources: Source id -> source.
    """
    about: dict[FactorBasis, list[str]] = {}
    for item in estimate.items:
        for basis in item.basis:
            about.setdefault(basis, []).append(line_name(item.item, item.line_id))
    parts = [_bases(about, len(estimate.items)), shares_table(estimate)]
    if cited := _cited(about, sources):
        parts.append(listed("Sources", cited))
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _bases(about: Mapping[FactorBasis, Sequence[str]], whole: int) -> RenderableType:
    factors = list(dict.fromkeys(basis.factor for basis in about))
    bases = sorted(about, key=lambda basis: factors.index(basis.factor))
    repeated = [False, *(a.factor == b.factor for a, b in pairwise(bases))]
    names = [basis.factor.replace("_", " ") for basis in bases]
    columns = [
        Column("factor", ["" if again else n for n, again in zip(names, repeated, strict=True)]),
        Column("", [lines_named(about[basis], whole) for basis in bases], "dim", folds=True),
        Column("basis", [basis.basis for basis in bases]),
        Column("sources (rows), assumption", [_rests_on(b) for b in bases], folds=True),
    ]
    return table(columns if whole > 1 else [columns[0], *columns[2:]], "What it rests on")


def _rests_on(basis: FactorBasis) -> str:
    sources = ", ".join(f"{use.source_id} ({use.rows})" for use in basis.sources)
    return ". ".join(part for part in (sources, basis.assumption) if part)


def _cited(bases: Iterable[FactorBasis], sources: Mapping[str, Source]) -> list[tuple[str, str]]:
    """Each source used, with what is known of it."""
    used = sorted({use.source_id for basis in bases for use in basis.sources})
    return [(name, _citation(sources[name])) for name in used if name in sources]


def _citation(source: Source) -> str:
    where = f"https://doi.org/{source.doi}" if source.doi else source.url
    return f"{source.citation} {where}" if where else source.citation
