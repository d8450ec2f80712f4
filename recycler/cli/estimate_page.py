"""An estimate as a page for people: totals first, then lines, losses, notes and the model."""

from collections.abc import Sequence
from itertools import chain

from rich.console import Group, RenderableType

from recycler.batch import Batch, LineItem
from recycler.cli.figures import show_mass, unit_for
from recycler.cli.page_parts import headed, identified, laid_out, line_name, listed, noted, short
from recycler.cli.tables import Column, FirstThatFits, intervals, table
from recycler.elements import ELEMENTS, RARE_EARTHS
from recycler.estimate import ElementLoss, Estimate, ItemEstimate, StageLoss, Totals

MOST_LINES = 40
"""Lines of a batch that the page shows: those with most to recover."""

_BORROWED = "*"  # behind a yield that is assumed for its element alone
_YIELDS_SHOWN = 4  # elements in the table of losses: those of which most arrives


def page(batch: Batch, estimate: Estimate) -> RenderableType:
    """Everything that people want to see of an estimate, laid out for the width at hand."""
    parts = [heading(batch, estimate.level, estimate.route), _totals(estimate.totals)]
    if len(estimate.items) > 1:
        parts.append(_lines(batch.items, estimate.items))
    parts.append(_losses(estimate.losses))
    if said := _notes(estimate):
        parts.append(listed("Notes", said))
    parts.append(identified(estimate.model, f"Estimate {estimate.estimate_id}"))
    return laid_out(parts)


def heading(batch: Batch, level: float, route: str) -> RenderableType:
    """What was estimated, on which route, and how to read the figures."""
    lines = f"{len(batch.items):,} lines"
    if len(batch.items) == 1:
        lines = f"{_product(batch.items[0])}, {_amount(batch.items[0])}"
    legend = (
        f"Medians with {level * 100:.4g} % intervals. Contained: in the batch as it "
        "arrives. Recoverable: after every stage of the route."
    )
    return headed(batch.batch_id, f"{lines} · {route}", legend)


def _totals(totals: Totals) -> RenderableType:
    elements, sums, magnets = totals.elements, totals.total_ree, totals.magnet_mass_kg
    symbols = [element.element for element in elements]
    contained = [*(e.contained_kg for e in elements), sums.contained_kg, magnets]
    recoverable = [*(e.recoverable_kg for e in elements), sums.recoverable_kg, None]
    oxides = [*(e.recoverable_oxide_kg for e in elements), totals.treo.recoverable_kg, None]
    units = [unit_for(quantity) for quantity in contained]
    label = Column("", [*symbols, "REE", "magnets"], "bold")
    name = Column("", [*(ELEMENTS[s].name for s in symbols), "all rare earths", ""], "dim")
    unit = Column("", [u.name for u in units])
    formula = Column("", [*(e.oxide or "" for e in elements), "TREO", ""], "dim")
    masses = [
        Column("contained", intervals(contained, units)),
        Column("recoverable", intervals(recoverable, units)),
        Column("as oxide", intervals(oxides, units)),
    ]
    everything = [label, name, unit, *masses, formula]
    without_names = [label, unit, *masses, formula]
    below = (len(symbols),)
    stacked = [table([label, unit, kind], sections=below) for kind in masses]
    return FirstThatFits(
        [
            table(everything, sections=below, gap=3),
            table(without_names, sections=below, gap=3),
            table(without_names, sections=below),
            table([label, unit, *masses], sections=below),
            Group(*stacked),
        ]
    )


def _lines(sent: Sequence[LineItem], items: Sequence[ItemEstimate]) -> RenderableType:
    richest = sorted(items, key=lambda item: -item.total_ree.recoverable_kg.median)[:MOST_LINES]
    shown = sorted(richest, key=lambda item: item.item)
    contained = [item.total_ree.contained_kg for item in shown]
    recoverable = [item.total_ree.recoverable_kg for item in shown]
    units = [unit_for(quantity) for quantity in contained]
    line = Column(
        "line", [short(line_name(item.item, item.line_id)) for item in shown], justify="right"
    )
    mark = Column("", ["" if item.in_domain else "!" for item in shown], "bold yellow")
    product = Column("product", [_product(item) for item in shown])
    amount = Column("", [_amount(sent[item.item]) for item in shown], "dim", "right")
    unit = Column("", [unit.name for unit in units])
    masses = [
        Column("REE contained", intervals(contained, units)),
        Column("recoverable", intervals(recoverable, units)),
    ]
    title = "Lines"
    if len(shown) < len(items):
        title = f"{len(shown)} of {len(items):,} lines, those with most to recover"
    return FirstThatFits(
        [
            table([line, mark, product, amount, unit, *masses], title, gap=3),
            table([line, mark, product, amount, unit, *masses], title),
            table([line, mark, product, unit, *masses], title),
            table([line, mark, product, unit, masses[1]], title),
        ]
    )


def _product(item: ItemEstimate | LineItem) -> str:
    return item.subtype or item.category


def _amount(line: LineItem) -> str:
    return f"{line.count:,} pcs" if line.count is not None else show_mass(line.mass_kg or 0.0)


def _losses(losses: Sequence[StageLoss]) -> RenderableType:
    main = _most_arriving(losses)
    borrowed = any(
        _is_borrowed(stage, loss)
        for stage in losses
        for loss in stage.elements
        if loss.element in main
    )
    yields = [_yields(element, losses, marked=borrowed) for element in main]
    lost = [show_mass(_rare_earths_lost(stage)) for stage in losses]
    stage = Column("stage", [stage.stage.replace("_", " ") for stage in losses])
    takes = Column("takes REE", lost, justify="right")
    basis = Column("", [stage.basis for stage in losses], "dim")
    title = "Losses by stage, and the share that each element keeps (means)"
    if borrowed:
        title = f"{title[:-1]}, {_BORROWED} assumed)"
    return FirstThatFits(
        [
            table([stage, takes, *yields, basis], title, gap=3),
            table([stage, takes, *yields, basis], title),
            table([stage, takes, yields[0]] if yields else [stage, takes], title),
        ]
    )


def _rare_earths_lost(stage: StageLoss) -> float:
    """What a stage takes of all rare earths together, in kg; iron would drown them."""
    return sum(loss.lost_kg for loss in stage.elements if loss.element in RARE_EARTHS)


def _most_arriving(losses: Sequence[StageLoss]) -> list[str]:
    """Rare earths of which most is lost over all stages, then others, in the answer's order."""
    lost: dict[str, float] = {}
    for stage in losses:
        for loss in stage.elements:
            lost[loss.element] = lost.get(loss.element, 0.0) + loss.lost_kg
    main = sorted(lost, key=lambda e: (e not in RARE_EARTHS, -lost[e]))[:_YIELDS_SHOWN]
    return [element for element in lost if element in main]


def _yields(element: str, losses: Sequence[StageLoss], *, marked: bool) -> Column:
    """The yields of one element; `marked` leaves room for a mark behind each."""
    cells = []
    for stage in losses:
        found = next((loss for loss in stage.elements if loss.element == element), None)
        mark = _BORROWED if found and _is_borrowed(stage, found) else " " * marked
        cells.append(f"{found.yield_fraction * 100:.1f} %{mark}" if found else "")
    return Column(element, cells, justify="right")


def _is_borrowed(stage: StageLoss, loss: ElementLoss) -> bool:
    """Whether a yield is assumed for an element although its stage is not for others."""
    return loss.basis == "assumed" != stage.basis


def _notes(estimate: Estimate) -> list[tuple[str, str]]:
    items = estimate.items
    notes = chain(estimate.notes, *(item.notes for item in items))
    return noted(notes, [line_name(item.item, item.line_id) for item in items])
