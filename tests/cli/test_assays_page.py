"""docs/assays.md names every command, option and column there is, and its example can be read."""

import re
from pathlib import Path

from recycler.assays.tables import metadata
from recycler.cli.assays import command, list_lots
from recycler.elements import ELEMENTS
from recycler.settings import Settings
from recycler.web.lots.lot_tables import COLUMNS, read_lots_csv

PAGE = (Path(__file__).parents[2] / "docs" / "assays.md").read_text(encoding="utf-8")


def test_every_command_and_every_filter_is_named():
    named = set(re.findall(r"`recycler assays ([a-z]+)", PAGE))
    filters = {option.opts[0] for option in list_lots.params} - {"--limit", "--json"}

    assert named == set(command.commands)
    assert {option for option in filters if f"`{option}`" not in PAGE} == set()


def test_every_column_is_named():
    named = set(re.findall(r"`([A-Za-z_]+)`", PAGE))
    for_neodymium = {
        column
        for column in COLUMNS
        if not any(re.search(rf"_{symbol}(_|$)", column) for symbol in ELEMENTS if symbol != "Nd")
    }

    assert for_neodymium - named == set()


def test_every_table_is_named():
    assert {name for name in metadata.tables if f"| `{name}` |" not in PAGE} == set()


def test_the_table_shown_can_be_imported():
    table = re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)[1]
    lots = list(read_lots_csv(table.encode(), Settings()))

    assert [(lot.lot_id, len(lot.samples)) for lot in lots] == [("L-1", 2), ("L-2", 0)]
