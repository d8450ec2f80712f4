"""The service behind nginx as deploy/nginx.conf sets it up, with TLS and hostile senders."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fronts import JSON, Front, building
from neighbours import nginx, program
from ports import free_port

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.proxy


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    """A service of one thread, without limits of its own, behind nginx."""
    program("nginx")
    with building(nginx, tmp_path_factory.mktemp) as build:
        yield build(threads=1)


def test_no_program_says_its_version(front):
    assert front.ask()[1]["Server"] == "nginx"
    assert front.ask_directly("/v1/routes", {})[1]["Server"] == "gunicorn"


def test_senders_that_stop_in_the_middle_hold_no_worker(front):
    """The service has one thread; ten requests that are never finished would fill it ten times."""
    body = json.dumps(EXAMPLE).encode()
    with ExitStack() as opened:
        for _ in range(10):
            slow = front.connect()
            opened.callback(slow.close)
            slow.putrequest("POST", "/v1/estimates")
            slow.putheader("Content-Type", "application/json")
            slow.putheader("Content-Length", str(len(body)))
            slow.endheaders(body[:20])
        begun = time.monotonic()
        status, _, _ = front.ask("POST", "/v1/estimates", body, JSON)

    assert status == 200
    assert time.monotonic() - begun < 8  # nginx lets go of them after ten


def test_a_body_over_the_limit_is_refused_in_the_words_of_the_service(front):
    status, headers, body = front.ask("POST", "/v1/estimates", b" " * 1_048_577, JSON)

    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert json.loads(body)["status"] == 413


def test_a_flood_from_one_address_is_stopped_before_the_service(front):
    connection = front.connect()
    refused = None
    for _ in range(3000):
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 429:
            refused = answer.headers, json.loads(body)
            break
    connection.close()

    assert refused is not None
    assert refused[0]["Retry-After"] == "1"
    assert refused[1]["status"] == 429


def test_a_service_that_is_away_is_said_to_be(tmp_path):
    with nginx(tmp_path, free_port()) as port:
        status, headers, body = Front(tmp_path, port, 0).ask()

    assert (status, headers["Retry-After"]) == (503, "5")
    assert json.loads(body)["status"] == 503
