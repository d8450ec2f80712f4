"""Shares of the variance as people see them, and what they are told to measure next."""

from dataclasses import replace
from io import StringIO

import pytest
from cli_samples import make_estimate
from rich.console import Console

from recycler.cli.shares_table import MOST_LINES, measure_next, reading, share, shares_table
from recycler.estimate import VarianceShares


def shown(estimate, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(shares_table(estimate))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("shares", "factor"),
    [
        (VarianceShares(0.5, 0.2, 0.1, 0.1, 0.1), "presence"),
        (VarianceShares(0.1, 0.2, 0.1, 0.5, 0.1), "magnet_mass"),
        (VarianceShares(0.0, 0.01, 0.1, 0.8, 0.09), "composition"),
        (VarianceShares(0.0, 0.02, 0.03, 0.9, 0.05), None),
    ],
)
def test_what_to_measure_next_is_the_largest_share_that_pieces_can_tell(shares, factor):
    assert measure_next(shares) == factor
    said = reading(shares)
    assert said.startswith("Measure next: ")
    assert (factor or "none").replace("_", " ") in said


def test_the_batch_comes_first_and_then_its_lines():
    lines = shown(make_estimate()).splitlines()
    rows = [line.split()[0] for line in lines if "%" in line]
    assert rows == ["batch", "1", "2", "crate-7"]
    assert "50 %" in lines[-4]


def test_a_batch_of_one_line_has_one_row():
    whole = make_estimate()
    one = replace(whole, items=whole.items[:1])
    assert shown(one).count("%") == shown(whole).count("%") // 4


def test_lines_without_rare_earths_are_left_out():
    whole = make_estimate()
    none = replace(whole.items[1], variance_shares=None)
    text = shown(replace(whole, items=(whole.items[0], none, whole.items[2])))
    assert [line.split()[0] for line in text.splitlines() if "%" in line] == [
        "batch",
        "1",
        "crate-7",
    ]
    nothing = replace(whole, totals=replace(whole.totals, variance_shares=None), items=(none,))
    assert "no rare earths" in shown(nothing)


def test_of_very_many_lines_those_with_most_to_recover_are_shown():
    whole = make_estimate()
    items = tuple(replace(whole.items[0], item=i) for i in range(MOST_LINES + 5))
    rows = [line for line in shown(replace(whole, items=items)).splitlines() if "%" in line]
    assert len(rows) == MOST_LINES + 1


def test_it_fits_a_narrow_terminal():
    text = shown(make_estimate(), width=80)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.514, "51 %"), (0.0, "0 %"), (-0.0002, "0 %"), (-0.06, "-6 %")]
)
def test_shares_are_percent_without_a_signed_nothing(value, text):
    assert share(value) == text
