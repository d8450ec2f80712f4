"""All routes for one batch as a page for people: what each recovers, how often it is the best."""

from collections.abc import Iterator, Sequence
from math import ceil

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.batch import Batch
from recycler.cli.estimate_page import heading
from recycler.cli.figures import unit_for
from recycler.cli.page_parts import identified, laid_out, line_name, listed, noted
from recycler.cli.tables import Column, FirstThatFits, intervals, table
from recycler.comparison import AssumedPart, ComparedRoute, RouteComparison
from recycler.estimate import Quantity

_HIDDEN_LOSS = "hidden_loss"

_LEGEND = """\
Most: how probable it is that no other route yields more rare earths. Beats first: that it yields \
more than the route in the first row. In every draw all routes get the same batch, and the same \
plant in stages that they share."""


def route_page(batch: Batch, compared: RouteComparison) -> RenderableType:
    """Every route of a comparison, the best first, laid out for the width at hand.

    Args:
        batch: What was sent.
        compared: The answer.
    """
    routes = compared.routes
    names = [line_name(item, line.line_id) for item, line in enumerate(batch.items)]
    parts = [
        heading(batch, compared.level, "all routes"),
        _overall(routes),
        Padding(Text(_LEGEND, "dim"), (0, 1)),
        _by_element(routes),
        listed(
            "The routes, and what is assumed beside the hidden loss of each",
            [(route.route, " ".join(_told(route))) for route in routes],
        ),
    ]
    if compared.notes:
        parts.append(listed("Notes", noted(compared.notes, names)))
    parts.append(identified(compared.model, f"Comparison {compared.comparison_id}"))
    return laid_out(parts)


def _overall(routes: Sequence[ComparedRoute]) -> RenderableType:
    recoverable = [route.totals.total_ree.recoverable_kg for route in routes]
    total = _masses("rare earths", recoverable)
    yields = [_percent(route.total_yield_fraction) for route in routes]
    most = [_percent(route.probability_of_most) for route in routes]
    shares = [Column("yield", yields, justify="right"), Column("most", most, justify="right")]
    first = routes[0].route
    beats = [_percent(route.probability_of_more_than.get(first)) for route in routes]
    against = Column("beats first", [b or "\N{EN DASH}" for b in beats], justify="right")
    title = "Recoverable by each route"
    return FirstThatFits(
        [
            table([_names(routes), total, *shares, against], title, gap=3),
            table([_names(routes), total, *shares, against], title),
            table([_names(routes), total, *shares], title),
            table([_names(routes), total], title),
        ]
    )


def _by_element(routes: Sequence[ComparedRoute]) -> RenderableType:
    """Elements side by side, as many in one table as there is room for."""
    by_element: dict[str, list[Quantity]] = {}
    for route in routes:
        for found in route.totals.elements:
            by_element.setdefault(found.element, []).append(found.recoverable_kg)
    columns = [_masses(element, found) for element, found in by_element.items()]
    names = _names(routes)
    tables = range(1, len(columns) + 1)
    return FirstThatFits(
        [_stacked(names, columns, count, gap) for count in tables for gap in (3, 2)]
    )


def _stacked(names: Column, columns: Sequence[Column], count: int, gap: int) -> RenderableType:
    """So many tables below each other, each with as many columns as the next."""
    each = ceil(len(columns) / count)
    rows = [columns[start : start + each] for start in range(0, len(columns), each)]
    spaced = [Padding(table([names, *row], gap=gap), (0, 0, 1, 0)) for row in rows[:-1]]
    return Group(*spaced, table([names, *rows[-1]], gap=gap))


def _masses(name: str, quantities: Sequence[Quantity]) -> Column:
    """Quantities in one unit, that of the largest: a column is there to be read down."""
    unit = unit_for(max(quantities, key=lambda quantity: quantity.median))
    return Column(f"{name}, {unit.name}", intervals(quantities, [unit] * len(quantities)))


def _names(routes: Sequence[ComparedRoute]) -> Column:
    return Column("route", [route.route for route in routes], "bold")


def _told(route: ComparedRoute) -> Iterator[str]:
    """What a route is, what it delivers and what is assumed of it, a sentence each."""
    if route.label:
        yield f"{route.label}."
    if route.delivers:
        yield f"Delivers {route.delivers}."
    yield f"Assumed: {'; '.join(_assumed(route.assumed)) or 'nothing'}."


def _assumed(parts: Sequence[AssumedPart]) -> Iterator[str]:
    """Stages that are assumed for all elements, then those assumed for some of them."""
    whole = [_words(p.stage) for p in parts if not p.elements and p.stage != _HIDDEN_LOSS]
    if whole:
        yield ", ".join(whole)
    partly: dict[tuple[str, ...], list[str]] = {}
    for part in parts:
        if part.elements:
            partly.setdefault(part.elements, []).append(_words(part.stage))
    for elements, stages in partly.items():
        yield f"of {', '.join(elements)} also {', '.join(stages)}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
