"""The body of a request, before anyone reads what it says."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from recycler.web.endpoints import JSON


def json_body(limit: int) -> bytes:
    """Body of the request, which must be JSON in UTF-8, not compressed, of `limit` bytes at most.

    Raises:
        UnsupportedMediaType: The headers announce anything else.
        RequestEntityTooLarge: The body is over the limit, whether its length was announced or not.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != JSON or charset not in ("utf-8", "utf8"):
        found = request.headers.get("Content-Type", "none")
        msg = f"Send Content-Type: application/json in UTF-8; this request's is {found[:80]!r}."
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
