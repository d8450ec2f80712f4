"""What came in lately beside earlier intake and what was learned: counts, days, distances."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from intake_samples import TODAY, USUAL, counts_of, kind

from recycler.batch import LineItem
from recycler.intake import IntakeCount
from recycler.lot import MeasuredLot
from recycler.monitoring.shift import (
    FEW_ROWS,
    Intake,
    Shift,
    intake_shift,
    learned_from,
    total_variation,
)
from recycler.reference import load_tables

LEARNED = {
    "category": Counter(phone=40, motor=30, hdd=FEW_ROWS, wind_turbine=30),
    "product": Counter(smartphone=10),
    "years": Counter({"2015-2019": 5, "2020-2024": 5}),
}


def shift_of(counts: list[IntakeCount], dimension: str = "category") -> Shift:
    return {shift.dimension: shift for shift in found(counts).shifts}[dimension]


def found(counts: list[IntakeCount]) -> Intake:
    return intake_shift(counts, LEARNED, today=TODAY, recent_days=30)


def test_the_distance_is_the_share_that_would_have_to_be_others():
    assert total_variation({"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}) == 0
    assert total_variation({"a": 1.0}, {"b": 1.0}) == 1
    assert total_variation({"a": 0.7, "b": 0.3}, {"a": 0.5, "c": 0.5}) == pytest.approx(0.5)


@pytest.mark.parametrize("clumped", [False, True])
def test_intake_that_does_not_change_rarely_seems_to(clumped):
    """Also where all lines of a day come from one sender: days are shuffled, not lines."""
    small = [shift_of(counts_of(120, seed, clumped=clumped)).p_value < 0.05 for seed in range(200)]

    assert np.mean(small) <= 0.09


def test_lines_counted_as_if_independent_would_fool():
    """The clumped days of the test above lie far apart by lines."""
    apart = [shift_of(counts_of(120, seed, clumped=True)).from_earlier for seed in range(50)]

    assert np.mean(apart) > 0.06


def test_a_change_of_the_mixture_is_found_and_told():
    other = {"phone": 0.2, "motor": 0.3, "hdd": 0.2, "tablet": 0.3}
    shift = shift_of(counts_of(120, recent=other))

    assert shift.p_value < 0.01
    assert shift.from_earlier == pytest.approx(0.3, abs=0.06)
    words = {word.word: word for word in shift.words}
    assert words["tablet"].earlier == 0
    assert words["tablet"].recent == pytest.approx(0.3, abs=0.05)
    assert words["wind_turbine"].learned == pytest.approx(30 / 105)


@pytest.mark.parametrize(("days", "recent_days"), [(33, 30), (3, 30)])
def test_under_five_days_on_either_side_nothing_is_tested(days, recent_days):
    shift = shift_of(counts_of(days, recent_days=recent_days))

    assert shift.p_value is None


def test_the_last_day_and_the_first_recent_one_belong_to_the_recent():
    edges = [TODAY, TODAY - timedelta(days=29), TODAY - timedelta(days=30)]
    intake = found([IntakeCount(kind(day), 1, 5) for day in edges])

    assert (intake.recent_lines, intake.earlier_lines) == (2, 1)
    assert (intake.recent_pieces, intake.recent_from) == (10, edges[1])


def test_without_lines_there_is_nothing_to_compare():
    intake = found([])

    assert (intake.recent_lines, intake.shifts, intake.thin) == (0, (), ())
    assert intake.out_of_domain is intake.unexpected_before is None


def test_without_earlier_lines_recent_ones_are_compared_with_what_was_learned():
    shift = shift_of(counts_of(20))

    assert shift.from_earlier is None
    assert shift.from_learned > 0


def test_lines_without_a_year_lie_in_no_other_year():
    told = [IntakeCount(kind(years="2015-2019"), 5, 5), IntakeCount(kind(years="2020-2024"), 5, 5)]
    silent = IntakeCount(kind(), 90, 0)

    assert shift_of([*told, silent], "years").from_learned == pytest.approx(0)
    assert shift_of([silent], "years").from_learned is None


def test_what_the_rows_do_not_say_is_not_compared_with_them():
    assert shift_of(counts_of(60), "state").from_learned is None


def test_categories_with_few_rows_are_named_with_the_most_lines_first():
    counts = [IntakeCount(kind(category=c), n, n) for c, n in (("mri", 2), ("ebike", 7))]
    intake = found([*counts, IntakeCount(kind(category="hdd"), 50, 50)])

    assert [(thin.category, thin.lines, thin.rows) for thin in intake.thin] == [
        ("ebike", 7, 0),
        ("mri", 2, 0),
    ]


def test_shares_out_of_domain_and_unexpected_are_of_lines():
    odd = IntakeCount(kind(in_domain=False, unexpected=True), 1, 1)
    before = kind(TODAY - timedelta(days=99))
    intake = found([odd, IntakeCount(kind(), 3, 3), IntakeCount(before, 5, 5)])

    assert (intake.out_of_domain, intake.unexpected) == (0.25, 0.25)
    assert (intake.out_of_domain_before, intake.unexpected_before) == (0, 0)


def test_what_is_learned_from_are_the_rows_that_count_and_the_lots():
    tables = load_tables()
    line = LineItem("ebike", "ebike_motor", count=3, year=2021)
    lot = MeasuredLot("lot-1", "own", date(2026, 1, 1), "ICP-OES", line)

    plain, more = learned_from(tables, []), learned_from(tables, [lot])

    measured = (*tables.contents, *tables.magnet_masses, *tables.compositions)
    expected = Counter(row.category for row in measured if not row.excluded)
    assert plain["category"] == expected
    assert more["category"] - plain["category"] == Counter(ebike=1)
    assert more["years"] - plain["years"] == Counter({"2020-2024": 1})
    assert USUAL.keys() <= plain["category"].keys()
