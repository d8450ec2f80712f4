"""GET /docs: the page and its style sheet, as they are sent."""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from flask import Flask, Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined

from recycler.web.reader.contents import kinds, problems, subjects
from recycler.web.security_headers import page_policy

PAGE: Final = "/docs"
STYLE: Final = "/docs/style.css"
PATHS: Final = (PAGE, STYLE)
"""Where the page stands; none of it is in the OpenAPI document, which it tells."""

_POLICY: Final = page_policy(styles=("'self'",), images=("data:",))

_SOMEWHERE: Final = "http://somewhere.invalid"
_HERE: Final = "http://127.0.0.1:8000"
_PLAIN: Final = re.compile(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._/-]+)?")

_A_DAY: Final = "public, max-age=86400"
_ASKS_AGAIN: Final = "no-cache"  # keeps the page, but asks each time whether it is still the same


def add_reader(app: Flask, document: Mapping[str, Any]) -> None:
    """Add the page to an application, to be written once, when it is first asked for."""

    @cache
    def written() -> bytes:
        return page(document, _SOMEWHERE).encode()

    def read_docs() -> Response:
        # The sender names the host: it is put in if neither a shell nor a page takes it for more.
        root = request.root_url.rstrip("/")
        where = root if _PLAIN.fullmatch(root) else _HERE
        body = written().replace(_SOMEWHERE.encode(), where.encode())
        return _kept(body, "text/html", _ASKS_AGAIN)

    def style_docs() -> Response:
        return _kept(_style(), "text/css", _A_DAY)

    app.add_url_rule(PAGE, view_func=read_docs)
    app.add_url_rule(STYLE, view_func=style_docs)


def page(document: Mapping[str, Any], root: str) -> str:
    """The page.

    Args:
        document: The OpenAPI document.
        root: Where the service is found, without a slash at the end.
    """
    return (
        _templates()
        .get_template("docs.html")
        .render(
            info=document["info"],
            subjects=subjects(document, root),
            kinds=kinds(document),
            problems=problems(document),
            style=sha256(_style()).hexdigest()[:12],
        )
    )


def _kept(body: bytes, media: str, how_long: str) -> Response:
    """An answer that a browser keeps, or nothing but 304 if it has the same already."""
    answer = Response(body, content_type=f"{media}; charset=utf-8")
    answer.headers["Cache-Control"] = how_long
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.set_etag(sha256(body).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


@cache
def _style() -> bytes:
    return files("recycler.web.reader").joinpath("templates/docs.css").read_bytes()


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("recycler.web.reader", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
