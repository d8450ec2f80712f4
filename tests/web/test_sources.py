"""/v1/sources: every publication that anything rests on, and who spelt it how."""

import pytest
from test_problems import check_problem

from recycler.reference import SOURCED_TABLES, load_tables

TABLES = load_tables()


def listed(client, query: str = "") -> list[str]:
    return [source["source_id"] for source in client.get(f"/v1/sources{query}").json["sources"]]


def test_the_list_holds_every_source_once(client):
    assert listed(client) == sorted(TABLES.sources)


@pytest.mark.parametrize("source_id", sorted(TABLES.sources))
def test_every_source_has_a_page_of_its_own_that_adds_up(client, source_id):
    found = client.get(f"/v1/sources/{source_id}").json

    assert found["source_id"] == source_id
    assert found["citation"] == TABLES.sources[source_id].citation
    assert found["rows"] == sum(table["rows"] for table in found["tables"])
    assert found["used"] == sum(table["used"] for table in found["tables"]) <= found["rows"]


def test_the_list_tells_of_each_source_what_its_page_tells(client):
    for source in client.get("/v1/sources?category=phone").json["sources"]:
        page = client.get(f"/v1/sources/{source['source_id']}").json
        assert source.items() <= page.items()


@pytest.mark.parametrize("table", SOURCED_TABLES)
def test_a_table_filters_by_rows_in_it(client, table):
    for source_id in listed(client, f"?table={table}"):
        tables = client.get(f"/v1/sources/{source_id}").json["tables"]
        assert table in [use["table"] for use in tables]


def test_both_filters_hold_of_the_same_rows(client):
    """A source on phones with magnet masses of motors only is not one on magnets of phones."""
    both = set(listed(client, "?table=magnet_mass&category=phone"))
    expected = {row.source_id for row in TABLES.magnet_masses if row.category == "phone"}

    assert both == expected
    assert both < set(listed(client, "?category=phone"))


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("vannielen", "vannielen2020"),
        ("VANNIELEN2020", "vannielen2020"),
        ("buchert", "buchert2012"),
    ],
)
def test_an_unknown_source_is_404_and_names_those_spelt_alike(client, asked, offered):
    problem = check_problem(client.get(f"/v1/sources/{asked}"), 404)

    assert problem["type"] == "urn:problem-type:recycler:unknown-source"
    assert offered in problem["detail"]


@pytest.mark.parametrize("asked", ["%00", "x" * 5000, "ä", "%7Bsource_id%7D"])
def test_an_id_like_no_other_leads_to_the_list(client, asked):
    problem = check_problem(client.get(f"/v1/sources/{asked}"), 404)

    assert "/v1/sources lists all" in problem["detail"]
    assert len(problem["detail"]) < 200


@pytest.mark.parametrize(
    ("query", "pointer", "said"),
    [
        ("?tabel=stage_yield", "/tabel", "did you mean table?"),
        ("?table=stage_yields", "/table", "did you mean stage_yield?"),
        ("?category=phnoe", "/category", "did you mean phone?"),
        ("?category=phone&category=motor", "/category", "stands 2 times"),
    ],
)
def test_a_query_that_means_nothing_is_422_and_names_the_parameter(client, query, pointer, said):
    problem = check_problem(client.get(f"/v1/sources{query}"), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-query"
    assert [pointer] == [error["pointer"] for error in problem["errors"]]
    assert said in problem["errors"][0]["message"]
