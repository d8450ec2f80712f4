"""Traces of requests: what spans say, that all of them arrive, and that nobody waits for them."""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from lot_samples import lot_json
from served import served

from recycler.settings import Settings, SettingsError
from recycler.web import server
from recycler.web.process import tracing
from recycler.web.views.estimates import EXAMPLE

pytest.importorskip("opentelemetry.proto", reason="recycler[telemetry] is not installed")
from otlp_collector import Collector, Span, collecting

ROUNDS = 50
"""How often both processes get the chance to answer: the kernel decides which of them does."""

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "hunter2"  # noqa: S105  (made up)


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> int:
    """Send a request; return its status."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = {"Content-Type": "application/json", **headers}
        connection.request(method, path, body and json.dumps(body), sent)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def logged(log: Path) -> list[dict[str, Any]]:
    """Every request that a service logged."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if line["event"] == "request"]


def sending_to(url: str) -> dict[str, str]:
    """The SDK's own variables: where to, and so seldom that the end comes first."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "3600000"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collector, Path]]:
    """What a service of two processes has sent once it has stopped, and its log."""
    folder = tmp_path_factory.mktemp("traced")
    secret = {"Authorization": SECRET, "Cookie": SECRET, "User-Agent": SECRET, "baggage": SECRET}
    with collecting() as collector:
        with (
            (folder / "log").open("wb") as log,
            served(
                folder,
                f"sqlite:///{folder}/assays.db",
                log=log,
                environ=sending_to(collector.url),
                tracing="yes",
                access_log="yes",
            ) as (port, _),
            ThreadPoolExecutor(8) as threads,
        ):
            for _ in range(ROUNDS):
                list(threads.map(lambda _: ask(port, "POST", "/v1/estimates", EXAMPLE), range(20)))
                if len({line["pid"] for line in logged(folder / "log")}) == 2:
                    break
            parent = f"00-{TRACE}-{PARENT}-01"
            ask(port, "GET", f"/v1/sources/{SECRET}?{SECRET}", traceparent=parent, **secret)
            ask(port, "POST", "/v1/assays", lot_json(lot_id=SECRET), **secret)
            ask(port, "POST", "/v1/estimates", {"items": [{"category": SECRET}]}, **secret)
        yield collector, folder / "log"


def of_requests(collector: Collector) -> list[Span]:
    """The span around every request."""
    return [span for span in collector.spans if "http.route" in span.attributes]


def test_every_span_of_every_process_arrives_though_they_all_end(told):
    collector, log = told
    spans = of_requests(collector)
    arrived = sorted(span.attributes["recycler.request_id"] for span in spans)

    assert arrived == sorted(line["request_id"] for line in logged(log))
    assert len(arrived) >= 23
    assert len({span.resource["process.pid"] for span in spans}) == 2
    assert {span.resource["service.name"] for span in spans} == {"recycler"}


def test_a_span_tells_what_the_log_tells(told):
    collector, log = told
    lines = {line["request_id"]: line for line in logged(log)}

    for span in of_requests(collector):
        line = lines[span.attributes["recycler.request_id"]]
        assert line["trace_id"] == span.trace_id
        assert span.name == f"{line['method']} {line['route']}"
        assert span.attributes["http.response.status_code"] == line["status"]
        assert span.attributes.get("recycler.lines") == line["lines"]
        assert span.attributes.get("recycler.model_version") == line["model_version"]
        assert span.resource["process.pid"] == line["pid"]


def test_steps_stand_inside_their_request(told):
    answered = sum(line["status"] == 200 and line["lines"] == 3 for line in logged(told[1]))
    spans = told[0].spans
    requests = {span.span_id: span for span in of_requests(told[0])}
    steps = [span for span in spans if span.span_id not in requests]
    inside = Counter((requests[step.parent_id].name, step.name) for step in steps)

    assert all(step.trace_id == requests[step.parent_id].trace_id for step in steps)
    assert inside == {
        ("POST /v1/estimates", "parse"): answered + 1,
        ("POST /v1/estimates", "estimate"): answered,
        ("POST /v1/estimates", "answer"): answered,
        ("POST /v1/assays", "write"): 1,
    }


def test_a_trace_that_was_begun_elsewhere_goes_on(told):
    (span,) = [span for span in told[0].spans if span.trace_id == TRACE]

    assert (span.parent_id, span.name) == (PARENT, "GET /v1/sources/{source_id}")
    assert not span.failed, "what a sender did wrong is no failure of the service"


def test_no_span_tells_what_was_sent(told):
    assert not [body for body in told[0].bodies if SECRET.encode() in body]


def test_a_failure_of_ours_is_a_failed_span_that_does_not_quote_the_request():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace = tracing.Tracing(provider).begin("POST", {"traceparent": "no such thing"})
    with pytest.raises(ValueError, match=SECRET), trace.step("estimate"):
        raise ValueError(SECRET)
    trace.end("POST /v1/estimates", {"http.response.status_code": 500}, failed=True)
    step, request = kept.get_finished_spans()

    assert not request.status.is_ok
    assert request.parent is None
    assert SECRET not in step.to_json() + request.to_json()


@pytest.fixture(params=["nobody listens", "nobody answers"])
def dead_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of what is no collector."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if request.param == "nobody answers":
            taken.listen(100)
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_dead_end_holds_up_neither_requests_nor_the_end_of_the_service(tmp_path, dead_end):
    often = {"OTEL_EXPORTER_OTLP_ENDPOINT": dead_end, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    url, log = f"sqlite:///{tmp_path}/assays.db", (tmp_path / "log").open("wb")
    with log, served(tmp_path, url, log=log, environ=often, workers=1, tracing="yes") as (port, _):
        ask(port, "GET", "/livez")  # it has started, and its first span is under way
        begun = time.monotonic()
        statuses = {ask(port, "POST", "/v1/estimates", EXAMPLE) for _ in range(100)}
        took_s, stopping = time.monotonic() - begun, time.monotonic()

    assert statuses == {200}
    assert took_s < 10, "what sends waits for 10 s"
    assert time.monotonic() - stopping < tracing.PATIENCE_S + 5
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line["logger"].split(".")[0] for line in lines} <= {"recycler", "opentelemetry"}
    assert all("exception" not in line for line in lines)


def test_what_is_not_installed_is_said_in_one_sentence_before_anything_starts(monkeypatch):
    monkeypatch.setattr(tracing, "find_spec", lambda _name: None)

    with pytest.raises(SettingsError) as refused:
        server.serve(Settings(tracing=True))
    assert str(refused.value) == (
        "RECYCLER_TRACING is yes, but what sends traces is not installed: "
        "pip install 'recycler[telemetry]', or set it to no."
    )


def test_nothing_of_it_is_imported_unless_it_is_wanted():
    """A service without the extra is the usual one."""
    code = (
        "import sys; import recycler.web.app, recycler.web.server;"
        "from recycler.settings import Settings;"
        "from recycler.web.process.tracing import open_tracing, step;"
        "assert open_tracing(Settings()) is None;"
        "step('parse').__enter__();"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
