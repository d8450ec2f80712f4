"""The body of a request, before anyone reads what it says."""

from flask import request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # ships no types
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from recycler.web.endpoints import JSON


def json_body(limit: int) -> bytes:
    """Body of the request, which must be JSON; see `body_of`."""
    return body_of(limit, JSON)


def body_of(limit: int, *types: str) -> bytes:
    """Body of the request, of one of the media types, in UTF-8, of `limit` bytes at most.

    Raises:
        BadRequest: The body does not come as it was announced.
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
        try:
            body = request.get_data(cache=False)
        except (OSError, ParseException) as error:  # what gunicorn says of chunks that are none
            raise BadRequest("The body ends early or is not sent as HTTP has it.") from error
        if len(body) <= limit:
            return body
    raise RequestEntityTooLarge(f"The body is larger than the {limit} bytes that are read.")
