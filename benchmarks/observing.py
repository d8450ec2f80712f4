"""What it costs to count, log and trace requests: the same requests with and without, in one run.

    python benchmarks/observing.py [--rounds 30] [--requests 200]

Applications with the champion answer in this process, without a server, in turn: one that does
nothing of the kind, one that counts, and those that also log each request, trace it, or both.
Counts go to files, lines to /dev/null and spans to a collector in another process, as they do under
`recycler serve`. What is measured is the CPU time of this process, all its threads together.

Before that, the parts by themselves, in tight loops: what they cost with warm caches.
"""

import argparse
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Process
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final

from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from recycler.batch import Batch, LineItem
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.process.logs import ACCESS, set_up_logs
from recycler.web.process.metrics_files import metrics_folder, take_place
from recycler.web.process.tracing import Tracing, step

LINES: Final = (LineItem(category="phone", count=1),)
LINE: Final = {
    "key_id": None,
    "method": "POST",
    "route": "/v1/estimates",
    "status": 200,
    "model_version": "2026-11-27-f0492f48",
    "lines": 3,
    "ms": 1.234,
}
"""What the line of a request tells."""

MODELS: Final = Path(__file__).parents[1] / "models"

LOGGED: Final = {"access_log": True}
TRACED: Final = {"tracing": True}
KINDS: Final = {"counted": {}, "logged": LOGGED, "traced": TRACED, "both": LOGGED | TRACED}
"""What is done beside counting, and how it is switched on."""


def main() -> None:
    """Measure and print the table."""
    options = read_options()
    with TemporaryDirectory() as parent, metrics_folder(Path(parent)), a_collector() as url:
        take_place(0)  # before anything of the library is imported, by way of Metrics
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url
        # Sent as soon as there are 512, and not later, while another kind is measured.
        os.environ["OTEL_BSP_SCHEDULE_DELAY"] = "3600000"
        from recycler.web.views.estimates import EXAMPLE

        ask_for = {
            "GET /livez": lambda client: client.get("/livez"),
            "3 lines": lambda client: client.post("/v1/estimates", json=EXAMPLE),
        }
        with lines_to_nowhere():
            alone(options)
            made = clients()
            print(f"{'request':<14}{'bare us':>9}" + "".join(f"{'+ ' + k:>12}" for k in KINDS))
            for name, ask in ask_for.items():
                print(f"{name:<14}{costs(ask, made, options)}", flush=True)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="of each kind, in turn")
    parser.add_argument("--requests", type=int, default=200, help="in one round")
    return parser.parse_args()


class Collector(BaseHTTPRequestHandler):
    """Takes every span and does nothing with it."""

    def do_POST(self) -> None:
        """Take some."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def a_collector() -> Iterator[str]:
    """URL of a collector in a process of its own."""
    server = HTTPServer(("127.0.0.1", 0), Collector)
    process = Process(target=server.serve_forever, daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        process.kill()
        server.server_close()


@contextmanager
def lines_to_nowhere() -> Iterator[None]:
    """Log to /dev/null, as JSON."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    set_up_logs(Settings(log_format="json"))
    try:
        yield
    finally:
        os.dup2(kept, 2)


def alone(options: argparse.Namespace) -> None:
    """Measure the parts by themselves and print them."""
    from recycler.web.process.metrics import Metrics

    model = Registry(MODELS).load()
    metrics, log = Metrics(), logging.getLogger(ACCESS)
    few, many = (model.estimate(Batch(LINES * n)) for n in (3, 100))
    parts = {
        "count a request": lambda: metrics.request_answered("/v1/estimates", "POST", 200, 0.01),
        "count 3 lines": lambda: metrics.estimated(few),
        "count 100 lines": lambda: metrics.estimated(many),
        "a step, untraced": step_of_nothing,
        "log a request": lambda: log.info("request", extra=LINE),
    }
    with Flask("sample").test_request_context("/"):
        for name, part in parts.items():
            rounds = [
                cpu_us(lambda _, part=part: part(), None, 2000) for _ in range(options.rounds)
            ]
            print(f"{name:<18}{min(rounds):>6.1f} us", flush=True)

    print(f"{'trace 4 spans':<18}{trace_us(options.rounds):>6.1f} us", flush=True)


def trace_us(rounds: int) -> float:
    """Microseconds of CPU for a request's span with three steps, made and sent."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracing = Tracing(provider)

    def trace(last: int) -> None:
        request = tracing.begin("POST", {})
        for name in ("parse", "estimate", "answer"):
            with request.step(name):
                pass
        request.end("POST /v1/estimates", {"http.route": "/v1/estimates"}, failed=False)
        if last:
            provider.force_flush()

    return min(cpu_us(trace, 0, 99) * 0.99 + cpu_us(trace, 1, 1) * 0.01 for _ in range(rounds))


def step_of_nothing() -> None:
    """Do nothing in a step."""
    with step("parse"):
        pass


def clients() -> list[Any]:
    """Clients of a service that only answers, and of one of each kind."""
    model = Registry(MODELS).load()
    settings = Settings(models=MODELS)
    bare = create_app(settings, model)
    for functions in (bare.before_request_funcs, bare.after_request_funcs):
        functions[None] = [f for f in functions[None] if "measure_requests" not in f.__qualname__]
    made = [create_app(replace(settings, **options), model) for options in KINDS.values()]
    return [app.test_client() for app in (bare, *made)]


def costs(ask: Callable[[Any], Any], made: list[Any], options: argparse.Namespace) -> str:
    """What a request costs without anything, and what each kind adds to it, in microseconds.

    The least of the rounds of each: what others do on the machine only ever adds.
    """
    rounds = [
        [cpu_us(ask, client, options.requests) for client in made] for _ in range(options.rounds)
    ]
    bare, *others = (min(column) for column in zip(*rounds, strict=True))
    return f"{bare:>9.0f}" + "".join(f"{us - bare:>+12.0f}" for us in others)


def cpu_us(ask: Callable[[Any], Any], client: Any, requests: int) -> float:
    """Microseconds of CPU that a request takes on average."""
    begun = process_time()
    for _ in range(requests):
        ask(client)
    return 1e6 * (process_time() - begun) / requests


if __name__ == "__main__":
    main()
