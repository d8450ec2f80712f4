"""Atomic weights and oxide factors against published figures and an independent table."""

import periodictable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycler.elements import ELEMENTS, OXYGEN_ATOMIC_WEIGHT, RARE_EARTHS

ABRIDGED = 5e-6  # atomic weights are given to five decimals


@pytest.mark.parametrize(
    ("symbol", "oxide", "factor"),
    [
        ("Nd", "Nd2O3", 1.1664),
        ("Dy", "Dy2O3", 1.1477),
        ("Tb", "Tb4O7", 1.1762),
        ("Pr", "Pr6O11", 1.2082),
    ],
)
def test_oxide_factors_are_the_published_ones(symbol, oxide, factor):
    assert ELEMENTS[symbol].oxide.formula == oxide
    assert round(ELEMENTS[symbol].oxide_factor, 4) == factor


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=lambda element: element.symbol)
def test_atomic_weights_agree_with_an_independent_table(element):
    """Within the uncertainty published with it, which covers gadolinium's revision of 2024."""
    published = periodictable.elements.symbol(element.symbol)
    tolerance = published._mass_unc + ABRIDGED
    assert element.atomic_weight == pytest.approx(published.mass, abs=tolerance, rel=0)
    assert element.name in (published.name, "aluminium")


def test_the_atomic_weight_of_oxygen_agrees_with_an_independent_table():
    assert periodictable.O.mass == OXYGEN_ATOMIC_WEIGHT


@pytest.mark.parametrize("symbol", RARE_EARTHS)
def test_oxide_factors_follow_from_the_formula_they_name(symbol):
    """The formula as text, read by an independent parser, gives the same factor."""
    formula = periodictable.formula(ELEMENTS[symbol].oxide.formula)
    metal = formula.mass_fraction[periodictable.elements.symbol(symbol)]
    assert ELEMENTS[symbol].oxide_factor == pytest.approx(1 / metal, rel=1e-5)


@given(st.sampled_from(RARE_EARTHS), st.floats(1e-9, 1e9))
def test_metal_to_oxide_and_back_is_the_same_mass(symbol, metal_kg):
    factor = ELEMENTS[symbol].oxide_factor
    oxide_kg = metal_kg * factor
    assert oxide_kg > metal_kg
    assert oxide_kg / factor == pytest.approx(metal_kg, rel=1e-12)


def test_rare_earths_are_light_or_heavy_and_have_an_oxide():
    assert RARE_EARTHS == ("Nd", "Pr", "Dy", "Tb", "Gd", "Ho", "Ce", "La", "Sm", "Y")
    heavy = [symbol for symbol in RARE_EARTHS if ELEMENTS[symbol].group == "heavy"]
    assert heavy == ["Dy", "Tb", "Gd", "Ho", "Y"]


@pytest.mark.parametrize("symbol", ["Fe", "B", "Co", "Cu", "Al", "Ni"])
def test_companions_count_neither_as_rare_earth_nor_as_oxide(symbol):
    companion = ELEMENTS[symbol]
    assert not companion.is_rare_earth
    with pytest.raises(ValueError, match=f"^{symbol} is not counted as an oxide$"):
        _ = companion.oxide_factor
