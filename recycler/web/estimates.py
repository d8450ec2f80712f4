"""POST /v1/estimates: a batch comes in, an estimate goes out."""

from typing import Any, Final

from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from recycler.settings import Settings
from recycler.web.answers import EstimateSchema
from recycler.web.champion import Champion
from recycler.web.documents import dump
from recycler.web.endpoints import JSON, MODEL_VERSION, add_endpoint, json_bytes
from recycler.web.schemas import parse_batch, schema_of

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


def estimates(settings: Settings, champion: Champion) -> Any:
    """Build the blueprint of the estimates."""
    blueprint = Blueprint("estimates", __name__, description="What a batch holds and yields")

    def create_estimate() -> Response:
        """Estimate what can be recovered from a batch."""
        batch = parse_batch(json_body(settings.max_body_bytes), settings)
        model = champion.model
        answer = json_bytes(dump(model.estimate(batch)))
        answer.headers[MODEL_VERSION] = model.version
        return answer

    add_endpoint(
        blueprint,
        "POST",
        "/v1/estimates",
        create_estimate,
        answer=EstimateSchema,
        problems=(400, 413, 415, 422, 500, 503),
        by_model=True,
        requestBody={
            "required": True,
            "content": {JSON: {"schema": schema_of(settings), "example": EXAMPLE}},
        },
    )
    return blueprint


def json_body(limit: int) -> bytes:
    """Body of the request, which must be JSON in UTF-8, not compressed, of `limit` bytes at most.

    Raises:
        UnsupportedMediaType: The headers announce anything else.
        RequestEntityTooLarge: The body is over the limit, whether its length was announced or not.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != JSON or charset not in ("utf-8", "utf8"):
        found = request.headers.get("Content-Type", "none")
        msg = f"Send Content-Type: application/json in UTF-8; this request's is {found[:80]!r}."
        raise UnsupportedMediaType(msg)
    if request.content_encoding not in (None, "", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")
    if (request.content_length or 0) <= limit:
        # Werkzeug cuts a body of unannounced length off at its maximum, without a word.
        request.max_content_length = limit + 1
        body = request.get_data(cache=False)
        if len(body) <= limit:
            return body
    raise RequestEntityTooLarge(f"The body is larger than the {limit} bytes that are read.")
