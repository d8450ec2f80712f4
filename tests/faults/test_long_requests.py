"""A request that takes seconds, in a service with one worker of two threads."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from threading import Event

import pytest
from raw_clients import ask, p99_ms
from served import SHIPPED, served

pytestmark = pytest.mark.slow

MODELS = Path(__file__).parents[2] / "models"
KINDS = 1000
PATIENT_MS = 2000


def long_batch() -> bytes:
    """As many lines as are read, each a kind of its own of so few pieces that each one counts."""
    line = {"category": "phone", "subtype": "smartphone"}
    told = (
        {"count": 1 + n % 50, "year": 2000 + n % 25, "unit_mass_kg": 0.1 + n / 1e4}
        for n in range(KINDS)
    )
    return json.dumps({"items": [line | one for one in told]}).encode()


def ask_for_long(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(
            "POST", "/v1/estimates", long_batch(), {"Content-Type": "application/json"}
        )
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_long_request_keeps_nobody_waiting_for_its_end(tmp_path):
    settings = {"workers": 1, "threads": 2, "anonymous": "yes"}
    database = f"sqlite:///{tmp_path}/assays.db"
    with (
        served(MODELS, database, program=SHIPPED, **settings) as (port, _),
        ThreadPoolExecutor(1) as beside,
    ):
        ask(port)
        long = beside.submit(ask_for_long, port)
        Event().wait(0.3)
        others = []
        while not long.done():
            others += [ask(port, "/livez"), ask(port)]
        print(f"{len(others)} others meanwhile: {p99_ms(others):.0f} ms at p99")  # noqa: T201  (shown by pytest -s)
        assert long.result() == 200
    assert {answer.status for answer in others} == {200}
    assert len(others) >= 10
    assert p99_ms(others) < PATIENT_MS
