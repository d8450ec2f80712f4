"""A sampling plan as a page for people: what is asked, the steps, what is left, what else helps."""

from collections.abc import Iterator
from dataclasses import astuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.cli.page_parts import (
    headed,
    identified,
    laid_out,
    line_name,
    lines_named,
    listed,
    short,
    titled,
)
from recycler.cli.shares_table import HEADERS, share
from recycler.cli.tables import Column, table
from recycler.elements import ELEMENTS
from recycler.estimate import VarianceShares
from recycler.plan import PlannedLine, SamplingPlan, Weighing

_YIELDS = 3  # place of the stage yields among the shares: they have none in what is contained


def plan_page(plan: SamplingPlan) -> RenderableType:
    """Everything that people want to see of a plan."""
    parts = [_heading(plan), _verdict(plan)]
    if plan.lines:
        parts.append(_steps(plan.lines))
    if plan.shares:
        parts.append(_shares(plan.shares))
    if plan.weighing:
        parts.append(_weighing(plan.weighing))
    if plan.notes:
        parts.append(listed("Notes", _notes(plan)))
    parts.append(identified(plan.model, f"Plan {plan.plan_id}"))
    return laid_out(parts)


def half_width(width: float | None) -> str:
    """A relative half-width as people write it."""
    return "unbounded" if width is None else f"±{100 * width:.3g} %"


def _heading(plan: SamplingPlan) -> RenderableType:
    name = ELEMENTS[plan.element].name
    legend = (
        f"Half-widths of the {plan.level * 100:.4g} % interval over its median; in "
        f"{plan.assurance * 100:.4g} of 100 lots the interval comes out no wider than planned."
    )
    return headed(plan.batch_id, f"{name} contained", legend)


def _verdict(plan: SamplingPlan) -> RenderableType:
    target, pieces = half_width(plan.relative_half_width_target), plan.pieces_to_assay
    now = f"Now {half_width(plan.before)}, target {target}: "
    if plan.reachable and not pieces:
        said = "nothing to assay, the target is met."
    elif plan.reachable:
        said = f"assay {pieces:,} {_pieces(pieces)}, which brings it to {half_width(plan.after)}."
    elif pieces:
        said = (
            f"assays alone do not reach it. {pieces:,} {_pieces(pieces)} bring it to "
            f"{half_width(plan.after)}; more would hardly help."
        )
    else:
        said = "assays would hardly narrow it."
    return Padding(Text(now + said, "bold"), (0, 1))


def _pieces(count: int) -> str:
    return "piece" if count == 1 else "pieces"


def _steps(lines: tuple[PlannedLine, ...]) -> RenderableType:
    numbers = [str(step) for step in range(1, len(lines) + 1)]
    return table(
        [
            Column("step", numbers, "dim", "right"),
            Column(
                "line",
                [short(line_name(line.item, line.line_id)) for line in lines],
                justify="right",
            ),
            Column("product", [line.subtype or line.category for line in lines]),
            Column("assay", [f"{line.pieces_to_assay:,}" for line in lines], "bold", "right"),
            Column("of at most", [f"{line.pieces_available:,}" for line in lines], "dim", "right"),
            Column("then", [half_width(line.after) for line in lines], justify="right"),
        ],
        "Assay, in this order",
        gap=3,
    )


def _shares(shares: VarianceShares) -> RenderableType:
    columns = [
        Column(header, [share(value)], justify="right")
        for place, (header, value) in enumerate(zip(HEADERS, astuple(shares), strict=True))
        if place != _YIELDS
    ]
    title = "What the width is owed to after the plan, as shares of the variance"
    return titled(title, table(columns))


def _notes(plan: SamplingPlan) -> Iterator[tuple[str, str]]:
    """Notes with the lines that they are about, by the names that the steps have."""
    names = {line.item: f"line {line_name(line.item, line.line_id)}" for line in plan.lines}
    for note in plan.notes:
        yield names.get(note.item, "") if note.item is not None else "", note.message


def _weighing(weighing: Weighing) -> RenderableType:
    lines = lines_named([line_name(item, None) for item in weighing.items])
    said = f"Also weigh the magnets of {lines} (magnet.mass_g): then {half_width(weighing.after)}."
    return Padding(Text(said, "bold"), (0, 1))
