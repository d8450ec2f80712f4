"""`recycler serve` and its database: the tables are there before anybody asks, if it is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest
from served import served

from recycler.assays import AssayStore


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Starts the service on a database; gives its port."""
    with ExitStack() as started, (tmp_path / "log").open("wb") as log:

        def serve(database_url: str) -> int:
            service = served(tmp_path, database_url, log=log, workers=1, database_timeout_s=2)
            return started.enter_context(service)[0]

        yield serve


def status(port: int, path: str) -> int:
    """What a path is answered with."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_tables_are_there_once_it_listens(serve, database_url):
    serve(database_url)
    store = AssayStore(database_url, timeout_s=5)

    assert store.is_current()
    store.close()


def test_without_its_database_it_serves_all_the_same_and_says_why(serve, tmp_path):
    port = serve("postgresql://ada:hunter2@127.0.0.1:1/lots")
    log = (tmp_path / "log").read_text()

    assert status(port, "/livez") == 200
    assert "PostgreSQL database lots on 127.0.0.1 cannot be used: connection failed" in log
    assert "hunter2" not in log
    assert "Traceback" not in log
