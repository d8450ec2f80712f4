"""Answers to requests that the server cannot read, which no application gets to see.

They are problem documents with the headers of every other answer. gunicorn's own are HTML and
repeat what was sent.
"""

from types import MappingProxyType
from typing import Final
from uuid import uuid4

import orjson
from gunicorn.http import errors  # type: ignore[import-untyped]  # ships no types

from recycler.web.problems import PROBLEM_JSON, phrase
from recycler.web.request_id import HEADER as REQUEST_ID
from recycler.web.security_headers import OF_DATA

_STATUS: Final = MappingProxyType(
    {
        errors.ForbiddenProxyRequest: 403,
        errors.LimitRequestLine: 414,
        errors.ExpectationFailed: 417,
        errors.LimitRequestHeaders: 431,
        errors.UnsupportedTransferCoding: 501,
    }
)

_DETAIL: Final = MappingProxyType(
    {
        400: "The request is not written as RFC 9112 has it.",
        403: "The connection does not come by the proxy that it should come by.",
        414: "The line with the path is too long.",
        417: "The only Expect that is met is 100-continue.",
        431: "There are too many header fields, or one of them is too long.",
        501: "The only Transfer-Encoding that is read is chunked.",
    }
)

_OURS: Final = (
    errors.ConfigurationProblem,
    errors.InvalidResponseHeader,
    errors.InvalidResponseHeaderName,
)


def status_of(error: Exception) -> int | None:
    """The status of a request that could not be read; None if it is not the sender's fault."""
    if not isinstance(error, errors.ParseException) or isinstance(error, _OURS):
        return None
    return _STATUS.get(type(error), 400)


def refusal(status: int) -> bytes:
    """A whole answer with a status, head and body, after which the connection is closed."""
    request_id = uuid4().hex
    body = orjson.dumps(
        {
            "type": "about:blank",
            "title": phrase(status),
            "status": status,
            "detail": _DETAIL.get(status, "The service failed on this request."),
            "instance": "",
            "errors": [],
            "request_id": request_id,
        }
    )
    headers = (
        ("Connection", "close"),
        ("Content-Type", PROBLEM_JSON),
        ("Content-Length", str(len(body))),
        (REQUEST_ID, request_id),
        *OF_DATA,
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {phrase(status)}\r\n{head}\r\n".encode() + body
