"""Headers that tell browsers what an answer may not do; on every answer, errors included.

JSON may do nothing at all. A page sets a Content-Security-Policy of its own, made by `page_policy`,
and what may be kept by caches a Cache-Control of its own; neither is touched here.
"""

from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, request

POLICY: Final = "Content-Security-Policy"

CACHE: Final = "Cache-Control"

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)

_TRANSPORT: Final = "max-age=31536000"
"""A year of HTTPS only; other names of the same domain are not ours to decide about."""


def page_policy(
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    images: Sequence[str] = (),
    connects: Sequence[str] = (),
) -> str:
    """Content-Security-Policy of a page that loads nothing from elsewhere.

    Args:
        styles: Sources of styles, such as "'self'" or "'sha256-...'".
        scripts: Sources of scripts, likewise.
        images: Sources of images, likewise.
        connects: Where scripts may send requests, such as "'self'".
    """
    allowed = {
        "style-src": styles,
        "script-src": scripts,
        "img-src": images,
        "connect-src": connects,
    }
    said = [f"{name} {' '.join(sources)}" for name, sources in allowed.items() if sources]
    return "; ".join((_NOTHING, *said))


def answer_with_security_headers(app: Flask) -> None:
    """Put the headers on every answer of the application."""

    @app.after_request
    def add_headers(answer: Response) -> Response:
        headers = answer.headers
        for name, value in _ALWAYS:
            headers.add(name, value)
        headers.setdefault(POLICY, _NOTHING)
        headers.setdefault(CACHE, "no-store")
        # Only a trusted proxy can say that a request came by TLS: see recycler.web.proxies.
        if request.scheme == "https":
            headers.add("Strict-Transport-Security", _TRANSPORT)
        return answer
