"""Whatever secret a sender or the settings hold, nothing that others read tells it.

Others read the log and /metrics. An error answer goes to the sender alone: it may quote the path,
the query and the body, but no header.
"""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lot_samples import lot_json
from served import served

from recycler.web.views.estimates import EXAMPLE

SECRET = "hunter2"  # noqa: S105  (made up)
HIDDEN = b64encode(f"ada:{SECRET}".encode()).decode()

HEADERS = {
    "Authorization": f"Basic {HIDDEN}",
    "Cookie": f"session={SECRET}",
    "User-Agent": SECRET,
    "Referer": f"http://127.0.0.1/{SECRET}?{SECRET}",
    "X-Request-ID": f"{SECRET}\t{SECRET}",
    "traceparent": SECRET,
    "tracestate": f"ada={SECRET}",
    "baggage": f"ada={SECRET}",
}

JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What a request was answered with."""

    status: int
    text: str


class Service(NamedTuple):
    """A running service, the file that it logs to, and whether it has its database."""

    port: int
    log: Path
    has_database: bool

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request with a secret in every header that might hold one."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        connection.request(method, path, sent, {**HEADERS, **JSON, **headers})
        answer = connection.getresponse()
        told = f"{answer.headers}{answer.read().decode()}"
        connection.close()
        return Answer(answer.status, told)

    def send(self, raw: bytes) -> bytes:
        """Send what may be no HTTP; gives the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.fixture(scope="module", params=[True, False], ids=["sqlite", "no database"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that logs all it can."""
    folder = tmp_path_factory.mktemp("service")
    gone = f"postgresql://ada:{SECRET}@127.0.0.1:1/lots?application_name={SECRET}"
    url = f"sqlite:///{folder}/assays.db" if request.param else gone
    options = {"access_log": "yes", "log_level": "debug", "database_timeout_s": 2}
    with (folder / "log").open("wb") as log, served(folder, url, log=log, **options) as started:
        yield Service(started[0], folder / "log", request.param)


def test_no_secret_of_a_sender_or_of_the_settings_is_told(service):
    lot = lot_json(lot_id=SECRET, plant=SECRET, method=SECRET)
    answers = [
        service.ask("POST", "/v1/estimates", {**EXAMPLE, "batch_id": SECRET, "plant": SECRET}),
        service.ask("POST", "/v1/estimates", {**EXAMPLE, "items": [{"category": SECRET}]}),
        service.ask("POST", "/v1/estimates", f'{{"a": {SECRET}'),
        service.ask("POST", "/v1/estimates", f"{SECRET} {SECRET}", **{"Content-Type": SECRET}),
        service.ask("POST", f"/v1/estimates/{SECRET}?key={SECRET}", {}),
        service.ask("GET", f"/v1/sources/{SECRET}"),
        service.ask("GET", f"/v1/assays?plant={SECRET}&{SECRET}={SECRET}"),
        service.ask("GET", f"/v1/assays?after={SECRET}"),
        service.ask("POST", "/v1/assays", lot),
        service.ask("POST", "/v1/assays", lot),
        service.ask("POST", "/v1/assays", lot, **{"Idempotency-Key": f"{SECRET} {SECRET}"}),
        service.ask("DELETE", f"/v1/assays/{SECRET}?who={SECRET}&why={SECRET}"),
        service.ask("GET", "/v1/elements", **{"X-API-Key": SECRET}),
        service.ask("GET", f"/{SECRET}", Authorization=f"Bearer {SECRET}"),
        service.ask(SECRET, f"/{SECRET}"),
    ]
    kept = service.ask("GET", "/readyz"), service.ask("GET", "/metrics")
    log = service.log.read_text()

    rejected = [answer.text.replace(f'"/{SECRET}"', "") for answer in answers[-3:-1]]
    refused = [answer.text for answer in answers[:-3] if answer.status == 503]
    assert {answer.status // 100 for answer in answers} >= {2, 4}
    assert bool(refused) != service.has_database
    assert log.count('"event": "request"') == 16, "all but the last, which is no HTTP to gunicorn"
    for told in (log, *rejected, *refused, *(answer.text for answer in kept)):
        assert SECRET not in told
        assert HIDDEN not in told


def test_no_error_answer_tells_a_header(service):
    answers = [
        service.ask("POST", "/v1/estimates", {}),
        service.ask("GET", "/nowhere"),
        service.ask("POST", "/v1/estimates", {}, **{"Content-Encoding": SECRET}),
    ]

    assert [answer.status for answer in answers] == [422, 404, 415]
    for answer in answers:
        assert SECRET not in answer.text
        assert HIDDEN not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        f"GET /{SECRET}?{SECRET} HTTP/9.1\r\n\r\n",
        f"{SECRET} {SECRET}\r\n\r\n",
        f"GET /livez HTTP/1.1\r\n{SECRET} {SECRET}: {SECRET}\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nTransfer-Encoding: {SECRET}\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nHost: a\r\nExpect: {SECRET}\r\n\r\n",
        f"POST /{SECRET} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n",
    ],
)
def test_what_is_no_http_is_not_told_either(service, raw):
    answer = service.send(raw.encode())

    assert SECRET not in service.log.read_text()
    # the last of them is read as far as its path, which a problem repeats to its sender
    assert SECRET.encode() not in answer.replace(f"/{SECRET}".encode(), b"")


def test_every_line_of_all_processes_is_an_object(service):
    service.send(f"GET /\n{SECRET} HTTP/1.1\r\n\r\n".encode())
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]

    assert len({line["pid"] for line in lines}) == 3
    assert all({"timestamp", "level", "event", "logger", "pid"} <= line.keys() for line in lines)
    assert any(line["event"] == "Invalid request" and line["fault"] for line in lines)
