"""Published figures that the 90 % intervals must hold, and how much they may say beside."""

import pytest
from model_samples import of

from recycler.batch import DeclaredMagnet, LineItem, MagnetType

PHONES = LineItem("phone", "smartphone", count=100_000)
TRACTION = LineItem("motor", "ev_traction_motor", mass_kg=1000.0)
WIND = LineItem("wind_turbine", "wind_direct_drive", count=1, rated_power_kw=1000.0)


@pytest.mark.parametrize(
    ("line", "element", "published_kg", "widest"),
    [
        pytest.param(PHONES, "Nd", 16.0, 46, id="plymouth2019"),
        pytest.param(TRACTION, "Nd", 11.4, 16, id="nordelof2018"),
        pytest.param(TRACTION, "Nd", 6.4, 16, id="elwert2016"),
        pytest.param(WIND, "Nd", 201.5, 5, id="viebahn2015"),
    ],
)
def test_element_contents(estimate, line, element, published_kg, widest):
    """Inside the interval, whose upper bound is at most `widest` times the lower."""
    found = of(estimate(line).totals, element).contained_kg
    assert found.lower < published_kg < found.upper
    assert found.upper / found.lower < widest


def test_total_rare_earths_of_phones_reach_what_was_recovered(estimate):
    """Apple's robots were said to recover 24 kg from 100,000 phones: contents must reach above."""
    assert estimate(PHONES).totals.total_ree.contained_kg.upper > 24.0


@pytest.mark.parametrize(
    ("element", "published_fraction", "widest"),
    [("Nd", 0.228, 2.5), ("Pr", 0.033, 6.0), ("Dy", 0.012, 6.0)],
)
def test_composition_of_hard_disk_magnets(estimate, element, published_fraction, widest):
    """Belfqueh et al. (2023): Nd 22.8, Pr 3.3, Dy 1.2 mass % in pooled hard disk magnets."""
    declared = DeclaredMagnet(MagnetType.NDFEB, mass_g=13.0)
    disks = LineItem("hdd", "hdd_mixed", count=1_000_000, magnet=declared)
    found = estimate(disks).totals
    content, magnet_kg = of(found, element).contained_kg, found.magnet_mass_kg.median
    assert content.lower / magnet_kg < published_fraction < content.upper / magnet_kg
    assert content.upper / content.lower < widest
