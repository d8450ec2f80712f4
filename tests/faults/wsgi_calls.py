"""Calls of an application as a server makes them, without the cost of a test client."""

import io
import sys
from dataclasses import dataclass
from time import perf_counter

from flask import Flask
from hostile_requests import Request


@dataclass(frozen=True)
class Answer:
    """What an application answered, and how long that took."""

    status: int
    headers: dict[str, str]
    body: bytes
    took_s: float


def call(app: Flask, asked: Request) -> Answer:
    """Ask an application; PEP 3333 has headers and paths as bytes in the guise of Latin-1."""
    said: list[tuple[str, list[tuple[str, str]]]] = []
    begun = perf_counter()
    pieces = app.wsgi_app(
        _environ(asked), lambda status, headers, *_: said.append((status, headers))
    )
    try:
        body = b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    took_s = perf_counter() - begun
    status, headers = said[-1]
    return Answer(int(status[:3]), dict(headers), body, took_s)


def _environ(asked: Request) -> dict[str, object]:
    sent = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in (asked.headers or {}).items()}
    return {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": asked.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": asked.content_type,
        "CONTENT_LENGTH": str(len(asked.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **sent,
    }
