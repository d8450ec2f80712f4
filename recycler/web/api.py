"""The OpenAPI document: flask-smorest with this service's errors in place of its own."""

from http import HTTPStatus
from typing import Any, Final

import flask_smorest
from flask import Flask, Response

from recycler import __version__
from recycler.web.access.document import KEPT_OUT
from recycler.web.answers.examples import problem_examples
from recycler.web.endpoints import MODEL_VERSION, component_name
from recycler.web.problems import PROBLEM_JSON, ProblemSchema, phrase, problem_response
from recycler.web.request_id import HEADER as REQUEST_ID
from recycler.web.request_id import SANE_ID

STATUSES: Final = (400, 401, 403, 404, 406, 409, 410, 412, 413, 415, 422, 428, 429, 500, 503)
"""Every status that an operation may fail with; 405 belongs to no operation."""

_DESCRIPTION: Final = """\
Recoverable rare earths in a batch of e-waste, with calibrated intervals and the sources behind
each number. Percent are mass % at this edge; quantities come in kg. The same request to the same
model version gives the same bytes. Every error is a problem of RFC 9457.
"""


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api, answering and documenting errors as problem details."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names all of its own

    def handle_http_exception(self, error: Exception) -> Response:
        """Answer an HTTP error."""
        return problem_response(error)


def add_api(app: Flask) -> Api:
    """Give an application its Api, with the responses and headers that endpoints refer to."""
    app.config.update(
        API_TITLE="recycler",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": _DESCRIPTION, "license": _LICENSE}},
    )
    api = Api(app)
    app.register_error_handler(Exception, problem_response)
    _register_components(api.spec.components)
    return api


_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


_ID: Final = component_name(REQUEST_ID)
_RETRY_AFTER: Final = "RETRY_AFTER"
_CHALLENGE: Final = "WWW_AUTHENTICATE"
_LIMITS: Final = ("RateLimit-Policy", "RateLimit")

_TEXT: Final = {"type": "string", "minLength": 1}


def _register_components(components: Any) -> None:
    for name, header in _headers().items():
        components.header(name, header, lazy=True)
    for status in STATUSES:
        # the gate's belong to operations that do not name them: they are there unasked
        components.response(f"PROBLEM_{status}", _problem(status), lazy=status not in KEPT_OUT)


def _problem(status: int) -> dict[str, Any]:
    """How an error with a status is answered."""
    sent = {REQUEST_ID: _ID}
    if status in KEPT_OUT:
        sent["WWW-Authenticate"] = _CHALLENGE
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        sent["Retry-After"] = _RETRY_AFTER
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        sent |= {name: component_name(name) for name in _LIMITS}
    return {
        "description": phrase(status),
        "headers": sent,
        "content": {PROBLEM_JSON: {"schema": ProblemSchema, "examples": _examples(status)}},
    }


def _examples(status: int) -> dict[str, Any]:
    return {
        name: {"summary": problem["title"], "value": problem}
        for name, problem in problem_examples(status).items()
    }


def _headers() -> dict[str, Any]:
    return {
        _ID: _header(
            "The request's id: the one sent, if it is sane, else a new one.", pattern=SANE_ID
        ),
        component_name(MODEL_VERSION): _header("Version of the model that answered."),
        _RETRY_AFTER: _header("Seconds to wait.", type="integer", minimum=1),
        _CHALLENGE: _header("What is wrong with the key, as RFC 6750 has it."),
        "RATELIMIT_POLICY": _header(
            "The limit that was met: its name, how many (q), in how many seconds (w)."
        ),
        "RATELIMIT": _header(
            "What is left of it (r), and the seconds until it is whole again (t)."
        ),
        "ETAG": _header(
            "Version of the assay in quotes; If-Match takes it.", pattern='^"[1-9][0-9]*"$'
        ),
        "LOCATION": _header("Where the assay is found from now on.", format="uri-reference"),
        "LINK": {
            **_header("The next page, with rel=next; missing on the last."),
            "required": False,
        },
        "CONTENT_DISPOSITION": _header("What to call the list as a file."),
        "VARY": _header("The request's headers that the form of the list hangs on."),
    }


def _header(description: str, **form: Any) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": _TEXT | form}
