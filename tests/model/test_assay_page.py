"""docs/method.md shows a batch before and after an assay as the model answers it."""

import re
from pathlib import Path

import pytest
from model_samples import of

from recycler.batch import Assay, LineItem, Reading

PAGE = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
SAMPLE = {"Nd": Reading(0.24), "Pr": Reading(0.06), "Dy": Reading(0.02), "Tb": Reading(0.002)}
CELL = r"([\d.]+) \(([\d.]+) \u2013 ([\d.]+)\)"
ROWS = re.findall(rf"^\| (\d+) \| {CELL} \| {CELL} \| {CELL} \| {CELL} \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_table_of_an_assay_is_what_the_model_says(estimate, row):
    pieces, *told = (float(cell) for cell in row)
    assay = Assay((SAMPLE,) * int(pieces)) if pieces else None
    line = LineItem("magnet", mass_kg=100.0, unit_mass_kg=0.05, assay=assay)
    totals = estimate(line).totals
    found = [of(totals, element).contained_kg for element in ("Nd", "Dy", "Tb")]
    found.append(totals.total_ree.contained_kg)
    said = [figure for q in found for figure in (q.median, q.lower, q.upper)]
    assert said == pytest.approx(told, rel=0.02)


def test_the_page_has_the_table():
    assert [int(row[0]) for row in ROWS] == [0, 1, 3, 10, 30]
