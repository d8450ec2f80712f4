"""The service behind Caddy as deploy/Caddyfile sets it up, with TLS."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urljoin

import pytest
from fronts import Front
from neighbours import DEPLOY, NAME, caddy, program
from served import served

from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.proxy

JSON = {"Content-Type": "application/json"}
LIMIT = 12


@pytest.fixture(scope="module")
def fronts(tmp_path_factory) -> Iterator:
    """Builds services behind Caddy; all are stopped with the module."""
    with ExitStack() as opened:

        def fronts(**settings) -> Front:
            folder = tmp_path_factory.mktemp("front")
            program("caddy")
            told = {"trusted_proxies": "127.0.0.1", "anonymous": "yes", "workers": 1, **settings}
            database_url = f"sqlite:///{folder}/assays.db"
            service_port, _ = opened.enter_context(served(folder, database_url, **told))
            port = opened.enter_context(caddy(folder, service_port))
            return Front(folder, port, service_port)

        yield fronts


@pytest.fixture(scope="module")
def front(fronts) -> Front:
    """A service without limits of its own behind Caddy."""
    return fronts()


def test_a_stored_assay_is_found_under_the_link_that_the_sender_gets(front):
    status, headers, _ = front.ask("POST", "/v1/assays", json.dumps(LOT), JSON)

    link = urljoin(f"https://{NAME}:{front.port}/v1/assays", headers["Location"])
    assert status == 201
    assert link.startswith(f"https://{NAME}:{front.port}/v1/assays/")
    assert front.ask("GET", headers["Location"])[0] == 200


def test_browsers_are_told_to_stay_with_tls(front):
    assert front.ask()[1]["Strict-Transport-Security"] == "max-age=31536000"


def test_the_way_through_is_not_told(front):
    assert front.ask()[1]["Via"] is None


def test_what_a_sender_says_of_itself_does_not_get_past_caddy(front):
    lies = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}
    _, _, body = front.ask("GET", "/nothing", headers=lies)

    assert json.loads(body)["instance"] == "/nothing"


def test_a_sender_cannot_change_its_address_to_ask_more_often(fronts):
    front = fronts(rate_limit=f"{LIMIT} per hour")
    lies = [{"X-Forwarded-For": f"198.51.100.{i}, 127.0.0.1"} for i in range(LIMIT + 3)]

    assert [front.ask(headers=lie)[0] for lie in lies] == [200] * LIMIT + [429] * 3


def test_a_body_of_the_limit_gets_through_and_none_over_it(front):
    """Caddy passes bodies on as they come: where the service has its part already, it says 502."""
    body = json.dumps(EXAMPLE).encode().ljust(1_048_576)

    assert front.ask("POST", "/v1/estimates", body, JSON)[0] == 200
    with suppress(ConnectionError):  # it may hang up in the midst of it
        assert front.ask("POST", "/v1/estimates", body + b" ", JSON)[0] in (413, 502)


def test_metrics_are_for_nobody_outside(front):
    assert front.ask("GET", "/metrics")[0] == 404
    assert front.ask_directly("/metrics", {})[0] == 200


def test_caddy_takes_the_file_as_it_is(tmp_path):
    told = [
        program("caddy"),
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "Caddyfile",
    ]
    ended = subprocess.run(
        told, cwd=tmp_path, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
