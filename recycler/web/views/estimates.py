"""POST /v1/estimates: a batch comes in, an estimate goes out."""

from typing import Any, Final

from flask import Response, g
from flask_smorest import Blueprint

from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.answers.schemas import EstimateSchema
from recycler.web.endpoints import add_question, answered_by, json_bytes
from recycler.web.input.effort import lines_worth
from recycler.web.input.schemas import parse_batch, schema_of
from recycler.web.process.champion import Champion
from recycler.web.process.intake_log import IntakeLog
from recycler.web.process.metrics import Metrics
from recycler.web.process.tracing import step
from recycler.web.views.bodies import json_body
from recycler.web.views.limiting import count_lines

EXAMPLE: Final[dict[str, Any]] = {
    "batch_id": "intake-0042",
    "route": "hydrometallurgy",
    "level": 0.9,
    "collected_year": 2026,
    "items": [
        {"category": "phone", "subtype": "smartphone", "count": 1200, "year": 2017},
        {
            "category": "motor",
            "subtype": "ev_traction_motor",
            "count": 35,
            "rated_power_kw": 110,
            "state": "dismantled",
        },
        {
            "category": "magnet",
            "mass_kg": 48.5,
            "magnet": {"type": "NdFeB", "grade": "N42SH"},
            "assay": {"samples": [{"Nd": 22.8, "Pr": 6.1, "Dy": 3.9, "Tb": "<0.05"}]},
        },
    ],
}
"""A batch as a sender would write it."""


def estimates(
    settings: Settings, champion: Champion, metrics: Metrics, intake: IntakeLog | None
) -> Any:
    """Build the blueprint of the estimates; `intake` counts their lines, if they are counted."""
    blueprint = Blueprint("estimates", __name__, description="What a batch holds and yields")

    def create_estimate() -> Response:
        """Estimate what can be recovered from a batch."""
        with step("parse"):
            batch = parse_batch(json_body(settings.max_body_bytes), settings)
        g.lines = len(batch.items)
        count_lines(lines_worth(batch))
        model = champion.model
        with step("estimate"):
            estimate = model.estimate(batch)
        metrics.estimated(estimate)
        if intake is not None:
            intake.record(batch, estimate)
        with step("answer"):
            return answered_by(model.version, json_bytes(dump(estimate)))

    add_question(
        blueprint,
        "/v1/estimates",
        create_estimate,
        asks=schema_of(settings),
        example=EXAMPLE,
        answer=EstimateSchema,
    )
    return blueprint
