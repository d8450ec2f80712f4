"""What holds behind every proxy that deploy/ sets up, with TLS."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
from fronts import JSON, Front, building
from neighbours import NAME, caddy, nginx, program

from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.proxy

LIMIT = 12


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def build(request, tmp_path_factory) -> Iterator[Callable[..., Front]]:
    """Builds services behind a proxy, from settings."""
    program(request.param.__name__)
    with building(request.param, tmp_path_factory.mktemp) as build:
        yield build


@pytest.fixture(scope="module")
def front(build) -> Front:
    """A service without limits of its own behind a proxy."""
    return build()


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


def test_what_a_sender_says_of_itself_does_not_get_past_the_proxy(front):
    lies = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}
    _, _, body = front.ask("GET", "/nothing", headers=lies)

    assert json.loads(body)["instance"] == "/nothing"


def test_a_sender_cannot_change_its_address_to_ask_more_often(build):
    front = build(rate_limit=f"{LIMIT} per hour")
    lies = [{"X-Forwarded-For": f"198.51.100.{i}, 127.0.0.1"} for i in range(LIMIT + 3)]

    answers = [front.ask(headers=lie) for lie in lies]

    assert [status for status, _, _ in answers] == [200] * LIMIT + [429] * 3
    assert answers[-1][1]["Content-Type"] == "application/problem+json"


def test_a_body_of_the_limit_gets_through(front):
    body = json.dumps(EXAMPLE).encode().ljust(1_048_576)

    assert front.ask("POST", "/v1/estimates", body, JSON)[0] == 200
