"""GET /metrics; and every request counted for it, and where that is wanted logged and traced."""

import logging
from time import perf_counter
from typing import Any, Final

from flask import Flask, Response, g, request
from flask_smorest import Blueprint

from recycler.web.endpoints import MODEL_VERSION, add_endpoint, documented_path
from recycler.web.process.logs import ACCESS
from recycler.web.process.metrics import CONTENT_TYPE, Metrics
from recycler.web.process.tracing import Tracing
from recycler.web.request_id import request_id

NO_ENDPOINT: Final = "none"
"""Endpoint of requests for paths, or with methods, that there are not."""

OTHER_METHOD: Final = "other"
"""Method of requests with a word that HTTP does not know."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_TRACE_HEADERS: Final = ("traceparent", "tracestate")

_LOG: Final = logging.getLogger(ACCESS)


def measure_requests(app: Flask, metrics: Metrics) -> None:
    """Count every request of the application, with its endpoint, method, status and duration."""

    @app.before_request
    def begin() -> None:
        g.begun_s = perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        metrics.request_answered(_route(), _method(), answer.status_code, _seconds())
        return answer


def log_requests(app: Flask) -> None:
    """Log every request of the application that `measure_requests` measures, in one line."""

    @app.after_request
    def log(answer: Response) -> Response:
        _LOG.info(
            "request",
            extra={
                "key_id": g.get("key_id"),
                "method": _method(),
                "route": _route(),
                "status": answer.status_code,
                "model_version": answer.headers.get(MODEL_VERSION),
                "lines": g.get("lines"),
                "ms": round(1000 * _seconds(), 3),
            },
        )
        return answer


def trace_requests(app: Flask, tracing: Tracing) -> None:
    """Make a trace of every request of the application; steps inside add their spans to it."""

    @app.before_request
    def begin() -> None:
        sent = {name: request.headers[name] for name in _TRACE_HEADERS if name in request.headers}
        g.trace = tracing.begin(_method(), sent)

    @app.after_request
    def end(answer: Response) -> Response:
        attributes = {
            "http.request.method": _method(),
            "http.route": _route(),
            "http.response.status_code": answer.status_code,
            "recycler.request_id": request_id(),
            "recycler.model_version": answer.headers.get(MODEL_VERSION),
            "recycler.lines": g.get("lines"),
        }
        known = {name: value for name, value in attributes.items() if value is not None}
        g.trace.end(f"{_method()} {_route()}", known, failed=answer.status_code >= 500)
        return answer


def measurements(metrics: Metrics) -> Any:
    """Build the blueprint of the metrics."""
    blueprint = Blueprint("metrics", __name__, description="Numbers for whoever runs the service")

    def get_metrics() -> Response:
        """Show what all processes counted, for Prometheus."""
        return Response(metrics.text(), content_type=CONTENT_TYPE)

    add_endpoint(
        blueprint,
        "GET",
        "/metrics",
        get_metrics,
        answer={"type": "string", "description": "Metrics in Prometheus' text format."},
        content_type="text/plain",
    )
    return blueprint


def _seconds() -> float:
    """How long the request has been worked on."""
    begun_s: float = g.begun_s
    return perf_counter() - begun_s


def _method() -> str:
    """Method of the request, if HTTP knows it."""
    return request.method if request.method in _METHODS else OTHER_METHOD


def _route() -> str:
    """Route of the request as OpenAPI has it: no path that a sender made up."""
    return documented_path(request.url_rule.rule) if request.url_rule else NO_ENDPOINT
