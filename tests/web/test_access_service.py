"""Keys end to end: gunicorn with two workers, keys made and revoked beside it, a database away."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import pytest
from keyed import key_for
from served import served

from recycler.assays import utc_now
from recycler.keys import Scope, id_in, open_keys
from recycler.settings import Settings
from recycler.web.server import print_start

ROOT = Path(__file__).parents[2]
CHECK_S = 0.5
GRACE_S = 2.0
SCOPES = ("--scope", "estimate", "--scope", "metrics")
ASKED = 24
"""Requests, many at once, so that each of two workers answers some of them."""


class Service:
    """A running service that nobody may use without a key."""

    def __init__(self, port: int, settings: Settings) -> None:
        self.port = port
        self.settings = settings

    def statuses(self, key: str, path: str = "/v1/elements") -> list[int]:
        """What many requests with a key are answered with."""
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(lambda _: self.ask(path, key)[0], range(ASKED)))

    def ask(self, path: str, key: str | None = None) -> tuple[int, str]:
        """Status and text of one answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"X-API-Key": key} if key else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def wait_for_workers(self, key: str, count: int) -> None:
        """Wait until so many workers answer; the first is there long before the last."""
        deadline = time.monotonic() + 60
        while f"\nrecycler_workers {count}.0" not in self.ask("/metrics", key)[1]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def wait_for(self, key: str, status: int, seconds: float) -> None:
        """Wait until every worker answers a key so."""
        deadline = time.monotonic() + seconds
        while set(self.statuses(key)) != {status}:
            assert time.monotonic() < deadline, self.statuses(key)
            time.sleep(0.05)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services on databases, and stops them with the test."""
    started = []

    def serve(database_url: str, *, workers: int = 1, grace_s: float = GRACE_S) -> Service:
        told = {"keys_check_s": CHECK_S, "keys_grace_s": grace_s, "anonymous": "no"}
        settings = Settings(models=tmp_path, database_url=database_url, **told)
        opened = served(
            tmp_path, database_url, log=log, workers=workers, database_timeout_s=1, **told
        )
        started.append(opened)
        return Service(opened.__enter__()[0], settings)

    with (tmp_path / "log").open("wb") as log:
        yield serve
        for opened in started:
            opened.__exit__(None, None, None)


def recycler_keys(database_url: str, *arguments: str) -> str:
    """What `recycler keys` prints, as a process of its own."""
    command = [sys.executable, "-m", "recycler", "keys", *arguments]
    environ = os.environ | {"RECYCLER_DATABASE_URL": database_url}
    done = subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_key_made_and_revoked_beside_a_running_service_counts_in_every_worker(
    serve, database_url
):
    """Within the time that is set; a busy machine is given ten times that."""
    service = serve(database_url, workers=2)
    assert service.ask("/v1/elements")[0] == 401
    key = recycler_keys(database_url, "create", "--name", "desk", *SCOPES)
    service.wait_for_workers(key, 2)
    service.wait_for(key, 200, 10 * CHECK_S)
    assert set(service.statuses(key, "/v1/models")) == {403}

    recycler_keys(database_url, "revoke", id_in(key))
    service.wait_for(key, 401, 10 * CHECK_S)
    [listed] = json.loads(recycler_keys(database_url, "list", "--json"))
    assert listed["revoked_at"] > listed["last_used_at"] > listed["created_at"]


def test_while_the_database_is_away_known_keys_are_good_for_a_while_and_then_nobody_gets_in(
    serve, tmp_path
):
    file = tmp_path / "assays.db"
    service = serve(f"sqlite:///{file}")
    key = key_for(service.settings, Scope.ESTIMATE)
    service.wait_for(key, 200, 10 * CHECK_S)
    away = tmp_path / "away"
    away.mkdir()
    for part in tmp_path.glob("assays.db*"):
        part.rename(away / part.name)

    assert service.ask("/v1/elements", key)[0] == 200
    service.wait_for(key, 503, GRACE_S + 10 * CHECK_S)
    assert service.ask("/v1/elements")[0] == 401
    assert service.ask("/livez")[0] == 200
    for part in away.iterdir():
        part.rename(tmp_path / part.name)
    service.wait_for(key, 200, 10 * CHECK_S)
    log = (tmp_path / "log").read_text()
    assert "keys cannot be read; those known are good for 2 s" in log
    assert key.split("_")[2] not in log
    assert "Traceback" not in log


@pytest.mark.postgres
def test_a_database_server_that_comes_back_lets_keys_in_again(serve, mortal_server):
    service = serve(mortal_server.new_database(), grace_s=3 * GRACE_S)
    key = key_for(service.settings, Scope.ESTIMATE)
    service.wait_for(key, 200, 10 * CHECK_S)
    mortal_server.stop("immediate")
    try:
        assert set(service.statuses(key)) == {200}
        service.wait_for(key, 503, 3 * GRACE_S + 10)
    finally:
        mortal_server.start()
    service.wait_for(key, 200, 30)


@pytest.mark.postgres
def test_a_role_that_may_only_read_is_enough_for_keys(serve, postgres_server):
    """Neither requests nor looks write anything that they could not do without."""
    url = postgres_server.new_database()
    key = key_for(Settings(database_url=url), Scope.ESTIMATE)
    service = serve(f"{url}&options=-cdefault_transaction_read_only%3Don")

    service.wait_for(key, 200, 10 * CHECK_S)
    time.sleep(3 * CHECK_S)
    assert set(service.statuses(key)) == {200}


# The line at the start


def started(settings: Settings, capsys) -> str:
    print_start(SimpleNamespace(LISTENERS=[f"http://{settings.host}:8000"]), settings)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"recycler listens on http://{settings.host}:8000 and serves ")
    return line


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A service that listens to everybody; its database is made by the first key."""
    return Settings(
        models=tmp_path,
        host="0.0.0.0",  # noqa: S104 - nothing listens there
        database_url=f"sqlite:///{tmp_path}/assays.db",
        log_format="text",
    )


def test_the_start_says_that_nobody_can_get_in_and_what_to_do(settings, capsys):
    keeper = open_keys(settings)
    key = key_for(settings, Scope.ESTIMATE)
    keeper.revoke(id_in(key), utc_now())
    keeper.close()
    key_for(settings, Scope.ESTIMATE, expires_in_s=-1)
    line = started(settings, capsys)

    assert "; nobody can get in yet: every caller needs a key, and SQLite database " in line
    assert "`recycler keys create --name NAME --scope estimate`" in line
    assert "RECYCLER_ANONYMOUS=yes" in line


def test_the_start_says_how_many_keys_let_callers_in(settings, capsys):
    for _ in range(2):
        key_for(settings, Scope.ESTIMATE)
    line = started(settings, capsys)

    assert f"; every caller needs a key, of which {open_keys(settings).name} has 2; " in line


def test_the_start_says_that_keys_cannot_be_read(settings, capsys):
    line = started(settings, capsys)

    assert "; every caller needs a key, and none can be read now: SQLite database " in line


@pytest.mark.parametrize(
    ("host", "anonymous", "said"),
    [
        ("127.0.0.1", "loopback", "callers on this machine need no key, all others do"),
        ("127.0.0.1", "yes", "nobody needs a key"),
        ("0.0.0.0", "yes", "nobody needs a key"),  # noqa: S104 - said only
    ],
)
def test_the_start_says_who_needs_no_key_and_which_setting_says_so(
    settings, capsys, host, anonymous, said
):
    line = started(replace(settings, host=host, anonymous=anonymous), capsys)

    assert f"; {said} (RECYCLER_ANONYMOUS={anonymous}); " in line
