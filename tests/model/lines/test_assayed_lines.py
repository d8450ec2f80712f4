"""What a laboratory found in a line beats what the tables and its label say."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from line_samples import basis, basis_of, codes, magnets, width
from model_samples import of

from recycler.batch import Assay, DeclaredMagnet, LineItem, MagnetType, Reading
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.lines.signature import sign


def test_an_assay_moves_and_narrows_the_answer(estimate):
    sample = {"Nd": Reading(0.24), "Pr": Reading(0.06), "Dy": Reading(0.02)}
    before = of(estimate(magnets()).totals, "Dy").contained_kg
    after = estimate(magnets(assay=Assay((sample,) * 5)))
    assert of(after.totals, "Nd").contained_kg.median == pytest.approx(24.0, rel=0.03)
    assert of(after.totals, "Dy").contained_kg.median == pytest.approx(2.0, rel=0.1)
    assert width(of(after.totals, "Dy").contained_kg) < width(before)
    assert basis(after, "nd_fraction") == "assayed"


def test_more_samples_narrow_more(estimate):
    sample = {"Nd": Reading(0.24), "Dy": Reading(0.02)}
    widths = [
        width(of(estimate(magnets(assay=Assay((sample,) * k))).totals, "Dy").contained_kg)
        for k in (1, 2, 4, 8, 16, 32)
    ]
    assert all(many < 0.95 * few for few, many in pairwise(widths))


def test_many_samples_speak_louder_than_the_tables(estimate):
    """Whatever the tables say of such magnets, the answer comes to the mean of the readings."""
    odd = {"Nd": Reading(0.30), "Pr": Reading(0.002), "Dy": Reading(0.09)}
    found = estimate(magnets(assay=Assay((odd,) * 400))).totals
    for element, reading in odd.items():
        median = of(found, element).contained_kg.median
        assert median == pytest.approx(100 * reading.fraction, rel=0.03)


def test_a_lot_of_two_kinds_holds_the_mean_of_both(estimate):
    """Half the magnets without Dy: what counts for the lot is the arithmetic mean."""
    kinds = ({"Dy": Reading(0.03)}, {"Dy": Reading(0.0005, below_detection=True)})
    dysprosium = of(estimate(magnets(assay=Assay(kinds * 100))).totals, "Dy").contained_kg
    assert dysprosium.lower < 1.5 < dysprosium.upper < 2.5


def test_the_order_of_samples_does_not_matter(estimate):
    samples = tuple({"Nd": Reading(0.2 + i / 100), "Dy": Reading(0.05 / i)} for i in range(1, 6))
    there, back = (
        estimate(magnets(assay=Assay(order))).totals for order in (samples, samples[::-1])
    )
    assert there == back


def test_what_was_not_assayed_follows_by_what_goes_along_with_it(estimate):
    """Bonded magnets hold half the Nd of sintered ones, and of its companions likewise."""
    rich, poor = (
        of(estimate(disks(Assay(({"Nd": Reading(nd)},) * 5))).totals, "Dy").contained_kg.median
        for nd in (0.30, 0.15)
    )
    assert poor < 0.8 * rich


def disks(assay: Assay | None = None, count: int = 100_000, **known) -> LineItem:
    magnet = DeclaredMagnet(MagnetType.NDFEB, mass_g=13.0)
    return LineItem("hdd", "hdd_mixed", count=count, magnet=magnet, assay=assay, **known)


def test_an_assay_tells_of_its_own_line_and_of_no_other(estimate):
    """Other lines stay as they are, also those of the very same product."""
    assay = Assay(({"Nd": Reading(0.30), "Dy": Reading(0.05)},) * 10)
    alone = estimate(disks()).items[0]
    beside = estimate(disks(assay), disks()).items[1]
    assert beside.elements == alone.elements
    assert beside.total_ree == alone.total_ree


def test_what_an_assay_leaves_open_stays_shared_with_other_lines(model):
    """Joint draws: the covariance with another line falls as far as the assay explains it."""
    drawer = LineDrawer(model.factors_, model.seed, 20_000)

    def logs(line: LineItem):
        drawn = drawer.draw(sign(line, 2026), "hydrometallurgy")
        return np.log(drawn.contained_kg[drawn.elements.index("Nd")] / drawn.magnet_kg)

    prior = logs(disks())
    assayed = logs(disks(Assay(({"Nd": Reading(float(np.exp(prior.mean())))},))))
    told = 1.0 - assayed.var() / prior.var()
    assert 0.2 < told < 0.8
    assert np.cov(assayed, prior)[0, 1] == pytest.approx((1.0 - told) * prior.var(), rel=0.05)


def test_two_lots_are_assayed_with_errors_of_their_own(model):
    drawer = LineDrawer(model.factors_, model.seed, 20_000)
    lots = [Assay(({"Dy": Reading(0.03)},) * k) for k in (200, 201)]
    drawn = [drawer.draw(sign(disks(lot), 2026), "hydrometallurgy") for lot in lots]
    logs = [np.log(d.contained_kg[d.elements.index("Dy")] / d.magnet_kg) for d in drawn]
    assert abs(np.corrcoef(logs)[0, 1]) < 0.1


def test_magnets_that_were_all_analysed_scatter_no_more(estimate):
    """What is left is the laboratory's error, and the mass of the magnets."""
    unlike = tuple({"Nd": Reading(0.24), "Dy": Reading(dy)} for dy in (0.01, 0.02, 0.06))
    known = {"unit_mass_kg": 0.5, "assay": Assay(unlike)}
    all_of_them = of(estimate(LineItem("magnet", mass_kg=1.5, **known)).totals, "Dy").contained_kg
    some_of_many = of(estimate(LineItem("magnet", mass_kg=500.0, **known)).totals, "Dy")
    assert all_of_them.median == pytest.approx(1.5 * 0.03, rel=0.02)
    assert width(all_of_them) == pytest.approx(2 * 1.645 * 0.03, rel=0.1)
    assert width(some_of_many.contained_kg) > 8 * width(all_of_them)


def test_pieces_whose_magnets_were_assayed_had_magnets(estimate):
    """Few vacuum cleaners hold NdFeB; three whose magnets were analysed do."""
    cleaners = LineItem("appliance", "vacuum_cleaner_motor", count=3, year=2000)
    assay = Assay(({"Nd": Reading(0.24)},) * 3)
    guessed, told = (estimate(replace(cleaners, assay=a)).totals for a in (None, assay))
    assert of(guessed, "Nd").contained_kg.lower == 0.0
    assert of(told, "Nd").contained_kg.lower > 0.0


@pytest.mark.parametrize("neodymium", [0.24, 0.1, 0.03, 0.0025, 0.0])
def test_less_neodymium_than_thought_possible_does_not_fill_up_with_others(estimate, neodymium):
    """What goes along with Nd is known of lots that were thought possible, and of no others."""
    untold = estimate(magnets()).totals.total_ree.contained_kg
    reading = {"Nd": Reading(neodymium)}
    found = estimate(magnets(assay=Assay((reading,) * 3)))
    told = found.totals.total_ree.contained_kg
    assert told.median < untold.median * 1.1
    assert told.upper < untold.upper * 1.1
    if neodymium < 0.03:  # far below any: the answer is unsure of itself, and says so
        assert told.upper / told.lower > untold.upper / untold.lower
        (note,) = (n for n in found.items[0].notes if n.code == "assay_far_from_category")
        assert "mass %" in note.message


def test_not_reported_below_detection_and_zero_are_three_things(estimate):
    """Not reported leaves the tables' word; a printed zero is below 0.01 mass %, by assumption."""

    def terbium(**reading):
        assay = Assay(({"Nd": Reading(0.24), **reading},) * 10)
        found = estimate(magnets(assay=assay))
        return of(found.totals, "Tb").contained_kg, basis_of(found, "ratio:Tb")

    limit = 0.0005
    unreported, below, zero = (
        terbium(),
        terbium(Tb=Reading(limit, below_detection=True)),
        terbium(Tb=Reading(0.0)),
    )
    assert unreported[0].upper > 100 * 5 * limit
    assert 0.0 < below[0].lower < below[0].upper < 100 * 1.5 * limit
    assert 0.0 < zero[0].upper < 100 * 2.0 * 0.0001
    assert [found[1].basis for found in (unreported, below, zero)] == [
        "pooled",
        "assayed",
        "assayed",
    ]
    assert "10 readings, 10 below detection." in below[1].assumption
    assert "A 0 printed without a detection limit" in zero[1].assumption


def test_companions_appear_where_they_were_measured(estimate):
    """They have no oxide here, and count in no total."""
    sample = {"Nd": Reading(0.28), "Fe": Reading(0.64), "Co": Reading(0.02), "B": Reading(0.01)}
    found = estimate(magnets(assay=Assay((sample,) * 10))).totals
    symbols = [element.element for element in found.elements]
    assert symbols[-3:] == ["Fe", "B", "Co"]
    assert "Fe" not in [e.element for e in estimate(magnets()).totals.elements]
    iron, neodymium = of(found, "Fe"), of(found, "Nd")
    assert iron.contained_kg.median == pytest.approx(64.0, rel=0.03)
    assert (iron.recoverable_oxide_kg, iron.oxide) == (None, None)
    assert neodymium.oxide == "Nd2O3"
    assert found.total_ree.contained_kg.upper < 41.0
    assert all(of(found, s).recoverable_kg.upper < of(found, s).contained_kg.upper for s in symbols)


def test_analyses_of_loose_magnets_show_their_type(estimate):
    samples = ({"Sm": Reading(0.25), "Co": Reading(0.5)},) * 3
    found = estimate(magnets(assay=Assay(samples)))
    assert [e.element for e in found.totals.elements] == ["Sm", "Co"]
    assert "type_from_analysis" in codes(found)


def test_an_assay_wins_over_a_grade(estimate):
    """A grade speaks of Dy and Tb by assumption; a measurement needs no assumption beside it."""
    assay = Assay(({"Dy": Reading(0.005)},) * 3)
    graded, plain = (
        estimate(magnets(assay=assay, magnet=DeclaredMagnet(MagnetType.NDFEB, grade=grade)))
        for grade in ("N38EH", None)
    )
    assert graded.totals == plain.totals
    assert "grade_assumed" not in codes(graded)


def test_a_label_that_many_assays_contradict_is_not_believed(estimate):
    label = DeclaredMagnet(MagnetType.NDFEB, composition={"Dy": 0.08})
    assay = Assay(({"Dy": Reading(0.01)},) * 50)
    found = estimate(magnets(magnet=label, assay=assay))
    assert of(found.totals, "Dy").contained_kg.median == pytest.approx(1.0, rel=0.1)
    assert "assay_contradicts_declared" in codes(found)


def test_rare_earths_never_exceed_what_a_magnet_can_hold(model):
    rich = {"Nd": Reading(0.30), "Pr": Reading(0.07), "Gd": Reading(0.02)}
    drawer = LineDrawer(model.factors_, model.seed, model.draws)
    drawn = drawer.draw(sign(magnets(assay=Assay((rich,) * 3)), 2026), "hydrometallurgy")
    fractions = drawn.contained_kg / drawn.magnet_kg
    assert fractions.sum(axis=0).max() <= 0.4 + 1e-12
    assert fractions.min() > 0.0


def test_a_measured_element_does_not_give_way_to_one_that_was_not(estimate):
    """The ceiling of 40 mass % takes from what nobody has measured."""
    rich = {"Nd": Reading(0.30), "Pr": Reading(0.06)}
    found = estimate(magnets(assay=Assay((rich,) * 100))).totals
    assert of(found, "Nd").contained_kg.median == pytest.approx(30.0, rel=0.01)
    assert of(found, "Dy").contained_kg.upper < 6.0


def test_an_assay_of_another_thing_is_noted(estimate):
    far = Assay(({"Nd": Reading(0.001)},))
    near = Assay(({"Nd": Reading(0.23)},))
    none = Assay(({"Nd": Reading(0.0005, below_detection=True)},))
    assert "assay_far_from_category" in codes(estimate(magnets(assay=far)))
    assert "assay_far_from_category" in codes(estimate(magnets(assay=none)))
    assert "assay_far_from_category" not in codes(estimate(magnets(assay=near)))
    label = DeclaredMagnet(MagnetType.NDFEB, composition={"Nd": 0.03})
    assert "declared_far_from_category" in codes(estimate(magnets(magnet=label)))
