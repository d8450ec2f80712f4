"""GET /metrics, and the count of every request for it."""

import re
from functools import lru_cache
from time import perf_counter
from typing import Any, Final

from flask import Flask, Response, g, request
from flask_smorest import Blueprint

from recycler.web.endpoints import add_endpoint
from recycler.web.process.metrics import CONTENT_TYPE, Metrics

NO_ENDPOINT: Final = "none"
"""Endpoint of requests for paths, or with methods, that there are not."""

OTHER_METHOD: Final = "other"
"""Method of requests with a word that HTTP does not know."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_PARAMETER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def measure_requests(app: Flask, metrics: Metrics) -> None:
    """Count every request of the application, with its endpoint, method, status and duration."""

    @app.before_request
    def begin() -> None:
        g.begun_s = perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        endpoint = _endpoint(request.url_rule.rule) if request.url_rule else NO_ENDPOINT
        method = request.method if request.method in _METHODS else OTHER_METHOD
        metrics.request_answered(endpoint, method, answer.status_code, perf_counter() - g.begun_s)
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


@lru_cache(256)
def _endpoint(rule: str) -> str:
    """A route as OpenAPI writes it."""
    return _PARAMETER.sub(r"{\1}", rule)
