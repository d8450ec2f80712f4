"""What the sender knows beats what the tables guess."""

import pytest
from line_samples import basis, codes, magnets, width
from model_samples import of

from recycler.batch import (
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    InvalidBatchError,
    LineItem,
    MagnetType,
    Origin,
)


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


def test_alnico_gives_what_is_declared_of_it(estimate):
    declared = DeclaredMagnet(MagnetType.ALNICO, composition={"Co": 0.24, "Ni": 0.14})
    found = estimate(magnets(magnet=declared)).totals
    assert of(found, "Co").contained_kg.median == pytest.approx(24.0, rel=0.03)
    assert of(found, "Ni").contained_kg.median == pytest.approx(14.0, rel=0.03)
    assert found.total_ree.contained_kg.upper == 0.0


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
