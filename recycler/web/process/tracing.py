"""Traces of requests, sent by OpenTelemetry's SDK; off unless the setting `tracing` is on.

Every process that answers builds its own provider, after the fork: the thread that sends does not
survive one. The spans are written here and not by an instrumentation package, because those put
paths and query strings into them. Whom they are sent to, how many are kept and under which name,
the SDK reads from its own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`,
`OTEL_SERVICE_NAME` and others).
"""

import atexit
import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Final

from flask import g, has_app_context

from recycler import __version__
from recycler.settings import Settings, SettingsError, variable

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

PATIENCE_S: Final = 3.0
"""How long a process that ends goes on trying to send what it has."""

SERVICE: Final = "recycler"
"""Name of the service in its traces, unless OTEL_SERVICE_NAME gives another."""

_Attributes = Mapping[str, str | int]

_NOTHING: Final = nullcontext()

_LOG: Final = logging.getLogger(__name__)


class RequestTrace:
    """The spans of one request: one for all of it, and one for each step inside.

    Args:
        tracer: Makes the spans.
        within: What the request belongs to: a span of whoever sent it, or nothing.
        method: The HTTP method.
    """

    def __init__(self, tracer: "Tracer", within: "Context", method: str) -> None:
        from opentelemetry.trace import SpanKind, set_span_in_context

        self._tracer = tracer
        self._span: Span = tracer.start_span(method, within, SpanKind.SERVER)
        self._inside = set_span_in_context(self._span, within)

    @property
    def trace_id(self) -> str:
        """Name of the trace: 32 hexadecimal digits."""
        return f"{self._span.get_span_context().trace_id:032x}"

    def step(self, name: str) -> AbstractContextManager[object]:
        """A span around what is done inside; what is raised there, it does not tell."""
        return self._tracer.start_as_current_span(
            name, self._inside, record_exception=False, set_status_on_exception=False
        )

    def end(self, name: str, attributes: _Attributes, *, failed: bool) -> None:
        """End the request's span.

        Args:
            name: Name of the span: method and route.
            attributes: What is known of the request now.
            failed: Whether the service failed on it.
        """
        from opentelemetry.trace import StatusCode

        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Tracing:
    """Makes the traces of this process.

    Args:
        provider: Where spans go.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("recycler", __version__)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, method: str, headers: Mapping[str, str]) -> RequestTrace:
        """Begin the trace of a request, or go on with the one that W3C's headers name.

        Args:
            method: The HTTP method.
            headers: `traceparent` and `tracestate`, as far as they were sent.
        """
        from opentelemetry.context import Context

        within = self._propagator.extract(headers, Context())
        return RequestTrace(self._tracer, within, method)


def step(name: str) -> AbstractContextManager[object]:
    """A span around a part of the request that is being answered; nothing if it is not traced."""
    trace: RequestTrace | None = g.get("trace") if has_app_context() else None
    return _NOTHING if trace is None else trace.step(name)


def require_telemetry(settings: Settings) -> None:
    """Make sure that traces can be sent if they are wanted.

    Raises:
        SettingsError: What sends them is not installed.
    """
    if settings.tracing and not _is_installed():
        msg = (
            f"{variable('tracing')} is yes, but what sends traces is not installed: "
            "pip install 'recycler[telemetry]', or set it to no."
        )
        raise SettingsError(msg)


def open_tracing(settings: Settings) -> Tracing | None:
    """Begin to send traces, if they are wanted, until the process ends. Call after any fork.

    Raises:
        SettingsError: What sends them is not installed.
    """
    if not settings.tracing:
        return None
    require_telemetry(settings)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    told = OTELResourceDetector().detect().attributes
    about = {
        "service.name": told.get("service.name", SERVICE),
        "service.version": __version__,
        "process.pid": os.getpid(),
    }
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    atexit.register(_finish, provider)
    return Tracing(provider)


def _finish(provider: "TracerProvider") -> None:
    """Send what is left, but not for long: a collector that says nothing must not hold up the end.

    The library would wait for it until the master process ends this one.
    """
    sending = Thread(target=provider.shutdown, daemon=True)
    sending.start()
    sending.join(PATIENCE_S)
    if sending.is_alive():
        _LOG.warning("traces were not all sent before the process ended")


def _is_installed() -> bool:
    needed = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
    try:
        return all(find_spec(name) for name in needed)
    except ModuleNotFoundError:  # not even the package above it
        return False
