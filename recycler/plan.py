"""What a sampling plan says: how many magnets to assay, of which lines, and what that brings.

Widths are relative half-widths: half the central interval of the batch's contained mass of the
element, over the median of that mass. None stands where the median is zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recycler.batch import Batch, FieldError, InvalidBatchError
from recycler.estimate import ModelReference, Note, VarianceShares, identify

ASSURANCE: Final = 0.8
"""Probability that a lot assayed as planned comes out no wider than the plan says."""

MOST_PIECES: Final = 100
"""Most pieces of one line that a plan asks for."""


class InvalidPlanRequestError(InvalidBatchError):
    """No plan can be made of the request; pointers are into it: /batch/..., /element."""


@dataclass(frozen=True)
class PlannedLine:
    """A step of the plan: magnets of so many pieces of one line, assayed one by one.

    `pieces_available` are those that may be asked for: expected to hold such a magnet, less those
    assayed already, MOST_PIECES of a line at most; `after` is the relative half-width once this
    step and all before it are done.
    """

    item: int
    line_id: str | None
    category: str
    subtype: str | None
    pieces_available: int
    pieces_to_assay: int
    after: float | None


@dataclass(frozen=True)
class Weighing:
    """What weighing magnets would bring on top of the plan.

    `items` are the lines, by their index, whose magnets are worth weighing (magnet.mass_g);
    `after` is the relative half-width that the plan reaches together with it.
    """

    items: tuple[int, ...]
    after: float | None


@dataclass(frozen=True)
class SamplingStrategy:
    """What the model says of a request, before a version and an id are put to it.

    Attributes:
        before: Relative half-width as things stand, the one of the estimate.
        after: Relative half-width after the whole plan.
        floor: Least relative half-width that a plan brings about; all pieces left would then
            narrow the interval by less than 5 %.
        reachable: Whether the target is met.
        shares: What the width after the plan is owed to, for the contained mass of the element;
            `stage_yields` is 0. None where nothing varies.
        weighing: None where the masses of the magnets hardly matter.
    """

    before: float | None
    after: float | None
    floor: float | None
    reachable: bool
    lines: tuple[PlannedLine, ...]
    shares: VarianceShares | None
    weighing: Weighing | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class SamplingPlan:
    """The answer to a request for a plan; the fields of SamplingStrategy with what was asked.

    `plan_id` is a digest of the request and the model version.
    """

    plan_id: str
    batch_id: str | None
    element: str
    level: float
    assurance: float
    relative_half_width_target: float
    before: float | None
    after: float | None
    floor: float | None
    reachable: bool
    pieces_to_assay: int
    lines: tuple[PlannedLine, ...]
    shares: VarianceShares | None
    weighing: Weighing | None
    notes: tuple[Note, ...]
    model: ModelReference


def plan_answer(
    batch: Batch, element: str, target: float, found: SamplingStrategy, model: ModelReference
) -> SamplingPlan:
    """Put the request's own words, an id and the model's reference to a strategy."""
    return SamplingPlan(
        plan_id=identify(batch, model.version, f"{element} {target!r}"),
        batch_id=batch.batch_id,
        element=element,
        level=batch.level,
        assurance=ASSURANCE,
        relative_half_width_target=target,
        before=found.before,
        after=found.after,
        floor=found.floor,
        reachable=found.reachable,
        pieces_to_assay=sum(line.pieces_to_assay for line in found.lines),
        lines=found.lines,
        shares=found.shares,
        weighing=found.weighing,
        notes=found.notes,
        model=model,
    )


def in_request(errors: Iterable[FieldError]) -> InvalidPlanRequestError:
    """Errors of a batch as errors of the request that it stands in."""
    return InvalidPlanRequestError(FieldError(f"/batch{e.pointer}", e.message) for e in errors)
