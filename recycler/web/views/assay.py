"""/v1/assays/{assay_id}: one measured lot, as it is, as it was, and how it is changed."""

import re
from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint
from werkzeug.routing import BaseConverter

from recycler.assays import UnknownAssayError
from recycler.settings import Settings
from recycler.web.endpoints import JSON, View, add_endpoint, json_answer
from recycler.web.input.strict_schema import StrictSchema
from recycler.web.lots.schema import EXAMPLE, lot_schema, parse_lot
from recycler.web.process.assay_database import AssayDatabase
from recycler.web.views.assay_answers import (
    AssayHistorySchema,
    AssayVersionSchema,
    StoredAssaySchema,
    around,
    assay_answer,
    history_document,
    listing,
)
from recycler.web.views.assay_queries import deletion_schema, read_deletion
from recycler.web.views.bodies import json_body
from recycler.web.views.preconditions import (
    IF_MATCH,
    VERSIONS_FORM,
    allowed_version,
    required_version,
)
from recycler.web.views.queries import parameters

CONVERTER: Final = "assay"
"""What the application's map of URLs calls AssayName."""

_PATH: Final = f"/v1/assays/<{CONVERTER}:assay_id>"

_NAME: Final = {"assay_id": ("Name of the assay.", "0b7c1f4e-6a52-4d0c-9d5b-3f1d2a8e7c64")}
_GONE: Final = {"who": "Ada", "why": "measured another crate"}

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST: Final = 64  # characters of an unknown name that the answer repeats


class AssayName(BaseConverter):
    """The part of a path that names an assay: anything but the lists that stand at its side."""

    regex = r"(?!(?:import|export)\Z)[^/]+"

    def documented(self) -> dict[str, str]:
        """What an assay's name is, for the OpenAPI document."""
        return {"type": "string", "format": "uuid"}


def assay(settings: Settings, database: AssayDatabase) -> Any:
    """Build the blueprint of a single measured lot."""
    blueprint = Blueprint("assay", __name__, description="One measured lot")
    lot, deletion = lot_schema(settings), deletion_schema()

    def get_assay(assay_id: str) -> Response:
        """Show a measured lot."""
        return assay_answer(database.store.get(_known(assay_id)))

    def replace_assay(assay_id: str) -> Response:
        """Replace a measured lot, such as after a correction; what it was is kept."""
        store = database.store
        version = required_version(store, _known(assay_id))
        sent = parse_lot(json_body(settings.max_body_bytes), settings)
        return assay_answer(store.replace(assay_id, sent, expected=version))

    def delete_assay(assay_id: str) -> Response:
        """Delete a measured lot: it is found no more, and its lot_id is free again."""
        asked, store = read_deletion(deletion), database.store
        version = allowed_version(store, _known(assay_id))
        gone = store.delete(assay_id, who=asked.who, why=asked.why, expected=version)
        return assay_answer(gone)

    def get_assay_history(assay_id: str) -> Response:
        """Show the versions of a measured lot before the present one; of a deleted lot all."""
        versions = database.store.history(_known(assay_id))
        return json_answer(history_document(assay_id, versions))

    _add_get(blueprint, get_assay, lot)
    _add_replace(blueprint, replace_assay, lot)
    _add_delete(blueprint, delete_assay, lot, deletion)
    _add_history(blueprint, get_assay_history, lot)
    return blueprint


def _add_get(blueprint: Any, view: View, lot: StrictSchema) -> None:
    add_endpoint(
        blueprint,
        "GET",
        _PATH,
        view,
        names=_NAME,
        answer=around(StoredAssaySchema, lot),
        sends=("ETag",),
        problems=(404, 410, 500, 503),
    )


def _add_replace(blueprint: Any, view: View, lot: StrictSchema) -> None:
    add_endpoint(
        blueprint,
        "PUT",
        _PATH,
        view,
        names=_NAME,
        answer=around(StoredAssaySchema, lot),
        sends=("ETag",),
        problems=(400, 404, 409, 410, 412, 413, 415, 422, 428, 500, 503),
        parameters=[_version_sent(required=True)],
        requestBody={"required": True, "content": {JSON: {"schema": lot, "example": EXAMPLE}}},
    )


def _add_delete(blueprint: Any, view: View, lot: StrictSchema, deletion: StrictSchema) -> None:
    add_endpoint(
        blueprint,
        "DELETE",
        _PATH,
        view,
        names=_NAME,
        answer=around(StoredAssaySchema, lot),
        sends=("ETag",),
        problems=(400, 404, 410, 412, 422, 500, 503),
        parameters=[_version_sent(required=False), *parameters(deletion, _GONE)],
    )


def _add_history(blueprint: Any, view: View, lot: StrictSchema) -> None:
    version = around(AssayVersionSchema, lot)
    meaning = "Versions before the present one, the oldest first; of a deleted lot every version."
    add_endpoint(
        blueprint,
        "GET",
        f"{_PATH}/history",
        view,
        names=_NAME,
        answer=listing(AssayHistorySchema, "versions", version, meaning),
        problems=(404, 500, 503),
    )


def _version_sent(*, required: bool) -> dict[str, Any]:
    return {
        "in": "header",
        "name": IF_MATCH,
        "required": required,
        "description": "ETag of the version that is meant; another one is refused.",
        "schema": {"type": "string", "pattern": VERSIONS_FORM},
        "example": '"1"',
    }


def _known(assay_id: str) -> str:
    """The name, if it is one that the store gives.

    Raises:
        UnknownAssayError: It is not.
    """
    if not _UUID.fullmatch(assay_id):
        raise UnknownAssayError(assay_id[:_LONGEST])
    return assay_id
