"""`recycler serve` and its database: the tables are there before anybody asks, if it is."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from recycler.assays import AssayStore

HERE = Path(__file__).parent


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[str], tuple[str, int]]]:
    """Starts the service on a database; the line it prints, and the port in it."""
    log = (tmp_path / "log").open("wb")
    started: list[subprocess.Popen[str]] = []

    def serve(database_url: str) -> tuple[str, int]:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{HERE}:{HERE.parent.parent}",
            "RECYCLER_PORT": "0",
            "RECYCLER_WORKERS": "1",
            "RECYCLER_MODELS": str(tmp_path),
            "RECYCLER_DATABASE_URL": database_url,
            "RECYCLER_DATABASE_TIMEOUT_S": "2",
        }
        program = [sys.executable, HERE / "serve_sample.py"]
        started.append(
            subprocess.Popen(program, env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
        )
        line = started[0].stdout.readline()
        return line, int(line.split("http://127.0.0.1:")[1].split()[0])

    yield serve
    log.close()
    for process in started:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.stdout.close()


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
    _, port = serve("postgresql://ada:hunter2@127.0.0.1:1/lots")
    log = (tmp_path / "log").read_text()

    assert status(port, "/livez") == 200
    assert "PostgreSQL database lots on 127.0.0.1 cannot be used: connection failed" in log
    assert "hunter2" not in log
    assert "Traceback" not in log
