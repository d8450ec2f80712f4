"""The service behind Caddy as deploy/Caddyfile sets it up, with TLS."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
from fronts import JSON, Front, building
from neighbours import DEPLOY, caddy, program

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.proxy


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    """A service behind Caddy."""
    program("caddy")
    with building(caddy, tmp_path_factory.mktemp) as build:
        yield build()


def test_the_way_through_is_not_told(front):
    assert front.ask()[1]["Via"] is None


def test_a_body_over_the_limit_is_refused(front):
    """Caddy passes bodies on as they come: where the service has its part already, it says 502."""
    body = json.dumps(EXAMPLE).encode().ljust(1_048_577)

    with suppress(ConnectionError):  # it may hang up in the midst of it
        assert front.ask("POST", "/v1/estimates", body, JSON)[0] in (413, 502)


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
