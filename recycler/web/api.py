"""The OpenAPI document: flask-smorest with this service's errors in place of its own."""

from http import HTTPStatus
from typing import Any, Final

import flask_smorest
from flask import Flask, Response

from recycler import __version__
from recycler.web.endpoints import MODEL_VERSION, component_name
from recycler.web.problems import PROBLEM_JSON, ProblemSchema, problem_response
from recycler.web.request_id import HEADER as REQUEST_ID

STATUSES: Final = (400, 404, 406, 409, 410, 412, 413, 415, 422, 428, 429, 500, 503)
"""Every status that an operation may fail with; 405 belongs to no operation."""

_DESCRIPTION: Final = """\
Recoverable rare earths in a batch of e-waste, with calibrated intervals and the sources behind
each number. Percent are mass % at this edge; quantities come in kg. The same request to the same
model version gives the same bytes. Every error is a problem of RFC 9457.
"""


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api, answering and documenting errors as problem details."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

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


_OF_429: Final = {
    "Retry-After": "Seconds to wait.",
    "RateLimit-Policy": "The limit that was met: its name, how many (q), in how many seconds (w).",
    "RateLimit": "What is left of it (r), and the seconds until it is whole again (t).",
}


def _register_components(components: Any) -> None:
    problem = {PROBLEM_JSON: {"schema": ProblemSchema}}
    for status in STATUSES:
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": problem}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response["headers"] = {name: component_name(name) for name in _OF_429}
        components.response(f"PROBLEM_{status}", response, lazy=True)
    other = {"description": "Any other error, such as 405", "content": problem}
    components.response("PROBLEM", other, lazy=True)
    for name, description in (
        *_OF_429.items(),
        (REQUEST_ID, "The request's id: the one sent, if it is sane, else a new one."),
        (MODEL_VERSION, "Version of the model that answered."),
        ("ETag", "Version of the assay in quotes; If-Match takes it."),
        ("Location", "Where the assay is found from now on."),
        ("Link", "The next page, with rel=next; missing on the last."),
    ):
        header = {"description": description, "schema": {"type": "string"}}
        components.header(component_name(name), header, lazy=True)
