"""All routes for one batch as a page for people: what each recovers, how often it is the best."""

from collections.abc import Collection, Mapping, Sequence
from math import ceil

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.batch import Batch
from recycler.cli.estimate_page import heading
from recycler.cli.figures import unit_for
from recycler.cli.page_parts import line_name, listed, model_line, noted
from recycler.cli.tables import Column, FirstThatFits, intervals, table
from recycler.estimate import Estimate, Quantity, RouteComparison, RouteOutcome

_HIDDEN_LOSS = "hidden_loss"

_LEGEND = """\
Most: how probable it is that no other route yields more rare earths. Beats first: that it yields \
more than the route in the first row. In every draw all routes get the same batch, and the same \
plant in stages that they share."""


def route_page(
    batch: Batch, compared: RouteComparison, labels: Mapping[str, str]
) -> RenderableType:
    """Every route of a comparison, the best first, laid out for the width at hand.

    Args:
        batch: What was sent.
        compared: The answer.
        labels: Route -> a sentence on it.
    """
    parts = [
        heading(batch, compared.level, "all routes"),
        _overall(compared.comparison),
        Padding(Text(_LEGEND, "dim"), (0, 1)),
        _by_element(compared),
        listed(
            "The routes, and what is assumed beside the hidden loss of each",
            [(r.route, f"{labels[r.route]}. {_assumed(r)}") for r in compared.comparison],
        ),
    ]
    if said := _notes(batch, compared.estimates.values()):
        parts.append(listed("Notes", said))
    parts.append(Padding(model_line(compared.model), (0, 1)))
    return Group(*(Padding(part, (1, 0, 0, 0)) for part in parts), "")


def _overall(routes: Sequence[RouteOutcome]) -> RenderableType:
    total = _masses("rare earths", [route.recoverable_ree_kg for route in routes])
    shares = [
        Column("yield", [_percent(route.yield_fraction) for route in routes], justify="right"),
        Column("most", [_percent(route.most_probability) for route in routes], justify="right"),
    ]
    first = routes[0].route
    beats = [_percent(route.more_than.get(first)) or "\N{EN DASH}" for route in routes]
    against = Column("beats first", beats, justify="right")
    title = "Recoverable by each route"
    return FirstThatFits(
        [
            table([_names(routes), total, *shares, against], title, gap=3),
            table([_names(routes), total, *shares, against], title),
            table([_names(routes), total, *shares], title),
            table([_names(routes), total], title),
        ]
    )


def _by_element(compared: RouteComparison) -> RenderableType:
    """Elements side by side, as many in one table as there is room for."""
    routes = compared.comparison
    by_element: dict[str, list[Quantity]] = {}
    for route in routes:
        for found in compared.estimates[route.route].totals.elements:
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


def _names(routes: Sequence[RouteOutcome]) -> Column:
    return Column("route", [route.route for route in routes], "bold")


def _assumed(route: RouteOutcome) -> str:
    """Stages that are assumed for all elements, then those assumed for some of them."""
    whole = [p.stage for p in route.assumed if not p.elements and p.stage != _HIDDEN_LOSS]
    partly: dict[tuple[str, ...], list[str]] = {}
    for part in route.assumed:
        if part.elements:
            partly.setdefault(part.elements, []).append(part.stage)
    told = [", ".join(map(_words, whole))] if whole else []
    told += [
        f"of {', '.join(elements)} also {', '.join(map(_words, stages))}"
        for elements, stages in partly.items()
    ]
    return f"Assumed: {'; '.join(told) or 'nothing'}."


def _notes(batch: Batch, estimates: Collection[Estimate]) -> list[tuple[str, str]]:
    """Notes of all routes, each once."""
    whole = [note for estimate in estimates for note in estimate.notes]
    lines = [note for one in estimates for item in one.items for note in item.notes]
    names = [line_name(item, line.line_id) for item, line in enumerate(batch.items)]
    return noted(dict.fromkeys([*whole, *lines]), names)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
