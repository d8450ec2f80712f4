"""X-Request-ID: one name for a request in its answer, in its errors and in the log."""

import re
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, request

HEADER: Final = "X-Request-ID"

SANE_ID: Final = "^[A-Za-z0-9._-]{1,128}$"
"""What an id looks like."""

_SANE: Final = re.compile(SANE_ID)


def request_id() -> str:
    """The sender's id if it is one of 1 to 128 letters, digits, dots, dashes, else one of ours."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _SANE.fullmatch(sent) else uuid4().hex
    found: str = g.request_id
    return found


def answer_with_request_id(app: Flask) -> None:
    """Put the request's id on every answer of the application."""

    @app.after_request
    def add_header(answer: Response) -> Response:
        answer.headers[HEADER] = request_id()
        return answer
