"""Motors whose size nobody tells, at a plant whose own lots were learned from."""

from datetime import date

import pytest

from recycler.batch import Batch, LineItem
from recycler.lot import MeasuredLot
from recycler.model.recovery import RecoveryModel

REFERENCE_KW = 100.0


def motors(**told) -> LineItem:
    return LineItem("motor", "ev_traction_motor", count=100, **told)


def lots(**told) -> list[MeasuredLot]:
    return [
        MeasuredLot(
            lot_id=f"L-{day}",
            plant="north",
            measured_on=date(2026, 1, day),
            method="weighing",
            line=motors(**told),
            magnet_mass_g=1000.0 + 20 * day,
            weighed=10,
        )
        for day in range(1, 21)
    ]


@pytest.fixture(scope="module")
def unsized(tables):
    """Knows a plant of whose lots nobody told a size."""
    return RecoveryModel().fit(tables, lots())


@pytest.fixture(scope="module")
def sized(tables):
    """Knows a plant that tells the power of its motors."""
    return RecoveryModel().fit(tables, lots(rated_power_kw=REFERENCE_KW))


def at_north(model, **told):
    """Width (upper over lower) and median of the magnet mass, kg, and the codes of the notes."""
    found = model.estimate(Batch((motors(**told),), plant="north"))
    mass = found.totals.magnet_mass_kg
    notes = (*found.notes, *found.items[0].notes)
    return mass.upper / mass.lower, mass.median, {note.code for note in notes}


def test_where_lots_told_no_size_one_more_lot_scatters_as_they_do(unsized):
    width, median, codes = at_north(unsized)
    assert median == pytest.approx(121, rel=0.05)
    assert width < 2
    assert "size_assumed" not in codes


def test_where_lots_told_sizes_a_lot_without_one_is_given_room_for_it(sized):
    known, _, _ = at_north(sized, rated_power_kw=REFERENCE_KW)
    unknown, _, codes = at_north(sized)
    assert unknown > 1.5 * known
    assert "size_assumed" in codes


def test_where_lots_told_no_size_one_that_is_told_leaves_theirs_open(unsized):
    """Whether it is large for the plant or usual there, its lots do not tell."""
    usual, _, _ = at_north(unsized)
    told, _, _ = at_north(unsized, rated_power_kw=REFERENCE_KW)
    assert told > 1.5 * usual
