"""Units and digits of masses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycler.cli.figures import UNITS, Unit, show, show_mass, unit_for
from recycler.estimate import Quantity

KG = Unit("kg", 1.0)

masses = st.floats(1e-9, 1e9)


def value(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.mark.parametrize(
    ("median_kg", "name"),
    [
        (2e4, "t"),
        (1000.0, "t"),
        (999.0, "kg"),
        (1.0, "kg"),
        (0.5, "g"),
        (2e-4, "mg"),
        (2e-8, "µg"),
        (1e-12, "µg"),
    ],
)
def test_the_unit_makes_the_median_at_least_one(median_kg, name):
    assert unit_for(Quantity(median_kg, median_kg, median_kg, median_kg)).name == name


def test_a_median_near_zero_does_not_choose_the_unit():
    """Almost nothing most likely, but perhaps 30 g: shown in g, not as 30,000 mg."""
    assert unit_for(Quantity(0.01, 2e-5, 0.0, 0.03)).name == "g"


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [
        ((12.34, 8.1, 18.9), ("12.3", "8.1", "18.9")),
        ((226.0, 113.0, 469.0), ("230", "110", "470")),
        ((100.0, 98.0, 102.0), ("100.0", "98.0", "102.0")),
        ((3.0, 0.1, 40.0), ("3.0", "0.10", "40")),
        ((5.0, 5.0, 5.0), ("5.00", "5.00", "5.00")),
        ((1.0, 1e-12, 30.0), ("1.0", "0", "30")),
        ((0.0, 0.0, 0.0), ("0", "0", "0")),
        ((12345.6, 9000.0, 20000.0), ("12,300", "9,000", "20,000")),
    ],
)
def test_digits_follow_the_width_of_the_interval(quantity, shown):
    """Two digits of the half width; small numbers keep two of their own, down to 1/100 of that."""
    median, lower, upper = quantity
    found = show(Quantity(median, median, lower, upper), KG)
    assert (found.median, found.lower, found.upper) == shown


@given(st.lists(masses, min_size=3, max_size=3).map(sorted))
def test_rounding_never_turns_an_interval_round(ordered):
    lower, median, upper = ordered
    quantity = Quantity(median, median, lower, upper)
    shown = show(quantity, unit_for(quantity))
    assert value(shown.lower) <= value(shown.median) <= value(shown.upper)


@given(st.lists(masses, min_size=3, max_size=3).map(sorted))
def test_what_is_shown_is_within_a_twentieth_of_the_half_width(ordered):
    lower, median, upper = ordered
    quantity = Quantity(median, median, lower, upper)
    unit = unit_for(quantity)
    shown = show(quantity, unit)
    room = (upper - lower) / 2 / 20 if upper > lower else median / 20
    for text, mass in ((shown.lower, lower), (shown.median, median), (shown.upper, upper)):
        assert value(text) * unit.kg == pytest.approx(mass, abs=room * 1.001)


@given(masses)
def test_a_single_mass_keeps_three_digits(mass_kg):
    number, name = show_mass(mass_kg).split()
    unit = next(unit for unit in UNITS if unit.name == name)
    assert value(number) * unit.kg == pytest.approx(mass_kg, rel=0.0051)
