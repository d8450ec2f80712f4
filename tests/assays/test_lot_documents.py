"""The canonical form of a lot: exact, and the same for equal lots."""

import json
import math

import pytest
from assay_samples import lots, make_lot
from hypothesis import given

from recycler.assays import canonical, digest, from_canonical
from recycler.batch import Assay, LineItem, Reading
from recycler.elements import ELEMENTS


@given(lots)
def test_a_lot_comes_back_as_it_was(lot):
    assert from_canonical(canonical(lot)) == lot


@given(lots)
def test_writing_again_what_was_read_gives_the_same_bytes(lot):
    assert canonical(from_canonical(canonical(lot))) == canonical(lot)


def test_the_order_of_elements_changes_nothing():
    one = make_lot(recovered_kg={"Nd": 1.0, "Dy": 2.0}, samples=({"Nd": Reading(0.2)},))
    other = make_lot(recovered_kg={"Dy": 2.0, "Nd": 1.0}, samples=({"Nd": Reading(0.2)},))

    assert digest(one) == digest(other)


def test_a_lot_is_read_with_its_elements_in_the_one_order_of_elements():
    """A model draws in the order that it is given: it must not hang on who wrote the lot."""
    read = from_canonical(canonical(make_lot(recovered_kg=dict.fromkeys(reversed(ELEMENTS), 1.0))))

    assert list(read.recovered_kg) == list(ELEMENTS)


def test_whole_numbers_and_floats_of_one_value_are_the_same_lot():
    assert digest(make_lot(magnet_mass_g=12)) == digest(make_lot(magnet_mass_g=12.0))
    assert digest(make_lot(recovered_kg={"Nd": -0.0})) == digest(make_lot(recovered_kg={"Nd": 0}))


def test_neighbouring_floats_are_different_lots():
    assert digest(make_lot(nd=0.228)) != digest(make_lot(nd=math.nextafter(0.228, 1)))


def test_not_reported_below_detection_and_zero_are_three_lots():
    samples = ({}, {"Tb": Reading(0.0)}, {"Tb": Reading(0.0, below_detection=True)})

    assert len({digest(make_lot(samples=(sample,))) for sample in samples}) == 3


def test_what_is_not_said_is_not_written():
    """So that a field that lots get one day leaves the digests of today's lots alone."""
    bare = make_lot(
        samples=(), magnet_mass_g=None, weighed=None, estimate_id=None, line=LineItem("phone")
    )

    assert json.loads(canonical(bare)) == {
        "line": {"category": "phone", "origin": "end_of_life"},
        "lot_id": "lot-1",
        "measured_on": "2026-11-27",
        "method": "ICP-OES",
        "plant": "north",
        "recovered_kg": {"Dy": 1.7, "Nd": 10.1},
        "route": "hydrometallurgy",
    }


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(odd):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(make_lot(magnet_mass_g=odd))


def test_an_element_that_is_not_carried_is_refused_by_name():
    with pytest.raises(ValueError, match="'Xx' is no element carried"):
        canonical(make_lot(recovered_kg={"Xx": 1.0}))


def test_a_line_with_an_assay_is_refused():
    line = LineItem("magnet", mass_kg=1, assay=Assay(({"Nd": Reading(0.2)},)))

    with pytest.raises(ValueError, match="no assay"):
        canonical(make_lot(line=line))


def test_the_digest_of_a_lot_stays_what_it_is():
    """Stored digests and those of training runs are compared with what is digested today."""
    assert digest(make_lot()) == "8b025deb0a7ff3e7573b758db550a0ac6ea5f9462a05702612efaa1f3734527f"
