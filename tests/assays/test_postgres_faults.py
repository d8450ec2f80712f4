"""What goes wrong with a PostgreSQL server: nothing acknowledged is lost, no password is told."""

import sys

import pytest
from assay_samples import make_lot
from whole_stores import acknowledged, assert_whole, stored_lots

from recycler.assays import DatabaseUnavailableError


@pytest.mark.postgres
def test_a_server_that_goes_and_comes_back_loses_nothing(start, mortal_server, open_at):
    """Stopped as by a power failure while a process writes, which then goes on by itself."""
    url = mortal_server.new_database()
    process = start("add_through_failures", url, "0")
    said = [process.stdout.readline() for _ in range(20)]
    for _ in range(2):
        mortal_server.stop("immediate")
        try:
            while not said[-1].startswith("unavailable"):
                said.append(process.stdout.readline())
        finally:
            mortal_server.start()
        while said[-1].startswith("unavailable"):
            said.append(process.stdout.readline())
        said += [process.stdout.readline() for _ in range(20)]
    process.kill()
    rest = process.stdout.read()

    store = open_at(url, timeout_s=5)
    there, heard = stored_lots(store), acknowledged("".join(said) + rest)
    assert there.items() >= heard.items()
    assert len(there) - len(heard) <= 1
    assert sorted(there) == list(range(len(there)))
    assert_whole(store)


@pytest.mark.postgres
def test_a_store_that_was_used_before_works_after_a_restart_at_once(mortal_server, open_at):
    store = open_at(mortal_server.new_database(), timeout_s=5)
    stored, _ = store.add(make_lot())
    mortal_server.stop()
    try:
        with pytest.raises(DatabaseUnavailableError, match="PostgreSQL database test_"):
            store.get(stored.assay_id)
    finally:
        mortal_server.start()

    assert store.get(stored.assay_id) == stored


@pytest.mark.postgres
def test_a_writer_that_stays_is_said_after_the_timeout_and_reading_goes_on(
    postgres_server, open_at
):
    url = postgres_server.new_database()
    store, other = open_at(url, timeout_s=0.3), open_at(url, timeout_s=5)
    stored, _ = store.add(make_lot())

    with other._database.writing():
        with pytest.raises(DatabaseUnavailableError, match="another process is writing"):
            store.add(make_lot("lot-2"))
        assert store.get(stored.assay_id) == stored

    assert store.add(make_lot("lot-2"))[1]


@pytest.mark.postgres
def test_a_server_that_may_only_be_read_is_said(postgres_server, open_at):
    store = open_at(postgres_server.new_database(), timeout_s=5)
    stored, _ = store.add(make_lot())
    with store._database._connected() as connection:
        connection.exec_driver_sql(
            "ALTER DATABASE " + connection.engine.url.database + " "
            "SET default_transaction_read_only = on"
        )
        connection.commit()
    store.close()

    assert store.get(stored.assay_id) == stored
    with pytest.raises(DatabaseUnavailableError, match="read-only"):
        store.add(make_lot("lot-2"))


@pytest.mark.postgres
def test_a_wrong_password_is_said_without_the_password(postgres_server, open_at):
    database = postgres_server.make_database()
    wrong = "hunter2"
    store = open_at(postgres_server.url(database, password=wrong), timeout_s=5)

    with pytest.raises(DatabaseUnavailableError, match="user and password") as refused:
        store.add(make_lot())

    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_without_the_password(open_at):
    store = open_at("postgresql://ada:hunter2@127.0.0.1:1/lots", timeout_s=2)

    with pytest.raises(DatabaseUnavailableError, match=r"database lots on 127\.0\.0\.1") as refused:
        store.add(make_lot())

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://ada:hunter2", "postgresql://a@host:hunter2/lots"])
def test_a_url_that_cannot_be_read_is_said_without_showing_it(url, open_at):
    store = open_at(url, timeout_s=1)

    with pytest.raises(DatabaseUnavailableError) as refused:
        store.add(make_lot())

    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(store)


def test_without_its_driver_postgresql_is_said_to_need_it(monkeypatch, open_at):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(DatabaseUnavailableError, match=r"install recycler\[postgres\]"):
        open_at("postgresql://ada@host/lots", timeout_s=1).migrate()
