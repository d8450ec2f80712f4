"""Errors as RFC 9457 problem details: one table, one handler, one shape for every path.

An error in the table below answers with its own type; any other HTTP error with `about:blank`;
anything else is ours, answers 500, says nothing of itself and is logged.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import marshmallow as ma
import orjson
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from recycler.assays import (
    DatabaseUnavailableError,
    DeletedAssayError,
    DuplicateLotError,
    KeyReusedError,
    StaleVersionError,
    UnknownAssayError,
    UnstorableLotError,
)
from recycler.batch import FieldError, InvalidBatchError
from recycler.keys import KeysUnavailableError
from recycler.plan import InvalidPlanRequestError
from recycler.web.access.errors import (
    AccessError,
    KeyRejectedError,
    KeyWantedError,
    MissingScopeError,
)
from recycler.web.answers.schemas import flag, many, text, timestamp, whole
from recycler.web.input.json_input import MalformedError
from recycler.web.input.tables import TableInputError
from recycler.web.lots.lot_lists import InvalidLotsError
from recycler.web.lots.schema import InvalidLotError
from recycler.web.lots.stored_documents import deletion_document
from recycler.web.request_id import SANE_ID, request_id

PROBLEM_JSON: Final = "application/problem+json"

MOST_SHOWN: Final = 50
"""Errors listed in one answer; `detail` says how many there are."""

RETRY_AFTER_S: Final = "RETRY_AFTER_S"
"""Key in the application's configuration: what Retry-After says with every 503."""

_LOG = logging.getLogger(__name__)


class NotReadyError(RuntimeError):
    """The service cannot answer yet; `checks`, if any, are those of /readyz."""

    def __init__(self, reason: str, checks: Sequence["Check"] = ()) -> None:
        super().__init__(reason)
        self.checks = checks


class InvalidQueryError(ValueError):
    """The query string asks for something that there is not; `errors` say what, by parameter."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("The query string cannot be answered as it stands")
        self.errors = errors


class UnknownSourceError(LookupError):
    """No source has the id asked for; the message names those that are spelt alike."""


class NoPageError(LookupError):
    """The model that answers has no card as a page."""


class MalformedHeaderError(ValueError):
    """A header of the request cannot be read; the message names it."""


class MissingVersionError(ValueError):
    """A change did not say which version it changes."""


class RateLimitError(RuntimeError):
    """A sender asks for more than one sender may.

    Args:
        unit: What is counted, such as "requests".
        limit: How many there may be in a window.
        window_s: Seconds that a window lasts.
        wait_s: Seconds until the next window begins.
        asked: How many were asked for at once.
    """

    def __init__(self, unit: str, limit: int, window_s: int, wait_s: int, asked: int) -> None:
        advice = f"go on in {wait_s} s" if asked <= limit else "send fewer at once"
        super().__init__(f"One sender may ask for {limit} {unit} in {window_s} s; {advice}")
        self.wait_s = wait_s
        self.policy = f'"{unit}";q={limit};w={window_s}'
        self.left = f'"{unit}";r=0;t={wait_s}'


class OtherVersionError(ValueError):
    """The assay is at none of the versions that the request names."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold before the service is ready."""

    check: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, its type (a URI) and its title."""

    status: int
    type: str
    title: str


def _kind(status: int, name: str, title: str) -> Kind:
    return Kind(status, f"urn:problem-type:recycler:{name}", title)


_STALE: Final = _kind(412, "stale-version", "The assay is at another version")

KINDS: Final[Mapping[type[Exception], Kind]] = MappingProxyType(
    {
        KeyWantedError: _kind(401, "key-wanted", "A key is needed"),
        KeyRejectedError: _kind(401, "key-rejected", "The key is not good"),
        MissingScopeError: _kind(403, "missing-scope", "The key is not good for this"),
        KeysUnavailableError: _kind(
            503, "keys-unavailable", "Nobody can tell now whether the key is good"
        ),
        MalformedError: _kind(400, "malformed-json", "The body is not strict JSON"),
        InvalidPlanRequestError: _kind(
            422, "invalid-plan-request", "No sampling plan can be made of this request"
        ),
        InvalidBatchError: _kind(
            422, "invalid-batch", "The batch cannot be estimated as it stands"
        ),
        InvalidQueryError: _kind(422, "invalid-query", "The query string cannot be answered"),
        UnknownSourceError: _kind(404, "unknown-source", "There is no such source"),
        NoPageError: _kind(404, "no-page", "The model has no card as a page"),
        DatabaseUnavailableError: _kind(
            503, "database-unavailable", "The database of assays cannot be used now"
        ),
        NotReadyError: _kind(503, "not-ready", "The service has no model to answer with"),
        InvalidLotError: _kind(422, "invalid-lot", "No such lot can have been measured"),
        TableInputError: _kind(400, "malformed-table", "The body is not a table of lots"),
        InvalidLotsError: _kind(422, "invalid-lots", "Not all of these lots can be stored"),
        MalformedHeaderError: _kind(400, "malformed-header", "A header cannot be read"),
        KeyReusedError: _kind(
            422, "idempotency-key-reused", "The Idempotency-Key was used for another lot"
        ),
        DuplicateLotError: _kind(409, "duplicate-lot", "The plant has a lot of this name"),
        RateLimitError: _kind(429, "rate-limit", "One sender asks for too much"),
        UnstorableLotError: _kind(422, "unstorable-lot", "The database refuses a value"),
        UnknownAssayError: _kind(404, "unknown-assay", "There is no such assay"),
        DeletedAssayError: _kind(410, "deleted-assay", "The assay was deleted"),
        MissingVersionError: _kind(428, "version-required", "If-Match is missing"),
        OtherVersionError: _STALE,
        StaleVersionError: _STALE,
    }
)

_BY_FIELD: Final = (InvalidBatchError, InvalidQueryError, InvalidLotError, InvalidLotsError)
"""Errors that say field by field what is wrong."""

_DETAILS: Final[Mapping[int, str]] = MappingProxyType(
    {
        404: "There is nothing at this path; /openapi.json lists what there is.",
        405: "This path does not answer this method; the Allow header lists those it answers.",
        500: "The service failed on this request. The fault is logged under this request_id.",
    }
)


_PHRASES: Final[Mapping[int, str]] = MappingProxyType(
    {413: "Content Too Large", 422: "Unprocessable Content"}
)


class FieldErrorSchema(ma.Schema):
    """One thing wrong with the request."""

    pointer = text("JSON Pointer (RFC 6901) into the request; in an import, the line first.")
    message = text("What is wrong there and what would be right.")


class CheckSchema(ma.Schema):
    """One thing that must hold before the service is ready."""

    check = text("What is checked.")
    passed = flag("Whether it holds.")
    detail = text("What was found.")


class DeletionSchema(ma.Schema):
    """How an assay came to be deleted."""

    when = timestamp("When it was deleted, UTC.")
    who = text("Who decided.")
    why = text("The reason.")


class ProblemSchema(ma.Schema):
    """An error as RFC 9457 has it; for the OpenAPI document only."""

    type = text(
        "URI of the kind of problem, or about:blank.",
        pattern="^(about:blank|urn:problem-type:recycler:[a-z-]+)$",
    )
    title = text("The kind in words.")
    status = whole("HTTP status code.", least=400)
    detail = text("This occurrence in words.")
    instance = text("Path of the request.")
    errors = many(FieldErrorSchema, "Every field that is wrong, at most 50; empty if none is.")
    request_id = text("The X-Request-ID of the answer.", pattern=SANE_ID)
    checks = ma.fields.List(
        ma.fields.Nested(CheckSchema), metadata={"description": "Of /readyz alone."}
    )
    assay_id = ma.fields.String(
        metadata={
            "description": "Of duplicate-lot and idempotency-key-reused: what stands there.",
            "format": "uuid",
        }
    )
    deleted = ma.fields.Nested(DeletionSchema, metadata={"description": "Of deleted-assay alone."})


def phrase(status: int) -> str:
    """What RFC 9110 calls a status, whatever the version of Python calls it."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def problem_response(error: Exception) -> Response:
    """Answer any exception; the one error handler of the application."""
    kind = _kind_of(error)
    if kind.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("request %s failed", request_id(), exc_info=error)
    elif isinstance(error, DatabaseUnavailableError):
        _LOG.warning("request %s: %s", request_id(), error)
    body = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": _detail(error, kind),
        "instance": quote(request.script_root + request.path),
        "errors": [_plain(e) for e in _field_errors(error)[:MOST_SHOWN]],
        "request_id": request_id(),
        **_members(error),
    }
    headers = _headers(error, kind)
    return Response(orjson.dumps(body), kind.status, headers, content_type=PROBLEM_JSON)


def _members(error: Exception) -> dict[str, Any]:
    """Members that only some kinds of problem have."""
    match error:
        case NotReadyError() if error.checks:
            return {"checks": list(error.checks)}
        case DuplicateLotError() | KeyReusedError():
            return {"assay_id": error.assay_id}
        case DeletedAssayError():
            return {"deleted": deletion_document(error.deletion)}
    return {}


def _kind_of(error: Exception) -> Kind:
    for cls in type(error).__mro__:
        if cls in KINDS:
            return KINDS[cls]
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    return Kind(status, "about:blank", phrase(status))


def _detail(error: Exception, kind: Kind) -> str:
    if isinstance(error, _BY_FIELD):
        return _count(error.errors)
    if isinstance(error, DatabaseUnavailableError):
        return "What was asked for needs the database of assays; the log says what is wrong."
    if kind.type != "about:blank":
        return _sentence(str(error))
    if kind.status in _DETAILS:
        return _DETAILS[kind.status]
    said = error.description if isinstance(error, HTTPException) else None
    return said or f"{kind.title}."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _headers(error: Exception, kind: Kind) -> list[tuple[str, str]]:
    """Headers that belong to an error by itself, such as Allow with 405."""
    own = error.get_headers() if isinstance(error, HTTPException) else []
    kept = [(name, value) for name, value in own if name != "Content-Type"]
    if isinstance(error, AccessError):
        kept.append(("WWW-Authenticate", error.challenge))
    if kind.status == HTTPStatus.SERVICE_UNAVAILABLE:
        kept.append(("Retry-After", str(current_app.config[RETRY_AFTER_S])))
    if isinstance(error, RateLimitError):
        kept.append(("Retry-After", str(error.wait_s)))
        kept += [("RateLimit-Policy", error.policy), ("RateLimit", error.left)]
    return kept


def _count(errors: tuple[FieldError, ...]) -> str:
    many = f"{len(errors)} fields are wrong" if len(errors) != 1 else "One field is wrong"
    return f"{many}; the first {MOST_SHOWN} are listed." if len(errors) > MOST_SHOWN else f"{many}."


def _field_errors(error: Exception) -> tuple[FieldError, ...]:
    return error.errors if isinstance(error, _BY_FIELD) else ()


def _plain(error: FieldError) -> dict[str, str]:
    return {"pointer": error.pointer, "message": error.message}
