"""What the sender knows beats what the tables guess."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from model_samples import of

from recycler.batch import (
    Assay,
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    InvalidBatchError,
    LineItem,
    MagnetType,
    Origin,
    Reading,
)
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.lines.signature import sign


def codes(prediction) -> set[str]:
    return {note.code for item in prediction.items for note in item.notes}


def basis(prediction, factor: str) -> str:
    return basis_of(prediction, factor).basis


def basis_of(prediction, factor: str):
    return next(found for found in prediction.items[0].basis if found.factor == factor)


def width(quantity) -> float:
    return (quantity.upper - quantity.lower) / quantity.median


def magnets(**known) -> LineItem:
    return LineItem("magnet", mass_kg=100.0, **known)


@pytest.mark.parametrize("kind", [MagnetType.FERRITE, MagnetType.ALNICO])
def test_magnets_without_rare_earths_hold_none(estimate, kind):
    found = estimate(LineItem("speaker", count=500, magnet=DeclaredMagnet(kind)))
    assert found.totals.total_ree.contained_kg.upper == 0.0
    assert "no_rare_earths" in codes(found)


def test_samarium_cobalt_is_another_magnet(estimate):
    """The tables print 25 to 36 mass % Sm and 50 to 57 mass % Co; there is no Nd in it."""
    found = estimate(magnets(magnet=DeclaredMagnet(MagnetType.SMCO))).totals
    assert [element.element for element in found.elements] == ["Sm", "Co"]
    samarium, cobalt = (of(found, element).contained_kg for element in ("Sm", "Co"))
    assert 20 < samarium.lower < 27 < samarium.upper < 40
    assert 40 < cobalt.lower < 52 < cobalt.upper < 70
    assert found.total_ree.contained_kg == samarium


def test_a_declared_type_replaces_the_share_that_holds_ndfeb(estimate):
    line = {
        "category": "appliance",
        "subtype": "washing_machine_motor",
        "count": 1000,
        "year": 2005,
    }
    guessed = of(estimate(LineItem(**line)).totals, "Nd").contained_kg
    told = estimate(LineItem(**line, magnet=DeclaredMagnet(MagnetType.NDFEB)))
    assert of(told.totals, "Nd").contained_kg.median > 5 * guessed.median
    assert basis(told, "presence") == "declared"


def test_a_declared_mass_replaces_the_mass_factor(estimate):
    declared = DeclaredMagnet(MagnetType.NDFEB, mass_g=1500.0)
    told = estimate(LineItem("motor", "ev_traction_motor", count=100, magnet=declared))
    guessed = estimate(LineItem("motor", "ev_traction_motor", count=100))
    assert told.totals.magnet_mass_kg.median == pytest.approx(150.0, rel=0.02)
    assert width(told.totals.magnet_mass_kg) < width(guessed.totals.magnet_mass_kg) / 3
    assert basis(told, "magnet_mass") == "declared"


def test_magnets_that_were_weighed_weigh_what_the_scale_said(estimate):
    weighed = estimate(magnets()).totals.magnet_mass_kg
    assert weighed.lower == weighed.mean == weighed.upper == 100.0
    counted = estimate(LineItem("magnet", count=20, unit_mass_kg=5.0)).totals.magnet_mass_kg
    assert counted.mean == pytest.approx(100.0)
    assert counted.lower < 95.0


def test_a_declared_composition_is_taken_at_its_word(estimate):
    declared = DeclaredMagnet(MagnetType.NDFEB, composition={"Nd": 0.25, "Dy": 0.03})
    found = estimate(magnets(magnet=declared))
    assert of(found.totals, "Nd").contained_kg.median == pytest.approx(25.0, rel=0.02)
    assert of(found.totals, "Dy").contained_kg.median == pytest.approx(3.0, rel=0.02)
    assert basis(found, "nd_fraction") == "declared"
    assert basis(found, "ratio:Pr") != "declared"


def test_coercivity_classes_rise_in_dysprosium_and_say_that_they_are_assumed(estimate):
    heavy = []
    for name in CoercivityClass:
        suffix = "" if name is CoercivityClass.NONE else name
        grade = DeclaredMagnet(MagnetType.NDFEB, grade=f"N40{suffix}")
        found = estimate(magnets(magnet=grade))
        assert "grade_assumed" in codes(found)
        assert basis(found, "ratio:Dy") == "assumed"
        heavy.append(of(found.totals, "Dy").contained_kg.median)
    assert heavy == sorted(heavy)


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


def test_alnico_gives_what_is_declared_of_it(estimate):
    declared = DeclaredMagnet(MagnetType.ALNICO, composition={"Co": 0.24, "Ni": 0.14})
    found = estimate(magnets(magnet=declared)).totals
    assert of(found, "Co").contained_kg.median == pytest.approx(24.0, rel=0.03)
    assert of(found, "Ni").contained_kg.median == pytest.approx(14.0, rel=0.03)
    assert found.total_ree.contained_kg.upper == 0.0


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


def test_a_loose_magnet_weighs_what_its_label_says(estimate):
    label = DeclaredMagnet(MagnetType.NDFEB, mass_g=250.0)
    found = estimate(LineItem("magnet", count=40, magnet=label)).totals.magnet_mass_kg
    assert found.median == pytest.approx(10.0, rel=0.02)
    assert width(found) < 0.3


def test_a_magnet_heavier_than_its_product_is_noted(estimate):
    """The published mass of a product is an average, so it is odd but no error."""
    heavy = DeclaredMagnet(MagnetType.NDFEB, mass_g=900.0)
    assert "magnet_heavier_than_product" in codes(
        estimate(LineItem("phone", "smartphone", count=10, magnet=heavy))
    )


def test_swarf_and_unknown_subtypes_say_what_is_assumed(estimate):
    assert "swarf" in codes(estimate(magnets(origin=Origin.SWARF)))
    assert "subtype_unknown" in codes(estimate(LineItem("phone", count=10)))
    assert "subtype_unknown" not in codes(estimate(LineItem("phone", "smartphone", count=10)))


def test_an_unknown_subtype_is_a_mixture_of_the_categorys(estimate):
    mixed, old, new = (
        of(estimate(LineItem("hdd", s, count=1000, year=2010)).totals, "Nd").contained_kg
        for s in (None, "hdd_mixed", "hdd_3_5")
    )
    assert min(old.median, new.median) < mixed.median < max(old.median, new.median)


def test_a_product_without_figures_is_out_of_domain(estimate):
    for line in (LineItem("camera", count=100), LineItem("other", count=5, unit_mass_kg=2.0)):
        found = estimate(line)
        assert not found.items[0].in_domain
        assert "out_of_domain" in codes(found)
    assert estimate(LineItem("laptop", count=5)).items[0].in_domain


def test_rated_power_scales_what_is_known_per_kilowatt(estimate):
    small, large = (
        estimate(LineItem("wind_turbine", "wind_direct_drive", count=3, rated_power_kw=power))
        for power in (1000.0, 4000.0)
    )
    unknown = estimate(LineItem("wind_turbine", "wind_direct_drive", count=3))
    assert of(large.totals, "Nd").contained_kg.mean == pytest.approx(
        4 * of(small.totals, "Nd").contained_kg.mean, rel=1e-4
    )
    assert width(unknown.totals.magnet_mass_kg) > 1.2 * width(large.totals.magnet_mass_kg)
    assert "size_assumed" in codes(unknown)


def test_the_state_of_the_feed_decides_what_is_lost(estimate):
    recovered = [
        of(estimate(LineItem("hdd", count=1000, state=state)).totals, "Nd").recoverable_kg.median
        for state in (FeedState.SHREDDED, FeedState.WHOLE, FeedState.DISMANTLED, FeedState.MAGNETS)
    ]
    assert recovered == sorted(recovered)
    assert recovered[0] < 0.5 * recovered[1]


@pytest.mark.parametrize(
    ("line", "route", "pointer"),
    [
        (LineItem("toaster", count=1), "hydrometallurgy", "/items/0/category"),
        (LineItem("phone", "brick", count=1), "hydrometallurgy", "/items/0/subtype"),
        (LineItem("phone", count=1), "alchemy", "/route"),
        (LineItem("other", mass_kg=5.0), "hydrometallurgy", "/items/0/unit_mass_kg"),
    ],
)
def test_words_the_model_does_not_know_are_named(estimate, line, route, pointer):
    with pytest.raises(InvalidBatchError) as caught:
        estimate(line, route=route)
    assert [error.pointer for error in caught.value.errors] == [pointer]
