"""A test client that holds every answer against the service's own OpenAPI document."""

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from openapi_paths import documented_path
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

JSON_TYPES = ("application/json", "application/problem+json")

HEADERS = frozenset(
    {
        *("Content-Disposition", "ETag", "Link", "Location"),
        *("Model-Version", "Retry-After", "WWW-Authenticate", "X-Request-ID"),
    }
)
"""Headers that the document must speak of wherever they are sent."""


class DocumentedClient(FlaskClient):
    """Fails a test whose request is answered otherwise than the document says."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request, and check what comes back."""
        answer = super().open(*args, **kwargs)
        check_answer(self.application, answer)
        return answer


def check_answer(app: Flask, answer: TestResponse) -> None:
    """Hold an answer against the document of the application that gave it."""
    written = app.view_functions["openapi"]().get_data(as_text=True)
    method = answer.request.method.lower().replace("head", "get")
    operations = _document(written)["paths"].get(_path(app, answer), {})
    if method not in operations:
        if answer.mimetype == "application/problem+json":
            _check_body(written, ("components", "schemas", "Problem"), answer)
        return
    place = ("paths", _path(app, answer), method, "responses", str(answer.status_code))
    told = operations[method]["responses"]
    assert place[-1] in told, f"{place[1:3]} is not said to answer {answer.status}"
    if "$ref" in told[place[-1]]:
        place = tuple(told[place[-1]]["$ref"].removeprefix("#/").split("/"))
    _check_headers(written, place, answer)
    _check_content(written, place, answer)


def _path(app: Flask, answer: TestResponse) -> str | None:
    """The path of the request as the document writes it; None if there is no such path."""
    adapter = app.url_map.bind_to_environ(answer.request.environ)
    try:
        rule, _ = adapter.match(return_rule=True)
    except HTTPException:
        return None
    return documented_path(rule.rule)


def _check_headers(written: str, place: tuple[str, ...], answer: TestResponse) -> None:
    told = _at(written, place).get("headers", {})
    assert HEADERS.intersection(answer.headers.keys()) <= told.keys()
    for name, header in told.items():
        at = tuple(header["$ref"].removeprefix("#/").split("/"))
        header = _at(written, at)
        sent = answer.headers.get(name)
        assert sent is not None or not header["required"], f"{name} is missing"
        if sent is not None:
            value = int(sent) if header["schema"]["type"] == "integer" else sent
            _validator(written, (*at, "schema")).validate(value)


def _check_content(written: str, place: tuple[str, ...], answer: TestResponse) -> None:
    assert answer.mimetype in _at(written, place)["content"]
    if answer.request.method != "HEAD" and answer.mimetype in JSON_TYPES:
        _check_body(written, (*place, "content", answer.mimetype, "schema"), answer)


def _check_body(written: str, place: tuple[str, ...], answer: TestResponse) -> None:
    _validator(written, place).validate(json.loads(answer.get_data()))


def _at(written: str, place: tuple[str, ...]) -> Any:
    found = _document(written)
    for step in place:
        found = found[step]
    return found


@lru_cache(maxsize=32)
def _document(written: str) -> dict[str, Any]:
    return json.loads(written)


@lru_cache(maxsize=512)
def _validator(written: str, place: tuple[str, ...]) -> jsonschema_rs.Draft202012Validator:
    schema = {**_at(written, place), "components": _document(written)["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
