"""Keys are kept alike in a file, in SQLite and in PostgreSQL; and what only a database does."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recycler.assays import AssayStore, DatabaseUnavailableError
from recycler.keys import KeyFile, KeyStore, Scope, UnknownKeyError, open_keys
from recycler.settings import Settings

NOW = datetime(2026, 11, 27, 12, 0, 0, 654321, tzinfo=UTC)


def test_a_key_comes_back_as_it_was_kept(keeper, make):
    scopes = (Scope.METRICS, Scope.ASSAYS)
    _, key = make("Nähe, Halle 3", *scopes, now=NOW, expires_at=NOW + timedelta(days=3))
    keeper.add(key)

    assert keeper.all_keys() == (key,)


def test_keys_come_in_the_order_in_which_they_were_made(keeper, make):
    kept = [make(f"desk {n}", now=NOW + timedelta(seconds=n))[1] for n in range(3)]
    for key in kept:
        keeper.add(key)

    assert list(keeper.all_keys()) == kept


def test_a_revoked_key_stays_and_says_since_when(keeper, make):
    (_, key), (_, other) = make("a"), make("b", now=NOW)
    keeper.add(key)
    keeper.add(other)
    revoked = keeper.revoke(key.key_id, NOW)

    assert revoked.revoked_at == NOW
    assert keeper.all_keys() == (revoked, other)


def test_revoking_twice_keeps_the_first_moment(keeper, make):
    _, key = make()
    keeper.add(key)
    keeper.revoke(key.key_id, NOW)

    assert keeper.revoke(key.key_id, NOW + timedelta(days=1)).revoked_at == NOW


def test_a_key_that_there_is_not_cannot_be_revoked(keeper, make):
    keeper.add(make()[1])

    with pytest.raises(UnknownKeyError, match=r"no key 'abc' in .*recycler keys list"):
        keeper.revoke("abc", NOW)


def test_neither_database_nor_file_holds_the_key_itself(tmp_path, make):
    text, key = make()
    keepers = (
        KeyFile(tmp_path / "keys.json"),
        KeyStore(f"sqlite:///{tmp_path}/assays.db", timeout_s=5),
    )
    for keeper in keepers:
        keeper.add(key)
        keeper.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert key.key_id.encode() in written
    assert text.split("_")[2].encode() not in written


def test_a_use_is_recorded_and_those_within_a_minute_are_one(store, make):
    _, key = make()
    store.add(key)
    for seconds in (0, 59, 60, 61):
        store.note_uses({key.key_id: NOW + timedelta(seconds=seconds)})

    assert store.all_keys()[0].last_used_at == NOW + timedelta(seconds=60)


def test_keys_lie_beside_the_lots_and_need_no_step_of_their_own(store, database_url, make):
    """One database, one set of migrations, whoever comes first."""
    store.add(make()[1])
    assays = AssayStore(database_url, timeout_s=5)

    assert assays.is_current()
    assays.close()


def test_reading_keys_makes_no_database_file(tmp_path):
    file = tmp_path / "assays.db"
    store = KeyStore(f"sqlite:///{file}", timeout_s=5)

    for use in (store.all_keys, lambda: store.note_uses({"a": NOW})):
        with pytest.raises(DatabaseUnavailableError, match="there is no such file"):
            use()
    assert not file.exists()


def test_a_scope_that_only_a_newer_version_knows_gives_no_right(tmp_path, make):
    store = KeyStore(f"sqlite:///{tmp_path}/assays.db", timeout_s=5)
    store.add(make()[1])
    with closing(sqlite3.connect(tmp_path / "assays.db")) as direct:
        direct.execute("UPDATE api_keys SET scopes = 'estimate everything'")
        direct.commit()

    assert store.all_keys()[0].scopes == {Scope.ESTIMATE}
    store.close()


def test_the_file_is_used_where_one_is_set_and_else_the_database(tmp_path):
    url = f"sqlite:///{tmp_path}/assays.db"
    with_file = Settings(keys_file=Path("keys.json"), database_url=url)

    assert open_keys(with_file).name == f"file {Path.cwd()}/keys.json"
    assert open_keys(Settings(database_url=url)).name == f"SQLite database {tmp_path}/assays.db"
