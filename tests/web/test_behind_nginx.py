"""The service behind nginx as deploy/nginx.conf sets it up, with TLS and hostile senders."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urljoin

import pytest
from fronts import Front
from neighbours import NAME, nginx, program
from ports import free_port
from served import served

from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.proxy

JSON = {"Content-Type": "application/json"}
LIMIT = 12


@pytest.fixture(scope="module")
def fronts(tmp_path_factory) -> Iterator:
    """Builds services behind nginx; all are stopped with the module."""
    with ExitStack() as opened:

        def fronts(**settings) -> Front:
            folder = tmp_path_factory.mktemp("front")
            program("nginx")
            database_url = f"sqlite:///{folder}/assays.db"
            open_to_all = {"trusted_proxies": "127.0.0.1", "anonymous": "yes"}
            told = {**open_to_all, "workers": 1, **settings}
            service_port, _ = opened.enter_context(served(folder, database_url, **told))
            port = opened.enter_context(nginx(folder, service_port))
            return Front(folder, port, service_port)

        yield fronts


@pytest.fixture(scope="module")
def front(fronts) -> Front:
    """A service without limits of its own behind nginx."""
    return fronts(threads=1)


def test_a_stored_assay_is_found_under_the_link_that_the_sender_gets(front):
    status, headers, _ = front.ask("POST", "/v1/assays", json.dumps(LOT), JSON)

    link = urljoin(f"https://{NAME}:{front.port}/v1/assays", headers["Location"])
    assert status == 201
    assert link.startswith(f"https://{NAME}:{front.port}/v1/assays/")
    assert front.ask("GET", headers["Location"])[0] == 200


def test_browsers_are_told_to_stay_with_tls_and_only_where_there_is_tls(front):
    through, directly = front.ask()[1], front.ask_directly("/v1/routes", {})[1]

    assert through["Strict-Transport-Security"] == "max-age=31536000"
    assert directly["Strict-Transport-Security"] is None


def test_no_program_says_its_version(front):
    assert front.ask()[1]["Server"] == "nginx"
    assert front.ask_directly("/v1/routes", {})[1]["Server"] == "gunicorn"


def test_what_a_sender_says_of_itself_does_not_get_past_nginx(front):
    lies = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}
    _, _, body = front.ask("GET", "/nothing", headers=lies)

    assert json.loads(body)["instance"] == "/nothing"


def test_a_sender_cannot_change_its_address_to_ask_more_often(fronts):
    front = fronts(rate_limit=f"{LIMIT} per hour")
    lies = [{"X-Forwarded-For": f"198.51.100.{i}, 127.0.0.1"} for i in range(LIMIT + 3)]

    answers = [front.ask(headers=lie) for lie in lies]

    assert [status for status, _, _ in answers] == [200] * LIMIT + [429] * 3
    assert answers[-1][1]["Content-Type"] == "application/problem+json"


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


def test_a_body_of_the_limit_gets_through(front):
    body = json.dumps(EXAMPLE).encode().ljust(1_048_576)

    assert front.ask("POST", "/v1/estimates", body, JSON)[0] == 200


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
