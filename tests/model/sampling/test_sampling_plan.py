"""Which pieces to assay: what every plan must keep to."""

from collections import Counter
from dataclasses import replace

import pytest

from recycler.batch import (
    Assay,
    Batch,
    DeclaredMagnet,
    InvalidBatchError,
    LineItem,
    MagnetType,
    Reading,
)
from recycler.model.recovery import RecoveryModel
from recycler.model.sampling.sampling_order import fewest
from recycler.plan import MOST_PIECES, InvalidPlanRequestError

MAGNETS = Batch(
    (
        LineItem("magnet", "sintered_block", mass_kg=100.0, unit_mass_kg=0.05),
        LineItem("magnet", mass_kg=60.0, unit_mass_kg=0.02),
        LineItem("magnet", count=30, unit_mass_kg=1.0),
    )
)
MOTORS = Batch((LineItem("motor", "ev_traction_motor", count=40),))
TARGETS = (0.9, 0.6, 0.5, 0.45, 0.4, 0.3, 0.2, 0.15, 0.1)


@pytest.fixture(scope="module")
def plan(model):
    """Plan a batch, each one once."""
    known = {}

    def ask(batch, element, target):
        key = (repr(batch), element, target)
        if key not in known:
            known[key] = model.plan(batch, element, target)
        return known[key]

    return ask


def pieces(found) -> Counter:
    return Counter({line.item: line.pieces_to_assay for line in found.lines})


def half_width(model, batch, element) -> float:
    totals = model.estimate(batch).totals
    mass = next(e.contained_kg for e in totals.elements if e.element == element)
    return (mass.upper - mass.lower) / 2 / mass.median


@pytest.mark.parametrize("batch", [MAGNETS, MOTORS, replace(MAGNETS, level=0.5)])
def test_before_is_the_width_of_the_estimate(plan, model, batch):
    assert plan(batch, "Dy", 0.4).before == pytest.approx(half_width(model, batch, "Dy"), abs=1e-3)


def test_a_smaller_target_never_takes_fewer_pieces(plan):
    counts = [pieces(plan(MAGNETS, "Dy", target)).total() for target in TARGETS]
    assert counts == sorted(counts)
    assert counts[0] > 0


def test_a_target_that_is_met_takes_no_pieces(plan):
    found = plan(replace(MAGNETS, level=0.5), "Nd", 0.9)
    assert found.reachable
    assert found.lines == ()
    assert found.after == found.before


@pytest.mark.parametrize("target", TARGETS)
def test_a_plan_does_what_it_says(plan, target):
    """Reachable means that the last step arrives; else it stops at the floor."""
    found = plan(MAGNETS, "Dy", target)
    assert found.reachable == (found.floor <= target)
    assert found.after <= max(target, found.floor) + 1e-4
    assert found.after == found.lines[-1].after
    assert found.after < found.before


@pytest.mark.parametrize("target", TARGETS)
def test_no_line_gives_more_pieces_than_it_has(plan, target):
    for line in plan(MAGNETS, "Dy", target).lines:
        assert 1 <= line.pieces_to_assay <= line.pieces_available <= MOST_PIECES
        assert line.item != 2 or line.pieces_available == 30


def test_pieces_assayed_already_are_not_to_be_had_again(plan):
    unlike = (
        {"Nd": Reading(0.24), "Dy": Reading(0.01)},
        {"Nd": Reading(0.22), "Dy": Reading(0.05)},
    )
    assayed = replace(MAGNETS.items[2], assay=Assay(unlike * 6))
    [line] = plan(Batch((assayed,)), "Dy", 0.01).lines
    assert line.pieces_available == 18


def test_a_line_that_was_assayed_well_is_left_alone(plan):
    sample = {"Nd": Reading(0.24), "Dy": Reading(0.02)}
    first = replace(MAGNETS.items[0], assay=Assay((sample,) * 100))
    batch = Batch((first, *MAGNETS.items[1:]))
    assert pieces(plan(batch, "Dy", 0.5))[0] < pieces(plan(MAGNETS, "Dy", 0.5))[0]


def test_a_plan_is_the_same_from_another_fit(plan, tables):
    again = RecoveryModel().fit(tables).plan(MAGNETS, "Dy", 0.4)
    assert again == plan(MAGNETS, "Dy", 0.4)


def test_an_assay_says_nothing_of_magnet_mass(plan):
    """Motors: the mass of the magnets leaves a floor, and weighing them would lower it."""
    found = plan(MOTORS, "Dy", 0.15)
    assert not found.reachable
    assert found.shares.magnet_mass > 0.5
    assert found.shares.stage_yields == 0.0
    assert found.weighing.items == (0,)
    assert found.weighing.after < found.after / 1.5


def test_weighing_brings_what_a_declared_mass_brings(plan, model):
    """The hint against the real thing, without any assay."""
    found = plan(MOTORS, "Nd", 0.9)
    drawn = model.estimate(MOTORS).totals.magnet_mass_kg.median / 40 * 1000
    told = DeclaredMagnet(mass_g=drawn)
    weighed = half_width(model, Batch((replace(MOTORS.items[0], magnet=told),)), "Nd")
    hint = plan(MOTORS, "Nd", found.before + 0.01 if found.before < 0.99 else 0.99)
    assert hint.weighing.after == pytest.approx(weighed, rel=0.15)


def test_magnets_that_were_weighed_need_no_weighing(plan):
    assert plan(MAGNETS, "Dy", 0.3).weighing is None


def test_pieces_that_seldom_hold_magnets_are_to_be_opened(plan):
    washing = Batch((LineItem("appliance", "washing_machine_motor", count=500, year=2005),))
    notes = {note.code: note for note in plan(washing, "Dy", 0.1).notes}
    assert notes["pieces_to_open"].item == 0


def test_a_mass_without_a_piece_mass_is_an_estimated_number_of_pieces(plan):
    found = plan(Batch((LineItem("magnet", mass_kg=50.0),)), "Dy", 0.3)
    assert [note.code for note in found.notes] == ["pieces_estimated"]


def test_an_element_that_no_line_holds_is_refused(model):
    ferrite = LineItem("speaker", count=5, magnet=DeclaredMagnet(MagnetType.FERRITE))
    samarium = LineItem("magnet", mass_kg=5.0, magnet=DeclaredMagnet(MagnetType.SMCO))
    for line, element in ((ferrite, "Nd"), (samarium, "Dy"), (MOTORS.items[0], "Y")):
        with pytest.raises(InvalidPlanRequestError) as caught:
            model.plan(Batch((line,)), element, 0.2)
        assert [error.pointer for error in caught.value.errors] == ["/element"]
        assert element in caught.value.errors[0].message


def test_an_assay_of_samarium_can_be_planned(plan):
    samarium = LineItem("magnet", mass_kg=5.0, magnet=DeclaredMagnet(MagnetType.SMCO))
    found = plan(Batch((samarium,)), "Sm", 0.05)
    assert found.lines[0].pieces_to_assay > 0


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_target_is_between_none_and_all(model, target):
    with pytest.raises(InvalidPlanRequestError, match="/relative_half_width"):
        model.plan(MAGNETS, "Dy", target)


def test_wrong_words_of_the_batch_are_named_where_they_stand_in_the_request(model):
    with pytest.raises(InvalidBatchError) as caught:
        model.plan(Batch((LineItem("toaster", count=1),)), "Dy", 0.2)
    assert [error.pointer for error in caught.value.errors] == ["/batch/items/0/category"]


def test_fewest_is_monotone_in_the_limit_whatever_the_widths():
    """Also where the width rises from one piece to the next."""
    widths = [1.0, 0.7, 0.9, 0.6, 0.8, 0.5, 0.55, 0.4, 0.45, 0.42, 0.3, 0.5, 0.2]
    order = [0] * (len(widths) - 1)
    counts = [fewest(order, lambda taken: widths[taken.total()], w / 100) for w in range(15, 100)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(order)


def test_a_batch_of_very_many_lines_is_planned_on_those_that_could_tell_most(model):
    lines = (LineItem("magnet", count=n, unit_mass_kg=0.5, year=2000 + n) for n in range(1, 46))
    found = model.plan(Batch(tuple(lines)), "Dy", 0.3)
    assert "most_lines" in {note.code for note in found.notes}
    assert 1 < len(found.lines) <= 40
    assert found.after < found.before


def test_a_line_that_hardly_counts_is_not_worth_a_trip(plan):
    """A handful of phones beside 160 kg of magnets."""
    phones = LineItem("phone", "smartphone", count=20)
    found = plan(Batch((phones, *MAGNETS.items)), "Dy", 0.2)
    assert 0 not in pieces(found)
    assert pieces(found).total() > 0
