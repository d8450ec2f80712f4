"""POST /v1/assays/import and GET /v1/assays/export: many lots at once, as CSV or NDJSON."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.exceptions import NotAcceptable, RequestEntityTooLarge
from werkzeug.wsgi import ClosingIterator

from recycler.assays import StoredLot
from recycler.lot import MeasuredLot
from recycler.reference import Tables
from recycler.settings import Settings
from recycler.web.answers.examples import answer_example
from recycler.web.endpoints import View, add_endpoint, json_answer
from recycler.web.input.strict_schema import StrictSchema
from recycler.web.lots.lot_lists import SoundLots, read_lots_ndjson, write_lots_ndjson
from recycler.web.lots.lot_tables import read_lots_csv, write_lots_csv
from recycler.web.process.assay_database import AssayDatabase
from recycler.web.views.assay_answers import ImportedSchema
from recycler.web.views.assay_queries import filter_schema, read_filters
from recycler.web.views.bodies import body_of
from recycler.web.views.queries import parameters


@dataclass(frozen=True, slots=True)
class Form:
    """A form of lists: how it is read and written, and what a file of it is called."""

    read: Callable[[bytes, Settings], SoundLots]
    write: Callable[[Iterable[MeasuredLot]], Iterator[str]]
    file: str


FORMS: Final = {
    "text/csv": Form(read_lots_csv, write_lots_csv, "assays.csv"),
    "application/x-ndjson": Form(read_lots_ndjson, write_lots_ndjson, "assays.ndjson"),
}
"""Media type -> form; the first is sent if the request leaves it open."""

_AT_ONCE: Final = 100  # texts that are sent in one piece


def assay_lists(settings: Settings, tables: Tables, database: AssayDatabase) -> Any:
    """Build the blueprint of many lots at once."""
    blueprint = Blueprint("assay_lists", __name__, description="Many measured lots at once")
    filters = filter_schema(tables)

    def import_assays() -> Response:
        """Store all lots of a list, or none of them if anything is wrong."""
        body = body_of(settings.max_import_bytes, *FORMS)
        read = FORMS[request.mimetype].read
        # Read twice: a million lots are never in memory, and a list that is wrong locks nobody out.
        for found, _ in enumerate(read(body, settings), start=1):
            if found > settings.max_import_lots:
                msg = f"The list holds more than the {settings.max_import_lots} lots that are read."
                raise RequestEntityTooLarge(msg)
        lots = read(body, settings)
        with lots.named():
            imported = database.store.add_all(lots)
        return json_answer({"added": imported.added, "unchanged": imported.unchanged})

    def export_assays() -> Response:
        """Send all lots, or those asked for, as import takes them."""
        media = _wanted()
        stored = database.store.iterate(read_filters(filters))
        answer = Response(_begun(_pieces(stored, FORMS[media].write)), mimetype=media)
        answer.headers.set("Content-Disposition", "attachment", filename=FORMS[media].file)
        answer.vary.add("Accept")
        return answer

    _add_import(blueprint, import_assays)
    _add_export(blueprint, export_assays, filters)
    return blueprint


def _add_import(blueprint: Any, view: View) -> None:
    add_endpoint(
        blueprint,
        "POST",
        "/v1/assays/import",
        view,
        answer=ImportedSchema,
        problems=(400, 409, 413, 415, 422, 500, 503),
        requestBody={"required": True, "content": {media: _text(media) for media in FORMS}},
    )


def _text(media: str) -> dict[str, Any]:
    """A list of lots as OpenAPI has it; what is exported can be imported."""
    schema = {"type": "string", "minLength": 1, "description": "Lots, as docs/http.md has them."}
    return {"schema": schema, "example": answer_example("export_assays", media)}


def _add_export(blueprint: Any, view: View, filters: StrictSchema) -> None:
    add_endpoint(
        blueprint,
        "GET",
        "/v1/assays/export",
        view,
        answer={"type": "string", "description": "One line per sample; a header comes first."},
        content_type="text/csv",
        also=("application/x-ndjson",),
        sends=("Content-Disposition", "Vary"),
        problems=(406, 422, 500, 503),
        parameters=parameters(filters),
    )


def _wanted() -> str:
    """The media type that the request would rather have.

    Raises:
        NotAcceptable: It will have none of those there are.
    """
    accepted = request.accept_mimetypes
    media = accepted.best_match(FORMS) if accepted else next(iter(FORMS))
    if media is None:
        raise NotAcceptable(f"Lots are sent as {' or '.join(FORMS)}.")
    return media


def _pieces(
    stored: Generator[StoredLot], write: Callable[[Iterable[MeasuredLot]], Iterator[str]]
) -> Generator[bytes]:
    """The list in pieces of many lots; the database is freed when it ends or is left early."""
    texts = write(one.lot for one in stored)
    try:
        while piece := "".join(islice(texts, _AT_ONCE)):
            yield piece.encode()
    finally:
        stored.close()


def _begun(pieces: Generator[bytes]) -> ClosingIterator:
    """The same pieces, the first made already: what fails at once is answered as an error."""
    first = next(pieces, b"")
    return ClosingIterator(chain([first], pieces), pieces.close)
