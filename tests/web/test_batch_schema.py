"""The gate for batches: what is read, and in which units; limits; any JSON at all."""

import re

import pytest
from batch_requests import LIMITS, PHONES, batch, parse, refusals
from hypothesis import given
from hypothesis import strategies as st

from recycler.batch import (
    Assay,
    Batch,
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    InvalidBatchError,
    LineItem,
    MagnetType,
    Origin,
    Reading,
    grade_of,
)
from recycler.elements import ELEMENTS
from recycler.settings import Settings
from recycler.web.input.json_input import MalformedError
from recycler.web.input.schemas import parse_batch
from recycler.web.views.estimates import EXAMPLE


def test_the_example_becomes_a_batch_with_fractions_for_percent():
    magnet = DeclaredMagnet(MagnetType.NDFEB, grade="N42SH", coercivity_class=CoercivityClass.SH)
    sample = {
        "Nd": Reading(0.228),
        "Pr": Reading(0.061),
        "Dy": Reading(0.039),
        "Tb": Reading(0.0005, below_detection=True),
    }

    assert Batch(
        batch_id="intake-0042",
        route="hydrometallurgy",
        level=0.9,
        collected_year=2026,
        plant="own",
        items=(
            LineItem("phone", "smartphone", count=1200, year=2017),
            LineItem(
                "motor",
                "ev_traction_motor",
                count=35,
                rated_power_kw=110.0,
                state=FeedState.DISMANTLED,
            ),
            LineItem("magnet", mass_kg=48.5, magnet=magnet, assay=Assay((sample,))),
        ),
    ) == parse(EXAMPLE)


def test_a_line_with_everything_is_read():
    line = {
        "category": "hdd",
        "subtype": "hdd_3_5",
        "mass_kg": 12,
        "unit_mass_kg": 0.55,
        "rated_power_kw": 0.01,
        "year": 2010,
        "state": "magnets",
        "origin": "swarf",
        "line_id": "Kiste 7, Süd",
        "magnet": {"type": "SmCo", "mass_g": 8.5, "grade": "YXG-28", "composition": {"Sm": 25}},
    }

    assert (
        LineItem(
            category="hdd",
            subtype="hdd_3_5",
            mass_kg=12.0,
            unit_mass_kg=0.55,
            rated_power_kw=0.01,
            year=2010,
            state=FeedState.MAGNETS,
            origin=Origin.SWARF,
            line_id="Kiste 7, Süd",
            magnet=DeclaredMagnet(MagnetType.SMCO, 8.5, "YXG-28", None, {"Sm": 0.25}),
        )
        == parse({"items": [line]}).items[0]
    )


def test_what_is_left_out_keeps_its_default():
    assert Batch(items=(LineItem("phone", count=3),), plant="own") == parse(batch())


def test_a_batch_that_names_no_plant_is_the_services_own():
    assert parse({**batch(), "plant": "north"}).plant == "north"
    assert parse(batch(), Settings(plant="south")).plant == "south"
    assert "control characters" in refusals({**batch(), "plant": "a\tb"})["/plant"]


def test_a_product_unknown_to_the_tables_is_category_other():
    assert LineItem("other", count=3) == parse(batch(category="other")).items[0]


def test_a_whole_number_may_be_written_with_a_point():
    """JSON knows one kind of number: 3.0 and 3e0 are 3."""
    assert parse(batch()) == parse_batch(b'{"items":[{"category":"phone","count":3.0}]}', LIMITS)
    assert parse(batch()) == parse_batch(b'{"items":[{"category":"phone","count":3e0}]}', LIMITS)


def test_the_order_of_elements_does_not_matter():
    """So that the same analysis gets the same estimate_id."""
    ways = [{"Dy": 2, "Nd": 28}, {"Nd": 28, "Dy": 2}]
    said = {repr(parse(batch(magnet={"composition": way}))) for way in ways}

    assert len(said) == 1


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        ("N42SH", "SH"),
        ("N52", "none"),
        ("N38UH", "UH"),
        ("42SH", "SH"),
        ("N35AH", "AH"),
        ("n48h", "H"),
        (" N45M ", "M"),
        ("N-30EH", "EH"),
    ],
)
def test_a_grade_gives_its_coercivity_class(grade, expected):
    magnet = parse(batch(magnet={"grade": grade})).items[0].magnet

    assert (grade, CoercivityClass(expected)) == (magnet.grade, magnet.coercivity_class)


@pytest.mark.parametrize(
    "grade", ["", "N", "N4", "N420", "N99", "N42XH", "N42SHH", "42 SH", "SH", "N42SH\n5", "NdFeB"]
)
def test_what_is_no_grade_of_ndfeb_has_no_coercivity_class(grade):
    assert grade_of(grade).coercivity_class is None


@pytest.mark.parametrize(
    ("family", "grade"),
    [("SmCo", "YXG-28"), ("AlNiCo", "LNG 44"), ("ferrite", "Y30BH"), ("ferrite", "house blend 3")],
)
def test_a_grade_of_another_family_has_no_coercivity_class(family, grade):
    magnet = parse(batch(magnet={"type": family, "grade": grade})).items[0].magnet

    assert (magnet.grade, magnet.coercivity_class) == (grade, None)


def test_limits_are_those_of_the_settings():
    document = {"items": [{**PHONES, "count": 20_000}]}

    assert "/items/0/count" in refusals(document)
    assert parse(document, Settings()).items[0].count == 20_000


def test_one_line_is_one_quantity():
    """Both, and neither, of count and mass_kg are refused; each alone is read."""
    assert parse({"items": [{"category": "phone", "mass_kg": 2}]}).items[0].mass_kg == 2.0


def test_an_assay_may_have_as_many_samples_as_the_line_has_pieces():
    line = parse(batch(assay={"samples": [{"Nd": 0}] * 3})).items[0]

    assert line.assay.samples == ({"Nd": Reading(0.0)},) * 3


def test_percent_may_add_up_to_exactly_one_hundred():
    """Ten tenths that binary fractions cannot hold still make a whole."""
    rare, others = list(ELEMENTS)[:4], list(ELEMENTS)[-6:]
    tenths = dict.fromkeys((*rare, *others), 10.000000000000002)

    assert len(parse(batch(magnet={"composition": tenths})).items[0].magnet.composition) == 10


words = st.sampled_from(
    [
        *PHONES,
        "items",
        "magnet",
        "assay",
        "samples",
        "composition",
        "grade",
        "type",
        "Nd",
        "phone",
        "N42SH",
        "<0.05",
        "NdFeB",
        "year",
        "level",
        "mass_kg",
        "mass_g",
        "subtype",
        "smartphone",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=3), inner),
    max_leaves=15,
)


@given(anything | st.fixed_dictionaries({"items": st.lists(anything)}))
def test_any_json_is_a_batch_or_refused_with_sentences(document):
    try:
        parse(document)
    except InvalidBatchError as error:
        sentences = [e.message for e in error.errors] or [""]
    except MalformedError as error:
        sentences = [str(error)]  # NaN, or half a surrogate pair
    else:
        sentences = ["it is a batch"]

    assert all(re.search(r"\w+ \w+", sentence) for sentence in sentences)


lines = st.fixed_dictionaries(
    {"category": st.sampled_from(["phone", "magnet", "other"]), "count": st.integers(1, 10_000)},
    optional={
        "year": st.integers(1950, 2100),
        "unit_mass_kg": st.floats(1e-3, 1e3),
        "rated_power_kw": st.floats(1e-3, 1e3),
        "state": st.sampled_from(list(FeedState)),
        "magnet": st.fixed_dictionaries(
            {}, optional={"mass_g": st.floats(1e-3, 1), "composition": st.just({"Nd": 30.5})}
        ),
    },
)


@given(st.lists(lines, min_size=1, max_size=5))
def test_every_batch_within_the_limits_is_read(items):
    assert [line["count"] for line in items] == [
        line.count for line in parse({"items": items}).items
    ]
