"""What rests on a source: every row counted once, under the right name."""

import pytest

from recycler.reference import SOURCED_TABLES, load_tables, source_accounts

TABLES = load_tables()
ACCOUNTS = source_accounts(TABLES)
ROWS = {
    "element_content": TABLES.contents,
    "magnet_mass": TABLES.magnet_masses,
    "magnet_composition": TABLES.compositions,
    "magnet_presence": TABLES.presences,
    "stage_yield": TABLES.stage_yields,
    "products": [product for product in TABLES.products if product.source_id],
}


def uses(table: str):
    return [use for account in ACCOUNTS.values() for use in account.tables if use.table == table]


def test_every_source_has_an_account_also_without_rows():
    assert list(ACCOUNTS) == sorted(TABLES.sources)
    assert any(account.rows == 0 for account in ACCOUNTS.values())


@pytest.mark.parametrize("table", SOURCED_TABLES)
def test_the_accounts_of_a_table_add_up_to_its_rows(table):
    assert sum(use.rows for use in uses(table)) == len(ROWS[table])


@pytest.mark.parametrize("table", ["element_content", "magnet_mass", "magnet_composition"])
def test_rows_kept_for_the_record_are_not_used(table):
    used = sum(use.used for use in uses(table))
    assert used == sum(not row.excluded for row in ROWS[table])
    assert used < len(ROWS[table])


def test_of_stage_yields_those_that_are_no_yields_of_stages_are_not_used():
    assert sum(use.used for use in uses("stage_yield")) == sum(r.used for r in TABLES.stage_yields)


@pytest.mark.parametrize("table", SOURCED_TABLES)
def test_every_row_has_one_kind_where_the_table_has_kinds(table):
    for use in uses(table):
        expected = 0 if table in ("magnet_presence", "products") else use.rows
        assert sum(use.kinds.values()) == expected


def test_a_compilation_names_the_publications_it_repeats():
    """Its rows go back to others, and those say who repeats them."""
    compilation = max(ACCOUNTS.values(), key=lambda account: len(account.primary_sources))
    assert len(compilation.primary_sources) > 20
    name = compilation.source.source_id
    for primary in compilation.primary_sources:
        if primary.source_id not in (None, name):
            cited_by = {c.source_id: c.rows for c in ACCOUNTS[primary.source_id].cited_by}
            assert cited_by[name] == primary.rows
    assert any(primary.source_id is None for primary in compilation.primary_sources)
