"""Rate limits that two gunicorn workers count together, in a Redis or Valkey server."""

from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
from neighbours import PASSWORD, store
from ports import free_port
from served import served

pytestmark = pytest.mark.proxy

LIMIT = 20


def ask(port):
    """Status of an answer, over a connection of its own, so that any worker may take it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/v1/routes")
        return connection.getresponse().status
    finally:
        connection.close()


def test_workers_count_together_and_without_their_store_alone(tmp_path):
    pytest.importorskip("redis", reason="the extra ratelimit is not installed")
    store_port, log = free_port(), tmp_path / "log"
    with ExitStack() as opened, log.open("wb") as file:
        counting = opened.enter_context(ExitStack())
        url = counting.enter_context(store(tmp_path, store_port))
        told = {"rate_limit": f"{LIMIT} per hour", "rate_limit_store": url, "workers": 2}
        database_url = f"sqlite:///{tmp_path}/assays.db"
        port, line = opened.enter_context(served(tmp_path, database_url, log=file, **told))

        together = [ask(port) for _ in range(LIMIT + 20)]
        counting.close()  # the store is gone, and with it what was counted
        alone = [ask(port) for _ in range(2 * LIMIT + 20)]

    assert together == [200] * LIMIT + [429] * 20
    assert set(alone) == {200, 429}
    assert LIMIT <= alone.count(200) <= 2 * LIMIT
    assert "counted in a store that is shared" in line
    assert PASSWORD not in line + log.read_text()
    assert "The store of the rate limits fails (ConnectionError)" in log.read_text()
