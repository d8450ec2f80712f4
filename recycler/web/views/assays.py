"""/v1/assays: measured lots are stored, and listed page by page."""

from typing import Any, Final

from flask import Response, request, url_for
from flask_smorest import Blueprint

from recycler.assays import InvalidCursorError
from recycler.batch import FieldError
from recycler.reference import Tables
from recycler.settings import Settings
from recycler.web.endpoints import JSON, add_endpoint, json_answer
from recycler.web.lots.schema import EXAMPLE, lot_schema, parse_lot
from recycler.web.problems import InvalidQueryError
from recycler.web.process.assay_database import AssayDatabase
from recycler.web.views.assay_answers import (
    AssaysSchema,
    StoredAssaySchema,
    around,
    assay_answer,
    listing,
    page_document,
)
from recycler.web.views.assay_queries import page_schema, read_page
from recycler.web.views.bodies import json_body
from recycler.web.views.preconditions import IDEMPOTENCY_KEY, KEY_FORM, idempotency_key
from recycler.web.views.queries import parameters

_KEY_SENT: Final = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "description": "Your name for this attempt: sent again, it stores nothing a second time.",
    "schema": {"type": "string", "pattern": KEY_FORM},
}


def assays(settings: Settings, tables: Tables, database: AssayDatabase) -> Any:
    """Build the blueprint of the measured lots."""
    blueprint = Blueprint("assays", __name__, description="Measured lots, kept by the service")
    lot, pages = lot_schema(settings), page_schema(tables)
    stored = around(StoredAssaySchema, lot)

    def create_assay() -> Response:
        """Store a measured lot."""
        key = idempotency_key()
        sent = parse_lot(json_body(settings.max_body_bytes), settings)
        made, _ = database.store.add(sent, key=key)
        answer = assay_answer(made, 201)
        answer.headers["Location"] = url_for("assay.get_assay", assay_id=made.assay_id)
        return answer

    def list_assays() -> Response:
        """List measured lots in the order of their arrival."""
        asked = read_page(pages)
        try:
            page = database.store.find(asked.filters, limit=asked.limit, after=asked.after)
        except InvalidCursorError as error:
            raise InvalidQueryError((FieldError("/after", str(error)),)) from None
        answer = json_answer(page_document(page))
        if page.next is not None:
            answer.headers["Link"] = f'<{_further(page.next)}>; rel="next"'
        return answer

    add_endpoint(
        blueprint,
        "POST",
        "/v1/assays",
        create_assay,
        answer=stored,
        status=201,
        sends=("Location", "ETag"),
        problems=(400, 409, 413, 415, 422, 500, 503),
        parameters=[_KEY_SENT],
        requestBody={"required": True, "content": {JSON: {"schema": lot, "example": EXAMPLE}}},
    )
    add_endpoint(
        blueprint,
        "GET",
        "/v1/assays",
        list_assays,
        answer=listing(AssaysSchema, "assays", stored, "In the order of their arrival."),
        sends=("Link",),
        problems=(422, 500, 503),
        parameters=parameters(pages),
    )
    return blueprint


def _further(after: str) -> str:
    """Where the next page of the same question is."""
    asked: dict[str, Any] = request.args.to_dict()
    return url_for("assays.list_assays", **{**asked, "after": after})
