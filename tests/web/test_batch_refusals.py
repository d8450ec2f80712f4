"""What is no batch is refused: each wrong field is told where it is and what would be right."""

import pytest
from batch_requests import LIMITS, PHONES, batch, refusals

from recycler.batch import InvalidBatchError
from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

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
