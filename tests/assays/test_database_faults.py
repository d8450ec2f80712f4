"""What goes wrong with a database: nothing acknowledged is lost, and afterwards it goes on.

Real processes, really killed; real files that may not grow; a real server that is stopped.
"""

import os
import random
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from assay_samples import make_lot
from sqlalchemy import Engine, event
from whole_stores import acknowledged, assert_whole, stored_lots

from recycler.assays import DatabaseUnavailableError, Imported

ROUNDS = 6
NOBODY = 65534


# Killed


def test_killed_in_the_middle_of_writing_nothing_acknowledged_is_lost(start, database_url, store):
    chance = random.Random(20261127)  # noqa: S311 - moments, not secrets
    expected: dict[int, str] = {}
    for _ in range(ROUNDS):
        first = max(expected, default=-1) + 1
        process = start("add", database_url, str(first))
        lines = [process.stdout.readline() for _ in range(chance.randrange(1, 60))]
        time.sleep(chance.uniform(0, 0.003))  # a moment somewhere inside a transaction
        process.kill()
        said = acknowledged("".join(lines) + process.stdout.read())
        assert said, "it was killed before it had begun"
        expected |= said

        there = stored_lots(store)
        assert there.items() >= expected.items()
        unheard = there.keys() - expected.keys()
        assert len(unheard) <= 1, "at most the one whose answer was cut off"
        for number in unheard:  # its sender asks again, under the same key
            again, new = store.add(make_lot(f"lot-{number}", nd=number / 1e9), key=f"key-{number}")
            assert not new
            expected[number] = again.assay_id
        assert_whole(store)
    last = max(expected)
    assert store.get(expected[last]).lot == make_lot(f"lot-{last}", nd=last / 1e9)


def test_killed_in_the_middle_of_an_import_all_or_nothing_is_there(start, database_url, store):
    chance = random.Random(20261127)  # noqa: S311 - moments, not secrets
    count, seen = 3000, set()
    for _ in range(ROUNDS):
        process = start("import_many", database_url, str(count))
        assert process.stdout.readline() == "begins\n"
        time.sleep(chance.uniform(0, 0.25))  # a moment somewhere inside the transaction
        process.kill()
        said = process.stdout.read()
        seen.add(len(stored_lots(store)))
        if said:
            assert len(stored_lots(store)) == count

    assert seen <= {0, count}
    assert 0 in seen, "it was never killed in time"
    again, _ = start("import_many", database_url, str(count)).communicate()
    assert again in (
        f"begins\n{Imported(added=count, unchanged=0)}\n",
        f"begins\n{Imported(added=0, unchanged=count)}\n",
    )
    assert len(stored_lots(store)) == count


# SQLite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is, once there is one."""
    return tmp_path / "assays.db"


@pytest.fixture
def sqlite_store(path: Path, open_at):
    """A store on that file that does not wait long."""
    return open_at(f"sqlite:///{path}", timeout_s=0.2)


@pytest.fixture
def powerless():
    """Takes a folder from the process for a while, also from one that runs as root."""

    @contextmanager
    def powerless(folder: Path):
        mode, user = folder.stat().st_mode, os.geteuid()
        folder.chmod(0)
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)
            folder.chmod(mode)

    return powerless


def test_what_sqlite_acknowledges_is_on_disk(sqlite_store):
    with sqlite_store._database.writing() as connection:
        ask = connection.exec_driver_sql
        assert ask("PRAGMA journal_mode").scalar() == "wal"
        assert ask("PRAGMA synchronous").scalar() == 2, "FULL: every commit is synced"
        assert ask("PRAGMA foreign_keys").scalar() == 1


def test_files_that_may_not_grow_are_said_and_nothing_acknowledged_is_lost(start, path, open_at):
    process = start("fill_up", f"sqlite:///{path}", str(1_000_000))
    said, _ = process.communicate()
    store = open_at(f"sqlite:///{path}", timeout_s=5)

    assert process.returncode == 0
    assert re.search(
        r"^unavailable SQLite database \S+ cannot be used: .*make room", said, re.MULTILINE
    )
    assert len(acknowledged(said)) > 10
    assert stored_lots(store) == acknowledged(said), "with the one that was added afterwards"
    assert_whole(store)


def test_a_full_database_is_said_and_can_be_read_and_grows_again(sqlite_store):
    pages = [40]

    @event.listens_for(Engine, "connect")
    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    try:
        with pytest.raises(DatabaseUnavailableError, match="disk is full; make room on its disk"):
            sqlite_store.add_all(make_lot(f"lot-{i}") for i in range(1000))
        assert stored_lots(sqlite_store) == {}
        pages[0] = 100_000
        sqlite_store.close()
        assert sqlite_store.add_all([make_lot()]) == Imported(added=1, unchanged=0)
    finally:
        event.remove(Engine, "connect", limit)


def test_a_lock_that_is_released_in_time_is_waited_for(start, path, open_at):
    store = open_at(f"sqlite:///{path}", timeout_s=60)
    store.migrate()
    holder = start("hold", str(path))
    assert holder.stdout.readline() == "holds\n"

    with ThreadPoolExecutor() as threads:
        adding = threads.submit(store.add, make_lot())
        with pytest.raises(TimeoutError):
            adding.result(timeout=0.3)
        holder.communicate("release\n")
        assert adding.result()[1]


def test_a_lock_that_stays_is_said_after_the_timeout_and_reading_goes_on(start, path, sqlite_store):
    stored, _ = sqlite_store.add(make_lot())
    holder = start("hold", str(path))
    assert holder.stdout.readline() == "holds\n"

    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailableError, match="locked; another process is writing"):
        sqlite_store.add(make_lot("lot-2"))
    assert 0.15 < time.monotonic() - begun < 5

    assert sqlite_store.get(stored.assay_id) == stored
    holder.communicate("release\n")
    assert sqlite_store.add(make_lot("lot-2"))[1]


def test_a_file_that_is_no_database_is_said_and_left_alone(path, sqlite_store):
    path.write_text("lot_id;plant\n" * 1000)

    with pytest.raises(DatabaseUnavailableError, match="not a database; name another file"):
        sqlite_store.add(make_lot())

    assert path.read_text() == "lot_id;plant\n" * 1000


def test_a_damaged_database_is_said(path, sqlite_store):
    sqlite_store.add_all(make_lot(f"lot-{i}") for i in range(500))
    sqlite_store.close()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))

    with pytest.raises(DatabaseUnavailableError, match="restore it from a copy"):
        list(sqlite_store.iterate())


def test_a_folder_that_is_missing_is_said_and_once_it_is_there_all_is_well(tmp_path, open_at):
    store = open_at(f"sqlite:///{tmp_path}/missing/assays.db", timeout_s=1)

    with pytest.raises(DatabaseUnavailableError, match="its folder must exist"):
        store.add(make_lot())
    (tmp_path / "missing").mkdir()
    assert store.add(make_lot())[1]


def test_a_database_that_must_not_be_written_is_said_and_can_be_read(sqlite_store):
    stored, _ = sqlite_store.add(make_lot())
    with sqlite_store._database._connected() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    with pytest.raises(DatabaseUnavailableError, match="readonly database; make the file"):
        sqlite_store.add(make_lot("lot-2"))
    assert sqlite_store.get(stored.assay_id) == stored


def test_a_file_that_was_removed_is_not_written_to_any_more(path, sqlite_store):
    """What went into the removed file would be gone when the last connection is closed."""
    sqlite_store.add(make_lot())

    path.unlink()
    path.with_name("assays.db-wal").unlink()
    sqlite_store.add(make_lot("lot-2"))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT lot_id FROM lots").fetchall() == [("lot-2",)]
    connection.close()


def test_a_file_that_was_moved_without_its_log_loses_nothing_once_it_is_back(
    path, sqlite_store, open_at
):
    """An empty file beside the log of another would make SQLite remove that log."""
    stored, _ = sqlite_store.add(make_lot())
    aside = path.rename(path.with_name("aside.db"))

    for store in (sqlite_store, open_at(f"sqlite:///{path}", timeout_s=1)):
        with pytest.raises(DatabaseUnavailableError, match=r"while assays\.db-wal is still there"):
            store.add(make_lot("lot-2"))
    assert not path.exists()

    aside.rename(path)
    assert sqlite_store.get(stored.assay_id) == stored
    assert sqlite_store.add(make_lot("lot-2"))[1]


def test_a_link_that_leads_to_itself_is_said(path, sqlite_store):
    path.symlink_to(path)

    with pytest.raises(DatabaseUnavailableError, match="unable to open"):
        sqlite_store.add(make_lot())


def test_a_folder_that_may_not_be_looked_into_is_said(path, sqlite_store, powerless):
    """Of one that the process may not search, it cannot even be seen whether the file is there."""
    with powerless(path.parent), pytest.raises(DatabaseUnavailableError, match="unable to open"):
        sqlite_store.add(make_lot())


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?uri=true"])
def test_a_sqlite_url_that_names_no_file_is_refused(url, open_at):
    with pytest.raises(DatabaseUnavailableError, match="must be followed by a file's path"):
        open_at(url, timeout_s=1).migrate()


# Processes


def test_a_store_may_be_used_on_both_sides_of_a_fork(start, database_url, store):
    said, _ = start("fork", database_url).communicate()

    assert said == "done\n"
    names = {stored.lot.lot_id for stored in store.iterate()}
    assert names == {"before", "parent", "child", "after"}
