"""POST /v1/route-comparisons: a batch comes in, every route side by side goes out."""

from typing import Any

import marshmallow as ma
from flask import Response, g
from flask_smorest import Blueprint

from recycler.comparison import DELIVERS
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.answers.schemas import (
    DIGEST,
    ElementEstimateSchema,
    MassSchema,
    ModelReferenceSchema,
    NoteSchema,
    StageLossSchema,
    many,
    one,
    share,
    shares_by_name,
    text,
    texts,
    word,
)
from recycler.web.endpoints import add_question, answered_by, json_bytes
from recycler.web.input.effort import lines_worth
from recycler.web.input.schemas import parse_batch, schema_of
from recycler.web.process.champion import Champion
from recycler.web.process.tracing import step
from recycler.web.views.bodies import json_body
from recycler.web.views.estimates import EXAMPLE
from recycler.web.views.limiting import count_lines


class RouteTotalsSchema(ma.Schema):
    """The whole batch on one route: what the estimate on that route says in its totals."""

    elements = many(ElementEstimateSchema, "Rare earths, then companions that were measured.")
    total_ree = one(MassSchema, "All rare earths together, as metal.")
    treo = one(MassSchema, "All rare earths together, as oxides.")


class AssumedPartSchema(ma.Schema):
    """A stage that rests on an assumption."""

    stage = text("Name of the stage.")
    elements = texts("Elements for which it is assumed; none if for all.")


class ComparedRouteSchema(ma.Schema):
    """How one route does on the batch, beside the others and on the same draws."""

    route = text("The route, as a batch would name it.")
    label = text("What it means, as in /v1/routes.", allow_none=True)
    delivers = word(
        "Form that the rare earths leave it in.", sorted(set(DELIVERS.values())), allow_none=True
    )
    probability_of_most = share(
        "Probability that no other route yields more rare earths (those that tie share it); null "
        "if there are none",
        allow_none=True,
    )
    probability_of_more_than = shares_by_name(
        "Other route -> probability to yield more rare earths than it; empty if there are none"
    )
    total_yield_fraction = share(
        "Mean recoverable over mean contained of all rare earths; null if there are none",
        allow_none=True,
    )
    yield_fractions = shares_by_name("Element -> mean recoverable over mean contained")
    totals = one(RouteTotalsSchema, "The whole batch on this route.")
    losses = many(StageLossSchema, "What each stage takes, in the route's order.")
    assumed = many(AssumedPartSchema, "Stages that rest on an assumption.")


class RouteComparisonSchema(ma.Schema):
    """The answer to a batch: every route side by side."""

    comparison_id = text(
        "Digest of the batch and the model version: the same for the same.", pattern=DIGEST
    )
    batch_id = text("The sender's name for the batch.", allow_none=True)
    level = share("Probability that an interval holds")
    route = text("The batch's own route, that of its estimate; it changes nothing of `routes`.")
    model = one(ModelReferenceSchema, "The model that answered.")
    routes = many(
        ComparedRouteSchema, "Every route, the largest mean of recoverable rare earths first."
    )
    notes = many(NoteSchema, "What the reader should know of the batch, then of its lines.")


def route_comparisons(settings: Settings, champion: Champion) -> Any:
    """Build the blueprint of the route comparisons."""
    blueprint = Blueprint("route_comparisons", __name__, description="Every route side by side")

    def create_route_comparison() -> Response:
        """Compare what every route recovers from a batch, whichever route the batch names."""
        with step("parse"):
            batch = parse_batch(json_body(settings.max_body_bytes), settings)
        g.lines = len(batch.items)
        count_lines(lines_worth(batch))
        model = champion.model
        with step("estimate"):
            compared = model.compare(batch)
        with step("answer"):
            return answered_by(model.version, json_bytes(dump(compared)))

    add_question(
        blueprint,
        "/v1/route-comparisons",
        create_route_comparison,
        asks=schema_of(settings),
        example=EXAMPLE,
        answer=RouteComparisonSchema,
    )
    return blueprint
