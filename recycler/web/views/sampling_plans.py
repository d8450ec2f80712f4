"""POST /v1/sampling-plans: a batch and a target come in, which pieces to assay goes out."""

from typing import Any, Final

import marshmallow as ma
from flask import Response, g
from flask_smorest import Blueprint
from marshmallow import fields

from recycler.elements import RARE_EARTHS
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.answers.schemas import (
    DIGEST,
    ModelReferenceSchema,
    NoteSchema,
    VarianceSharesSchema,
    amount,
    flag,
    many,
    one,
    share,
    symbol,
    text,
    whole,
    wholes,
)
from recycler.web.endpoints import add_question, answered_by, json_bytes
from recycler.web.input.effort import PLANNED_WORTH, lines_worth
from recycler.web.input.plan_requests import parse_plan_request, plan_request_schema
from recycler.web.process.champion import Champion
from recycler.web.process.tracing import step
from recycler.web.views.bodies import json_body
from recycler.web.views.limiting import count_lines

EXAMPLE: Final[dict[str, Any]] = {
    "batch": {
        "batch_id": "magnets-07",
        "items": [
            {"category": "magnet", "mass_kg": 60, "unit_mass_kg": 0.02, "line_id": "crate-1"},
            {"category": "magnet", "count": 30, "unit_mass_kg": 1, "line_id": "crate-2"},
        ],
    },
    "element": "Dy",
    "relative_half_width": 0.4,
}
"""A request as a sender would write it."""

_SHARES = "What the width after the plan is owed to; stage_yields is 0; null if nothing varies."


def width(description: str) -> fields.Float:
    """Document a relative half-width, which is null where the median is zero."""
    return amount(f"{description} Null where the median is zero.", allow_none=True)


class PlannedLineSchema(ma.Schema):
    """A step of the plan."""

    item = whole("Index of the line.")
    line_id = text("The sender's name for the line.", allow_none=True)
    category = text("Category of the line.")
    subtype = text("Subtype of the line.", allow_none=True)
    pieces_available = whole("Pieces that a plan may ask for.")
    pieces_to_assay = whole("Pieces whose magnets to assay, one by one.", least=1)
    after = width("Relative half-width once this step and all before it are done.")


class WeighingSchema(ma.Schema):
    """What weighing magnets would bring on top of the plan."""

    items = wholes("Indices of the lines whose magnets to weigh (magnet.mass_g).")
    after = width("Relative half-width with the plan and the weighing.")


class SamplingPlanSchema(ma.Schema):
    """The answer to a request for a plan."""

    plan_id = text(
        "Digest of the request and the model version: the same for the same.", pattern=DIGEST
    )
    batch_id = text("The sender's name for the batch.", allow_none=True)
    element = symbol("The element that is to be known better.", RARE_EARTHS)
    level = share("Probability that an interval holds")
    assurance = share("Probability that a lot comes out no wider than the plan says")
    relative_half_width_target = share("The target")
    before = width("Relative half-width as things stand.")
    after = width("Relative half-width after the whole plan.")
    floor = width("Least relative half-width that assays bring about.")
    reachable = flag("Whether the target is met by assays alone.")
    pieces_to_assay = whole("Pieces to assay, all lines together.")
    lines = many(PlannedLineSchema, "The steps, the most telling first.")
    shares = one(VarianceSharesSchema, _SHARES, allow_none=True)
    weighing = one(
        WeighingSchema, "What weighing would add; null if masses hardly matter.", allow_none=True
    )
    notes = many(NoteSchema, "What the reader should know.")
    model = one(ModelReferenceSchema, "The model that answered.")


def sampling_plans(settings: Settings, champion: Champion) -> Any:
    """Build the blueprint of the sampling plans."""
    blueprint = Blueprint("sampling_plans", __name__, description="Which pieces to assay next")

    def create_sampling_plan() -> Response:
        """Say how many pieces of which lines to assay for an interval of a given width."""
        with step("parse"):
            asked = parse_plan_request(json_body(settings.max_body_bytes), settings)
        g.lines = len(asked.batch.items)
        count_lines(PLANNED_WORTH * lines_worth(asked.batch))
        model = champion.model
        with step("estimate"):
            plan = model.plan(asked.batch, asked.element, asked.relative_half_width)
        with step("answer"):
            return answered_by(model.version, json_bytes(dump(plan)))

    add_question(
        blueprint,
        "/v1/sampling-plans",
        create_sampling_plan,
        asks=plan_request_schema(settings),
        example=EXAMPLE,
        answer=SamplingPlanSchema,
    )
    return blueprint
