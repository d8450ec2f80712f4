"""Machines that are short of something: the right time, a disk, memory files, descriptors."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Event

import orjson
import pytest
from raw_clients import BODY, ask, ask_often, connections
from services import running
from steady_load import steady_load

from recycler.web.lots.schema import EXAMPLE as LOT

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).with_name("jumping_clock.c")


def store(port: int, number: int) -> int:
    """Status of an attempt to store a lot."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        lot = orjson.dumps({**LOT, "lot_id": f"lot-{number}"})
        connection.request("POST", "/v1/assays", lot, {"Content-Type": "application/json"})
        return connection.getresponse().status


@pytest.fixture(scope="module")
def wrong_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that makes the wall clock wrong by what stands in a file."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here (on Debian: apt-get install gcc libc6-dev)")
    library = tmp_path_factory.mktemp("library") / "jumping_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
    return library


@pytest.mark.parametrize("days", [3, -400])
def test_the_clock_may_jump(tmp_path, wrong_clock, days):
    """Estimates, lots and probes go on, and no worker is taken for dead."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    environ = {"LD_PRELOAD": str(wrong_clock), "CLOCK_IS_WRONG_BY": str(clock)}
    with running(tmp_path, environ=environ, workers=2, intake_flush_s=0.2) as service:
        before = service.workers()
        with steady_load(service.port, BODY) as answers:
            Event().wait(0.5)
            clock.write_text(str(days * 86_400))
            Event().wait(1.5)
            stored = [store(service.port, number) for number in range(3)]
            clock.write_text("0")
            Event().wait(0.5)
        probes = [ask(service.port, path).status for path in ("/readyz", "/metrics", "/v1/assays")]
        lots = orjson.loads(ask(service.port, "/v1/assays").body)["assays"]

        assert {answer.status for answer in answers} == {200}
        assert (stored, probes) == ([201] * 3, [200] * 3)
        away = (datetime.fromisoformat(lots[0]["created_at"]) - datetime.now(UTC)).days
        assert abs(away - days) <= 1  # the service did see the wrong time
        assert service.workers() == before
        assert "Traceback" not in service.told()


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own on a folder; skipped where none may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("file systems cannot be mounted here (needs root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(filling: Path) -> None:
    """Write until there is no room."""
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_full_disk_under_the_database_keeps_nobody_from_estimating(tmp_path):
    """And lots are stored again once there is room."""
    with mounted(tmp_path / "disk", "-o", "size=2m") as disk:
        url = f"sqlite:///{disk}/assays.db"
        with running(tmp_path, workers=2, database_url=url, intake_flush_s=0.2) as service:
            first = store(service.port, 0)
            filling = disk / "filling"
            fill(filling)
            full = {store(service.port, number) for number in range(1, 30)}
            estimates = {answer.status for answer in ask_often(service.port)}
            lists = ask(service.port, "/v1/assays").status
            filling.unlink()
            again = store(service.port, 100)

        print(f"on a full disk: lots {full}, estimates {estimates}, list {lists}")  # noqa: T201  (shown by pytest -s)
        assert (first, again) == (201, 201)
        assert full <= {201, 503}
        assert 503 in full
        assert (estimates, lists) == ({200}, 200)
        with closing(sqlite3.connect(disk / "assays.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_on_a_disk_that_may_only_be_read_estimates_and_lots_are_answered(tmp_path):
    """From the start: what was stored before is found, nothing can be added, and that is said."""
    disk = tmp_path / "disk"
    with mounted(disk):
        url = f"sqlite:///{disk}/assays.db"
        with running(tmp_path, workers=2, database_url=url) as service:
            assert store(service.port, 0) == 201
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with running(tmp_path, workers=2, database_url=url, models=disk) as service:
            refused = store(service.port, 1)
            estimates = {answer.status for answer in ask_often(service.port)}
            found = [ask(service.port, path).status for path in ("/readyz", "/v1/assays")]

    assert (refused, estimates, found) == (503, {200}, [200, 200])


def test_without_folders_for_temporary_files_it_serves_all_the_same(tmp_path):
    """Neither /tmp nor /var/tmp can be written to; memory will do."""
    if shutil.which("unshare") is None or os.geteuid():
        pytest.skip("needs root, for a mount namespace of its own")
    hide = "for f in /tmp /var/tmp; do mount --bind $f $f; mount -o remount,ro,bind $f; done;"
    before = ["unshare", "-m", "sh", "-c", f'cd /; {hide} exec "$@"', "sh"]
    folder = Path("/var/lib") / tmp_path.name
    folder.mkdir()
    try:
        with running(folder, before=before, workers=2) as service:
            assert {answer.status for answer in ask_often(service.port)} == {200}
            assert [ask(service.port, p).status for p in ("/readyz", "/metrics")] == [200, 200]
            assert store(service.port, 0) == 201
    finally:
        shutil.rmtree(folder)


def test_few_descriptors_make_new_clients_wait_and_kill_no_worker(tmp_path):
    """With 128 descriptors, 600 connections are more than two workers can hold."""
    before = ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh"]
    settings = {"workers": 2, "request_timeout_s": 2, "keep_alive_s": 2}
    with running(tmp_path, before=before, **settings) as service:
        workers = service.workers()
        with connections(service.port, 600):
            Event().wait(1)
            waited = ask(service.port, within_s=30)
        answers = ask_often(service.port)

        print(f"600 connections, 128 descriptors: a new client waited {waited.took_s:.1f} s")  # noqa: T201  (shown by pytest -s)
        assert waited.status == 200
        assert {answer.status for answer in answers} == {200}
        assert service.workers() == workers
        assert "Traceback" not in service.told()
