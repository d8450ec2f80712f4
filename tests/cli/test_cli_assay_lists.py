"""`recycler assays list` and `show`: JSON for machines, tables for people."""

import json
import re

import pytest

from recycler.assays import Filters
from recycler.settings import Settings
from recycler.web.lots.schema import EXAMPLE, parse_lot


def test_list_piped_is_json_of_all_lots(filled):
    listed = json.loads(filled("list").stdout)

    assert [entry["lot"]["lot_id"] for entry in listed] == ["L-1", "L-2", "J-1", "J-2"]
    assert listed[0].keys() == {
        *("assay_id", "version", "created_at", "updated_at", "quarantined", "deleted", "lot")
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--plant", "south"], ["J-1", "J-2"]),
        (["--category", "phone"], ["L-2"]),
        (["--subtype", "smartphone"], ["L-2"]),
        (["--method", "weighing"], ["L-2"]),
        (["--from", "2026-11-28"], ["L-2"]),
        (["--to", "2026-11-27", "--plant", "north"], ["L-1"]),
        (["--limit", "3"], ["L-1", "L-2", "J-1"]),
        (["--quarantined"], ["L-1"]),
        (["--not-quarantined"], ["L-2", "J-1"]),
        (["--deleted"], ["L-1", "L-2", "J-1", "J-2"]),
        ([], ["L-1", "L-2", "J-1"]),
    ],
)
def test_list_takes_filters(filled, store, options, expected):
    ids = {stored.lot.lot_id: stored.assay_id for stored in store.iterate()}
    store.set_quarantine({ids["L-1"]: "far off"}, by="training")
    if "south" not in options and options != ["--limit", "3"]:
        store.delete(ids["J-2"], who="ada", why="typo")

    listed = json.loads(filled("list", *options).stdout)
    assert [entry["lot"]["lot_id"] for entry in listed] == expected


def test_list_is_a_table_for_people(filled, store):
    ids = {stored.lot.lot_id: stored.assay_id for stored in store.iterate()}
    store.set_quarantine({ids["L-1"]: "Nd far off"}, by="training")
    table = filled("list", "--table", env={"COLUMNS": "200"}).stdout

    assert "motor ev_traction_motor  ICP-OES" in table
    assert re.search(rf"L-1 .* quarantined: Nd far off +{ids['L-1']}", table)
    assert "Only the first 2 are shown" in filled("list", "--table", "--limit", "2").stdout
    assert "Only the first" not in filled("list", "--table", "--limit", "4").stdout


@pytest.mark.usefixtures("filled")
def test_a_narrow_terminal_gets_a_narrow_table(on_terminal, url):
    code, shown = on_terminal("assays", "list", width=80, RECYCLER_DATABASE_URL=url)

    assert code == 0
    assert "smartphone" in shown
    assert max(map(len, re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown).splitlines())) <= 80


def test_an_empty_database_lists_nothing(assays):
    assert json.loads(assays("list").stdout) == []
    assert assays("list", "--table").stdout == "There are no such lots.\n"


def test_show_tells_a_lot_and_its_history(filled, store):
    first = store.find(Filters(), limit=1).lots[0]
    changed = parse_lot(json.dumps({**EXAMPLE, "lot_id": "L-1b"}).encode(), Settings())
    store.replace(first.assay_id, changed, expected=1)

    shown = json.loads(filled("show", first.assay_id).stdout)
    page = filled("show", first.assay_id, "--table").stdout
    assert (shown["version"], shown["lot"]["lot_id"]) == (2, "L-1b")
    assert [(v["version"], v["lot"]["lot_id"]) for v in shown["history"]] == [(1, "L-1")]
    assert re.search(r"sample +Nd % +Pr % +Dy % +Tb %\s+1 +22\.8 +6\.1 +3\.9 +<0\.05", page)
    assert re.search(r"earlier versions +1 \(", page)
