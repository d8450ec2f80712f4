"""The page on what the tables hold and what they do not, written from the tables themselves."""

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import chain
from string import Template

from recycler.elements import RARE_EARTHS
from recycler.reference.evidence import (
    RATIO_ELEMENTS,
    Figure,
    ProductFigure,
    evidence,
    usable_analyses,
    usable_contents,
    usable_masses,
    usable_ratios,
    usable_yields,
)
from recycler.reference.rows import (
    Basis,
    CompositionRow,
    ContentRow,
    MassRow,
    RouteStage,
    YieldRow,
)
from recycler.reference.tables import Tables
from recycler.reference.vocabulary import STATE

_NONE = "-"
_COUNTS = ("rows", "publications", "independent")

_UNUSED_REASONS = {
    "overall": "yields of a whole chain: they check the product of its stages",
    "collection": "shares of waste that is collected: no part of a batch in hand",
}


def markdown(tables: Tables) -> str:
    """The whole page, in Markdown, ending in a newline."""
    template = (files("recycler.reference") / "report_template.md").read_text(encoding="utf-8")
    parts = {
        "overview": _overview(tables),
        "ratios": _ratios(tables),
        "gaps": _gaps(tables),
        "assumptions": _assumptions(tables),
        **_presence(tables),
        **_by_category(tables),
        **_yields(tables),
        **_left_out(tables),
        **_sources(tables),
    }
    return Template(template).substitute(parts)


def _overview(tables: Tables) -> str:
    factors: Sequence[tuple[str, Sequence[Figure], Sequence[Figure]]] = (
        ("magnet mass", tables.magnet_masses, usable_masses(tables)),
        ("element content of products", tables.contents, usable_contents(tables)),
        ("composition of magnets", tables.compositions, usable_analyses(tables)),
        ("stage yields", tables.stage_yields, usable_yields(tables)),
    )
    lines = [(name, len(held), *_counts(usable)) for name, held, usable in factors]
    return _table(("factor", "rows", "usable rows", "publications", "independent"), lines)


def _presence(tables: Tables) -> dict[str, object]:
    years = [row.year for row in tables.presences]
    pairs = {(row.category, row.subtype) for row in tables.presences}
    products = Counter(category for category, _ in pairs)
    rows = Counter(row.category for row in tables.presences)
    lines = [(c, products[c], n) for c, n in sorted(rows.items(), key=_most_first)]
    return {
        "presence_subtypes": len(pairs),
        "presence_sources": ", ".join(sorted({f"`{row.source_id}`" for row in tables.presences})),
        "presence_first": min(years),
        "presence_last": max(years),
        "presence_rows": len(years),
        "presence": _table(("category", "products", "rows"), lines),
    }


def _by_category(tables: Tables) -> dict[str, object]:
    flows = [r for r in tables.contents if r.basis is Basis.FLOW and not r.excluded]
    smco = [r for r in tables.compositions if r.magnet_type == "smco" and not r.excluded]
    return {
        "masses": _category_table(usable_masses(tables)),
        "contents": _category_table(usable_contents(tables)),
        "flows": len(flows),
        "compositions": _category_table(usable_analyses(tables)),
        "smco": len(smco),
    }


def _category_table(rows: Sequence[ProductFigure]) -> str:
    """Counts by category, most rows first, and a last line for all."""
    sizes = Counter(row.category for row in rows)
    lines = [(c, *_counts(_of(c, rows))) for c, _ in sorted(sizes.items(), key=_most_first)]
    return _table(("category", *_COUNTS), [*lines, ("**all**", *_counts(rows))])


def _most_first(sized: tuple[str, int]) -> tuple[int, str]:
    return -sized[1], sized[0]


def _of(category: str, rows: Iterable[ProductFigure]) -> list[ProductFigure]:
    return [row for row in rows if row.category == category]


def _counts(rows: Iterable[Figure]) -> tuple[int, int, int]:
    found = evidence(rows)
    return found.rows, found.publications, found.independent


def _ratios(tables: Tables) -> str:
    found = [usable_ratios(tables, element) for element in RATIO_ELEMENTS]
    named = {row.category for rows in found for row in rows}
    lines = [
        (category, *(_short(_of(category, rows)) for rows in found))
        for category in tables.categories
        if category in named
    ]
    header = ("category", *(f"{element}/Nd" for element in RATIO_ELEMENTS))
    return _table(header, [*lines, ("**all**", *map(_short, found))])


def _short(rows: Sequence[Figure]) -> str:
    return f"{len(rows)} ({evidence(rows).independent})" if rows else _NONE


def _yields(tables: Tables) -> dict[str, object]:
    used = usable_yields(tables)
    unused = [_why_unused(row) for row in tables.stage_yields if row not in used]
    stages = [stage for stages in tables.routes.values() for stage in stages]
    header = ("route", "stage", "rows", "publications", "elements", "yield, %", "otherwise")
    return {
        "yields_used": len(used),
        "yields_lab": sum(row.scale == "lab" for row in used),
        "yields": _table(header, [_stage_line(stage, used) for stage in stages]),
        "yields_unused": len(unused),
        "yields_reasons": _list(f"{n} {why}" for why, n in Counter(unused).most_common()),
    }


def _why_unused(row: YieldRow) -> str:
    if row.used:
        return "yields of other metals: only rare earths are estimated"
    return _UNUSED_REASONS.get(row.stage, "stages flagged as too weak, or as what is not a yield")


def _stage_line(stage: RouteStage, used: Sequence[YieldRow]) -> tuple[object, ...]:
    own = stage.route == stage.figures_of
    rows = [row for row in used if own and (row.route, row.stage) == (stage.route, stage.stage)]
    elements = dict.fromkeys(element for row in rows for element in row.elements)
    return (
        stage.route,
        stage.stage,
        len(rows) or _NONE,
        evidence(rows).publications or _NONE,
        ", ".join(sorted(elements)) or _NONE,
        _span([100 * row.yield_fraction for row in rows]),
        _NONE if own else _otherwise(stage),
    )


def _span(values: Sequence[float]) -> str:
    if not values:
        return _NONE
    least, most = f"{min(values):.3g}", f"{max(values):.3g}"
    return least if least == most else f"{least} to {most}"


def _otherwise(stage: RouteStage) -> str:
    """Where a stage without figures of its own route gets its yield from."""
    if stage.figures_of == STATE:
        return "decided by the state of the feed"
    borrowed = [f"figures of {stage.figures_of}"] if stage.figures_of else []
    assumed = [f"`{stage.assumption}`"] if stage.assumption else []
    return ", ".join([*borrowed, *assumed])


def _left_out(tables: Tables) -> dict[str, object]:
    held: Sequence[tuple[str, Sequence[ContentRow | MassRow | CompositionRow]]] = (
        ("element content", tables.contents),
        ("magnet mass", tables.magnet_masses),
        ("composition", tables.compositions),
    )
    flagged = [(table, row) for table, rows in held for row in rows if row.excluded]
    excluded = [(f"`{row.row_id}`", table, row.subtype, row.note) for table, row in flagged]
    others = [(row.category, row.subtype, row.reason) for row in tables.observed_only]
    return {
        "excluded": _table(("row", "table", "subtype", "note"), excluded),
        "observed_only": _table(("category", "subtype", "why not"), others),
    }


def _gaps(tables: Tables) -> str:
    weighed = {row.subtype for row in usable_masses(tables)}
    weighed |= {row.subtype for row in usable_contents(tables)}
    analysed = {row.category for row in usable_analyses(tables)}
    yielded = {element for row in usable_yields(tables) for element in row.elements}
    gaps = {
        "products with neither magnet mass nor element content of their own": [
            p.subtype
            for p in tables.products
            if p.subtype not in weighed and p.category != "magnet"
        ],
        "categories without any analysis of their magnets": [
            c for c, subtypes in tables.categories.items() if subtypes and c not in analysed
        ],
        "rare earths without a stage yield of their own": [
            e for e in RARE_EARTHS if e not in yielded
        ],
    }
    return _list(f"{what}: {', '.join(names)}." for what, names in gaps.items() if names)


def _assumptions(tables: Tables) -> str:
    lines = [
        (f"`{a.name}`", _given(a.value), _given(a.spread), a.scale or _NONE, a.statement)
        for a in tables.assumptions.values()
    ]
    return _table(("assumption", "value", "spread", "scale", "statement"), lines)


def _given(value: float | None) -> str:
    return _NONE if value is None else f"{value:g}"


def _sources(tables: Tables) -> dict[str, object]:
    figures: Iterable[Figure] = chain(
        tables.magnet_masses, tables.contents, tables.compositions, tables.stage_yields
    )
    rows = Counter(row.source_id for row in figures)
    rows.update(row.source_id for row in tables.presences)
    lines = [
        (f"`{source_id}`", rows[source_id], source.citation, source.doi or _NONE)
        for source_id, source in sorted(tables.sources.items())
        if rows[source_id]
    ]
    return {
        "sources_used": len(lines),
        "sources": _table(("source", "rows", "publication", "DOI"), lines),
    }


def _list(points: Iterable[str]) -> str:
    return "\n".join(f"- {point}" for point in points)


def _table(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    every = (header, ["---"] * len(header), *lines)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in every)


def _cell(value: object) -> str:
    """Text that Markdown shows as it stands."""
    return str(value).replace("<", "&lt;").replace("|", "\\|")
