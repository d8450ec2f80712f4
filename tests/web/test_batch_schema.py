"""The gate for batches: what is read, in which units, and what each wrong field is told."""

import json
import re

import pytest
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
from recycler.web.estimates import EXAMPLE
from recycler.web.json_input import MalformedError
from recycler.web.schemas import parse_batch

LIMITS = Settings(max_items=5, max_assay_samples=4, max_count=10_000, max_mass_kg=1000.0)

PHONES = {"category": "phone", "count": 3}


def parse(document, limits=LIMITS):
    return parse_batch(json.dumps(document).encode(), limits)


def batch(**line):
    return {"items": [{**PHONES, **line}]}


def refusals(document, limits=LIMITS):
    with pytest.raises(InvalidBatchError) as refused:
        parse(document, limits)
    return {error.pointer: error.message for error in refused.value.errors}


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


ITEM = "/items/0"

WRONG_LINES = [
    # quantity
    ({"mass_kg": 2}, f"{ITEM}/mass_kg", "mass_kg stands beside count"),
    ({"count": True}, f"{ITEM}/count", "whole number from 1 to 10000, not true"),
    ({"count": False}, f"{ITEM}/count", "not false"),
    ({"count": 1.5}, f"{ITEM}/count", "whole number from 1 to 10000, not 1.5"),
    ({"count": "5"}, f"{ITEM}/count", 'not "5" (a string)'),
    ({"count": None}, f"{ITEM}/count", "count must not be null; leave out"),
    ({"count": []}, f"{ITEM}/count", "not an array"),
    ({"count": {"a": 1}}, f"{ITEM}/count", "not an object"),
    ({"count": 0}, f"{ITEM}/count", "not 0"),
    ({"count": -1}, f"{ITEM}/count", "not -1"),
    ({"count": 10_001}, f"{ITEM}/count", "not 10001"),
    ({"count": 10**300}, f"{ITEM}/count", "a number of 301 digits"),
    # year
    ({"year": 1949}, f"{ITEM}/year", "from 1950 to 2100"),
    ({"year": 2101}, f"{ITEM}/year", "from 1950 to 2100"),
    ({"year": 2017.5}, f"{ITEM}/year", "whole number"),
    ({"year": "2017"}, f"{ITEM}/year", "(a string)"),
    # masses and power
    ({"unit_mass_kg": 0}, f"{ITEM}/unit_mass_kg", "from 1e-09 to 1000 kg, not 0"),
    ({"unit_mass_kg": -0.1}, f"{ITEM}/unit_mass_kg", "not -0.1"),
    ({"unit_mass_kg": 1001}, f"{ITEM}/unit_mass_kg", "not 1001"),
    ({"unit_mass_kg": 1e-300}, f"{ITEM}/unit_mass_kg", "not 1e-300"),
    ({"unit_mass_kg": True}, f"{ITEM}/unit_mass_kg", "not true"),
    ({"rated_power_kw": 0}, f"{ITEM}/rated_power_kw", "from 1e-06 to 100000 kW"),
    ({"rated_power_kw": "110"}, f"{ITEM}/rated_power_kw", "(a string)"),
    # words
    ({"category": "phnoe"}, f"{ITEM}/category", "did you mean phone? Known: appliance"),
    ({"category": "PHONE"}, f"{ITEM}/category", "did you mean phone?"),
    ({"category": "zzz"}, f"{ITEM}/category", '"zzz" is not a category. Known: '),
    ({"category": 5}, f"{ITEM}/category", "category must be one of"),
    ({"category": ["phone"]}, f"{ITEM}/category", "not an array"),
    ({"category": "p" * 100_000}, f"{ITEM}/category", "ppp..."),
    ({"subtype": "smartfone"}, f"{ITEM}/subtype", "subtype of phone; did you mean smartphone?"),
    ({"subtype": "hdd_3_5"}, f"{ITEM}/subtype", "It is a subtype of hdd"),
    ({"category": "other", "subtype": "toaster"}, f"{ITEM}/subtype", "Known: none"),
    ({"subtype": ""}, f"{ITEM}/subtype", "a text of 1 to 128 characters"),
    ({"state": "crushed"}, f"{ITEM}/state", "Known: whole, dismantled, shredded, magnets"),
    ({"origin": "mine"}, f"{ITEM}/origin", "Known: end_of_life, swarf"),
    ({"line_id": 7}, f"{ITEM}/line_id", "not 7"),
    ({"line_id": "a\nb"}, f"{ITEM}/line_id", "without control characters"),
    ({"line_id": "x" * 129}, f"{ITEM}/line_id", "128 characters"),
    # unknown fields
    ({"cuont": 1}, f"{ITEM}/cuont", '"cuont" is not a field of a line item; did you mean count?'),
    ({"a/b~c": 1}, f"{ITEM}/a~1b~0c", '"a/b~c" is not a field of a line item'),
    ({"": 1}, f"{ITEM}/", '"" is not a field'),
    ({"_schema": 1}, ITEM, '"_schema" is not a field of a line item'),
    # magnet
    ({"magnet": "NdFeB"}, f"{ITEM}/magnet", "a magnet is a JSON object, not"),
    ({"magnet": None}, f"{ITEM}/magnet", "a magnet is a JSON object, not null"),
    ({"magnet": {"kind": "NdFeB"}}, f"{ITEM}/magnet/kind", "not a field of a magnet"),
    ({"magnet": {"type": "ndfeb"}}, f"{ITEM}/magnet/type", "did you mean NdFeB?"),
    ({"magnet": {"mass_g": -1}}, f"{ITEM}/magnet/mass_g", "from 1e-06 to 1e+06 g, not -1"),
    ({"magnet": {"grade": "N99"}}, f"{ITEM}/magnet/grade", '"N99" is not a grade of NdFeB'),
    ({"magnet": {"type": "NdFeB", "grade": "SmCo"}}, f"{ITEM}/magnet/grade", "such as N42SH"),
    ({"magnet": {"grade": 42}}, f"{ITEM}/magnet/grade", "grade must be a text"),
    ({"magnet": {"composition": [30]}}, f"{ITEM}/magnet/composition", "mass % by element"),
    ({"magnet": {"composition": {}}}, f"{ITEM}/magnet/composition", "names no element"),
    ({"magnet": {"composition": {"nd": 30}}}, f"{ITEM}/magnet/composition/nd", "mean Nd?"),
    ({"magnet": {"composition": {"Nd": -1}}}, f"{ITEM}/magnet/composition/Nd", "Nd must be"),
    ({"magnet": {"composition": {"Nd": 101}}}, f"{ITEM}/magnet/composition/Nd", "0 to 100"),
    ({"magnet": {"composition": {"Nd": True}}}, f"{ITEM}/magnet/composition/Nd", "not true"),
    ({"magnet": {"composition": {"Nd": "30"}}}, f"{ITEM}/magnet/composition/Nd", "(a string)"),
    ({"magnet": {"composition": {"Nd": "<1"}}}, f"{ITEM}/magnet/composition/Nd", "(a string)"),
    (
        {"magnet": {"composition": {"Nd": 30, "Fe": 70.01}}},
        f"{ITEM}/magnet/composition",
        "add up to 100.01 mass %, more than 100",
    ),
    (
        {"unit_mass_kg": 0.1, "magnet": {"mass_g": 101}},
        f"{ITEM}/magnet/mass_g",
        "more than the 100 g that one piece weighs",
    ),
    # assay
    ({"assay": [{"Nd": 20}]}, f"{ITEM}/assay", "an assay is a JSON object, not an array"),
    ({"assay": {}}, f"{ITEM}/assay/samples", "samples is missing"),
    ({"assay": {"samples": []}}, f"{ITEM}/assay/samples", "0 entries; 1 to 4"),
    ({"assay": {"samples": {"Nd": 1}}}, f"{ITEM}/assay/samples", "an array, not an object"),
    ({"assay": {"samples": [{"Nd": 1}] * 5}}, f"{ITEM}/assay/samples", "5 entries; 1 to 4"),
    (
        {"assay": {"samples": [{"Nd": 1}] * 4}},
        f"{ITEM}/assay/samples",
        "4 samples were taken from 3",
    ),
    ({"assay": {"samples": [{}]}}, f"{ITEM}/assay/samples/0", "names no element"),
    ({"assay": {"samples": [20]}}, f"{ITEM}/assay/samples/0", "mass % by element"),
    ({"assay": {"samples": [None]}}, f"{ITEM}/assay/samples/0", "must not be null"),
    ({"assay": {"samples": [{"Xx": 1}]}}, f"{ITEM}/assay/samples/0/Xx", "Known: Nd, Pr, Dy"),
    ({"assay": {"samples": [{"Nd": "<nd"}]}}, f"{ITEM}/assay/samples/0/Nd", 'or "<0.05"'),
    ({"assay": {"samples": [{"Nd": "<0"}]}}, f"{ITEM}/assay/samples/0/Nd", 'or "<0.05"'),
    ({"assay": {"samples": [{"Nd": "<101"}]}}, f"{ITEM}/assay/samples/0/Nd", 'or "<0.05"'),
    ({"assay": {"samples": [{"Nd": "<1e3"}]}}, f"{ITEM}/assay/samples/0/Nd", 'or "<0.05"'),
    ({"assay": {"samples": [{"Nd": "0.05"}]}}, f"{ITEM}/assay/samples/0/Nd", 'or "<0.05"'),
    ({"assay": {"samples": [{"Nd": None}]}}, f"{ITEM}/assay/samples/0/Nd", "not null"),
    ({"assay": {"samples": [{"Nd": 60, "Fe": 41}]}}, f"{ITEM}/assay/samples/0", "add up to 101"),
]


@pytest.mark.parametrize(("line", "pointer", "said"), WRONG_LINES)
def test_a_wrong_line_is_told_where_and_what_would_be_right(line, pointer, said):
    found = refusals(batch(**line))

    assert list(found) == [pointer]
    assert said in found[pointer]


WRONG_BATCHES = [
    ([], "", "a batch is a JSON object, not an array"),
    ("batch", "", 'a batch is a JSON object, not "batch" (a string)'),
    (None, "", "not null"),
    ({}, "/items", "items is missing"),
    ({"items": []}, "/items", "0 entries; 1 to 5 are read"),
    ({"items": [PHONES] * 6}, "/items", "6 entries; 1 to 5 are read"),
    ({"items": {"0": PHONES}}, "/items", "an array, not an object"),
    ({"items": [5]}, "/items/0", "a line item is a JSON object, not 5"),
    ({"items": [PHONES, None]}, "/items/1", "a line item is a JSON object, not null"),
    ({"items": [{"count": 1}]}, "/items/0/category", "category is missing"),
    ({"items": [{"category": "phone"}]}, "/items/0", "either count or mass_kg; both are missing"),
    ({"items": [PHONES], "route": "magic"}, "/route", "Known: hydrometallurgy"),
    ({"items": [PHONES], "route": "hydrometalurgy"}, "/route", "did you mean hydrometallurgy?"),
    ({"items": [PHONES], "level": 1}, "/level", "from 0.01 to 0.99, not 1"),
    ({"items": [PHONES], "level": 90}, "/level", "from 0.01 to 0.99, not 90"),
    ({"items": [PHONES], "level": "0.9"}, "/level", "(a string)"),
    ({"items": [PHONES], "collected_year": 0}, "/collected_year", "from 1950 to 2100"),
    ({"items": [PHONES], "batch_id": ""}, "/batch_id", "a text of 1 to 128 characters"),
    ({"items": [PHONES], "item": []}, "/item", "not a field of a batch; did you mean items?"),
    (
        {"items": [{**PHONES, "year": 2020}], "collected_year": 2019},
        "/items/0/year",
        "year is 2020, after the batch was collected in 2019",
    ),
]


@pytest.mark.parametrize(("document", "pointer", "said"), WRONG_BATCHES)
def test_a_wrong_batch_is_told_where_and_what_would_be_right(document, pointer, said):
    found = refusals(document)

    assert list(found) == [pointer]
    assert said in found[pointer]


@pytest.mark.parametrize("field", ["count", "year", "mass_kg", "unit_mass_kg", "rated_power_kw"])
@pytest.mark.parametrize("token", ["1e400", "-1e400", "9" * 5000])
def test_a_number_that_is_not_finite_is_refused_by_its_field(field, token):
    line = f'{{"category": "phone", "{field}": {token}}}'

    with pytest.raises(InvalidBatchError) as refused:
        parse_batch(f'{{"items": [{line}]}}'.encode(), LIMITS)

    assert (f"/items/0/{field}", "Infinity") == (
        refused.value.errors[0].pointer,
        refused.value.errors[0].message[-8:],
    )


def test_every_wrong_field_is_named_in_the_order_of_the_lines():
    lines = [{"count": 1, "x": 1}, PHONES, {"category": "phone", "count": 0, "year": 1}]

    assert list(refusals({"level": 5, "items": lines})) == [
        "/items/0/category",
        "/items/0/x",
        "/items/2/count",
        "/items/2/year",
        "/level",
    ]


def test_lines_are_ordered_as_numbers():
    found = refusals({"items": [{"category": 1}] * 12}, Settings())

    assert [f"/items/{i}/category" for i in range(12)] == list(found)


def test_reading_stops_after_twenty_wrong_entries():
    """A megabyte of nonsense costs no more than a page of it."""
    nonsense = {f"field_{i}": i for i in range(90)}

    assert len(refusals({"items": [nonsense] * 1000}, Settings())) == 20 * 20


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
