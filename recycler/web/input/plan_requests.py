"""From bytes to a request for a sampling plan: a batch, an element and a target."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

import marshmallow as ma

from recycler.batch import Batch, FieldError, InvalidBatchError
from recycler.elements import RARE_EARTHS
from recycler.plan import InvalidPlanRequestError
from recycler.settings import Settings
from recycler.web.input.effort import limit_analysed, limit_planned
from recycler.web.input.fields import Built, Choice, Number
from recycler.web.input.json_input import read_json
from recycler.web.input.line_rules import build_batch
from recycler.web.input.pointers import field_errors
from recycler.web.input.schemas import schema_of
from recycler.web.input.sentences import Messages
from recycler.web.input.strict_schema import StrictSchema, strict_schema

WIDTHS: Final = (0.001, 0.999)
"""Relative half-widths that may be asked for."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is asked for."""

    batch: Batch
    element: str
    relative_half_width: float


def parse_plan_request(document: bytes, settings: Settings) -> PlanRequest:
    """Read a request from a JSON document.

    Raises:
        MalformedError: The document is not strict JSON.
        InvalidPlanRequestError: It is JSON but no request; every wrong field is named.
    """
    parsed = read_json(document, settings.max_json_depth)
    try:
        return PlanRequest(**plan_request_schema(settings).load(parsed))
    except ma.ValidationError as error:
        raise InvalidPlanRequestError(field_errors(error.messages)) from None


@lru_cache(maxsize=8)
def plan_request_schema(settings: Settings) -> StrictSchema:
    """Build the schema of a request for the limits of the settings."""
    symbols = {symbol: symbol for symbol in RARE_EARTHS}
    about = "Rare earth whose contained mass is to be known better."
    width = "Target: half the central interval at the batch's level, over the median."
    return strict_schema(
        "SamplingPlanRequest",
        "a request for a sampling plan",
        {
            "batch": Built(
                schema_of(settings),
                partial(_build, settings=settings),
                description="The batch, as for an estimate.",
                required=True,
            ),
            "element": Choice("rare earth", symbols, description=about, required=True),
            "relative_half_width": Number(*WIDTHS, description=width, required=True),
        },
    )


def _build(fields: dict[str, Any], settings: Settings) -> Batch:
    """Put the batch together; what is wrong across its lines joins what else is wrong."""
    try:
        batch = build_batch(fields, settings.plant)
        limit_analysed(batch, settings.max_analysed_lines)
        limit_planned(batch, settings.max_planned_lines)
    except InvalidBatchError as error:
        raise ma.ValidationError(_nested(error.errors)) from None
    return batch


def _nested(errors: Iterable[FieldError]) -> Messages:
    """Errors by pointer as marshmallow nests them."""
    messages: Messages = {}
    for error in errors:
        *path, last = error.pointer.split("/")[1:]
        place = messages
        for step in path:
            place = place.setdefault(int(step) if step.isdigit() else step, {})
        place.setdefault(last, []).append(error.message)
    return messages
