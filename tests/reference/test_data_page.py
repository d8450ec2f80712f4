"""The page on the data is made from the tables, and counts what it says."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from table_samples import damage

from recycler.reference import read_tables
from recycler.reference.evidence import Evidence, evidence
from recycler.reference.report import markdown

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@dataclass(frozen=True)
class Row:
    """A figure, as far as counting goes."""

    primaries: frozenset[str]
    source_id: str = "anyone"


@pytest.fixture(scope="session")
def page(tables):
    return markdown(tables)


def test_the_page_in_docs_is_the_one_that_the_command_makes(page):
    assert PAGE.read_text(encoding="utf-8") == page, "write it anew: recycler data > docs/data.md"


def test_nothing_is_left_to_fill_in(page):
    assert "$" not in page
    assert page.endswith("\n")


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        ([], Evidence(0, 0, 0)),
        (["a", "a", "a"], Evidence(3, 1, 1)),
        (["a", "b"], Evidence(2, 2, 2)),
        (["ab", "bc", "d"], Evidence(3, 4, 2)),
        (["a", "b", "c", "abc"], Evidence(4, 3, 1)),
    ],
    ids=["none", "repeated", "apart", "overlapping", "joined by the last"],
)
def test_rows_that_share_a_publication_are_not_independent(rows, counted):
    assert evidence(Row(frozenset(row)) for row in rows) == counted


def test_every_assumption_and_every_row_flagged_out_is_on_the_page(tables, page):
    flagged = [row for row in (*tables.contents, *tables.magnet_masses) if row.excluded]
    for name in (*tables.assumptions, *(row.row_id for row in flagged)):
        assert f"| `{name}` |" in page


def test_a_row_that_is_flagged_out_is_counted_no_longer(folder):
    before = markdown(read_tables(folder))
    damage(folder, "magnet_mass", {"row_id": "hitachi2010_01"}, "flags", "exclude")
    after = markdown(read_tables(folder))
    assert "| hdd | 8 |" in before
    assert "| hdd | 7 |" in after
    assert "`hitachi2010_01`" in after


def test_text_of_the_tables_cannot_break_the_page(folder):
    damage(folder, "assumptions", {}, "statement", "Below <nd | or so.")
    assert "Below &lt;nd \\| or so. |" in markdown(read_tables(folder))
