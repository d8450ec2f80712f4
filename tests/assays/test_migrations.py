"""The tables come into being by themselves, once, and all of them or none."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from assay_samples import make_lot
from sqlalchemy import inspect, text

from recycler.assays import AssayStore, DatabaseUnavailableError, Filters
from recycler.assays.schema import HEAD
from recycler.assays.tables import metadata


def run(store: AssayStore, statement: str) -> None:
    """Run a statement behind the store's back."""
    with store._database._connected() as connection, connection.begin():
        connection.execute(text(statement))


def test_an_empty_database_is_at_no_migration_and_then_at_the_newest(store):
    assert (store.revision(), store.is_current()) == (None, False)
    store.migrate()
    assert (store.revision(), store.is_current()) == (HEAD, True)
    store.migrate()
    assert store.is_current()


@pytest.mark.parametrize("first_use", ["add", "find", "iterate"])
def test_the_first_use_makes_the_tables(store, first_use):
    uses = {
        "add": lambda: store.add(make_lot()),
        "find": lambda: store.find(Filters(), limit=1),
        "iterate": lambda: list(store.iterate()),
    }
    uses[first_use]()

    assert store.is_current()


def test_the_newest_migration_is_the_one_that_is_asked_for():
    config = Config()
    config.set_main_option("script_location", "recycler.assays:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_migrations_make_the_tables_that_the_code_uses(store):
    store.migrate()
    with store._database._connected() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        migrated = {table: checks(connection, table) for table in metadata.tables}

    for table in reversed(metadata.sorted_tables):
        run(store, f"DROP TABLE {table.name}")
    with store._database._connected() as connection, connection.begin():
        metadata.create_all(connection)
        assert {table: checks(connection, table) for table in metadata.tables} == migrated


def checks(connection, table):
    found = inspect(connection).get_check_constraints(table)
    return sorted((check["name"], check["sqltext"]) for check in found)


def test_a_migration_that_fails_half_way_leaves_no_table(store):
    run(store, "CREATE TABLE idempotency_keys (here_first INTEGER)")

    with pytest.raises(DatabaseUnavailableError, match="already exists"):
        store.migrate()

    with store._database._connected() as connection:
        assert inspect(connection).get_table_names() == ["idempotency_keys"]
    run(store, "DROP TABLE idempotency_keys")
    assert store.add(make_lot())[1]


def test_a_database_of_a_newer_recycler_is_left_alone(store, open_store):
    store.add(make_lot())
    run(store, "UPDATE alembic_version SET version_num = '9999'")
    other = open_store()

    for use in (other.migrate, lambda: other.add(make_lot("lot-2"))):
        with pytest.raises(DatabaseUnavailableError, match=r"'9999'.*install a newer version"):
            use()
    assert other.revision() == "9999"
    assert not other.is_current()


def test_processes_that_start_at_once_migrate_once_and_make_each_lot_once(
    start, database_url, store
):
    processes = [start("add_some", database_url, "20") for _ in range(5)]
    lines = [line.split() for process in processes for line in process.communicate()[0].split("\n")]
    answers = [(number, assay_id, new) for number, assay_id, new in filter(None, lines)]

    assert [process.returncode for process in processes] == [0] * 5
    assert len({(number, assay_id) for number, assay_id, _ in answers}) == 20
    assert sorted(new for _, _, new in answers) == ["False"] * 80 + ["True"] * 20
    assert len(store.find(Filters(), limit=100).lots) == 20


def test_of_processes_that_want_the_same_names_each_name_goes_to_one(start, database_url, store):
    processes = [start("compete", database_url, "20") for _ in range(4)]
    lines = [line for process in processes for line in process.communicate()[0].splitlines()]

    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(line for line in lines if line.endswith("mine")) == sorted(
        f"{number} mine" for number in range(20)
    )
    assert len(store.find(Filters(), limit=100).lots) == 20
