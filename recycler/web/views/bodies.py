"""The body of a request, before anyone reads what it says."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from recycler.web.endpoints import JSON


def json_body(limit: int) -> bytes:
    """Body of the request, which must be JSON; see `body_of`."""
    return body_of(limit, JSON)


def body_of(limit: int, *types: str) -> bytes:
    """Body of the request, of one of the media types, in UTF-8, of `limit` bytes at most.

    Raises:
        UnsupportedMediaType: The headers announce anything else, or a compressed body.
        RequestEntityTooLarge: The body is over the limit, whether its length was announced or not.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in types or charset not in ("utf-8", "utf8"):
        found = request.headers.get("Content-Type", "none")
        wanted = " or ".join(types)
        msg = f"Send Content-Type: {wanted} in UTF-8; this request's is {found[:80]!r}."
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
