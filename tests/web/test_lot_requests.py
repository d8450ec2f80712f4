"""The gate for measured lots: what is read, what is refused by name, and the way back."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_samples import lots

from recycler.batch import DeclaredMagnet, FeedState, LineItem, MagnetType, Reading
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.input.json_input import MalformedError
from recycler.web.lots.lot_documents import lot_document, percent
from recycler.web.lots.schema import EXAMPLE, InvalidLotError, parse_lot, read_lot

LIMITS = Settings(max_assay_samples=4, max_count=10_000, max_mass_kg=1000.0)

MOTORS = {
    "lot_id": "a-1",
    "date": "2026-11-27",
    "method": "XRF",
    "category": "motor",
    "count": 40,
    "samples": [{"Nd": 22.8}],
}
MAGNETS = {**MOTORS, "category": "magnet", "count": None, "mass_kg": 10}


def parse(document, limits=LIMITS):
    said = {name: value for name, value in document.items() if value is not None}
    return parse_lot(json.dumps(said).encode(), limits)


def refusals(document):
    with pytest.raises(InvalidLotError) as refused:
        parse(document)
    return {error.pointer: error.message for error in refused.value.errors}


def test_a_lot_is_a_line_with_what_was_found_in_it():
    assert parse(EXAMPLE) == MeasuredLot(
        lot_id="2026-0417",
        plant="north",
        measured_on=date(2026, 11, 27),
        method="ICP-OES",
        line=LineItem(
            "motor",
            "ev_traction_motor",
            count=40,
            rated_power_kw=110.0,
            state=FeedState.DISMANTLED,
        ),
        samples=(
            {
                "Nd": Reading(0.228),
                "Pr": Reading(6.1 / 100),
                "Dy": Reading(0.039),
                "Tb": Reading(0.0005, below_detection=True),
            },
            {
                "Nd": Reading(23.4 / 100),
                "Pr": Reading(5.8 / 100),
                "Dy": Reading(4.2 / 100),
                "Tb": Reading(0.0005, below_detection=True),
            },
        ),
        magnet_mass_g=1480.0,
        weighed=5,
        route="hydrometallurgy",
        recovered_kg={"Nd": 11.2, "Pr": 2.9, "Dy": 1.8},
    )


def test_declared_and_weighed_magnet_masses_are_two_things():
    lot = parse({**MOTORS, "magnet": {"mass_g": 1500}, "magnet_mass_g": 1480, "weighed": 3})

    assert lot.line.magnet.mass_g == 1500.0
    assert lot.magnet_mass_g == 1480.0


def test_a_lot_that_names_no_plant_is_the_services_own():
    assert parse(MOTORS).plant == "own"
    assert parse(MOTORS, Settings(plant="south")).plant == "south"
    assert parse({**MOTORS, "plant": "north"}, Settings(plant="south")).plant == "north"


def test_a_magnet_of_which_nothing_is_said_is_none():
    assert parse({**MOTORS, "magnet": {}}) == parse(MOTORS)


@pytest.mark.parametrize(
    "found",
    [
        {"samples": [{"Nd": 1}]},
        {"magnet_mass_g": 5},
        {"recovered_kg": {"Nd": 0}, "route": "hydrometallurgy"},
    ],
)
def test_one_kind_of_figures_is_enough(found):
    parse({**MOTORS, "samples": None, **found})


@pytest.mark.parametrize(
    ("changed", "pointer", "said"),
    [
        ({"lot_id": None}, "/lot_id", "lot_id is missing"),
        ({"date": None}, "/date", "date is missing"),
        ({"method": None}, "/method", "method is missing"),
        ({"category": None}, "/category", "category is missing"),
        ({"count": None}, "", "either count or mass_kg"),
        ({"mass_kg": 3}, "/mass_kg", "give one of the two"),
        ({"samples": None}, "", "at least one of samples, magnet_mass_g, recovered_kg"),
        ({"date": "27.11.2026"}, "/date", "a day such as 2026-11-27"),
        ({"date": "2026-11-31"}, "/date", "a day such as 2026-11-27"),
        ({"date": "20261127"}, "/date", "a day such as 2026-11-27"),
        ({"date": "2026-W48-5"}, "/date", "a day such as 2026-11-27"),
        ({"date": "١٩٩٩-01-01"}, "/date", "a day such as 2026-11-27"),
        ({"date": "1949-12-31"}, "/date", "from 1950-01-01 to 2100-12-31"),
        ({"date": "2101-01-01"}, "/date", "from 1950-01-01 to 2100-12-31"),
        ({"date": 20261127}, "/date", "not 20261127"),
        ({"lot_id": ""}, "/lot_id", "1 to 128 characters"),
        ({"lot_id": "x" * 129}, "/lot_id", "1 to 128 characters"),
        ({"lot_id": "a\0b"}, "/lot_id", "without control characters"),
        ({"lot_id": " a"}, "/lot_id", "must not begin or end with a space"),
        ({"plant": "a\u00a0"}, "/plant", "must not begin or end with a space"),
        ({"method": " XRF"}, "/method", "must not begin or end with a space"),
        ({"line_id": "a "}, "/line_id", "must not begin or end with a space"),
        ({"magnet": {"grade": "N42 "}}, "/magnet/grade", "must not begin or end with a space"),
        ({"assay": {"samples": [{"Nd": 1}]}}, "/assay", '"assay" is not a field of a lot'),
        ({"colour": "red"}, "/colour", '"colour" is not a field of a lot'),
        ({"year": 2027}, "/year", "after the lot was measured on 2026-11-27"),
        ({"subtype": "smartphone"}, "/subtype", "It is a subtype of phone"),
        ({"count": 1, "samples": [{"Nd": 1}] * 2}, "/samples", "2 samples were taken from 1"),
        ({"samples": []}, "/samples", "1 to 4 are read"),
        ({"samples": [{"Nd": 1}] * 5}, "/samples", "1 to 4 are read"),
        ({"samples": [{}]}, "/samples/0", "names no element"),
        ({"samples": [{"Nd": 1}, {"Xx": 1}]}, "/samples/1/Xx", "not a carried element"),
        ({"samples": [{"Nd": "<0"}]}, "/samples/0/Nd", "below a detection limit"),
        ({"samples": [{"Nd": 30, "Pr": 11}]}, "/samples/0", "no magnet holds more than 40"),
        ({"samples": [{"Nd": 9}, {"Sm": 9}]}, "/samples", "of SmCo and of NdFeB magnets"),
        ({"magnet": {"type": "SmCo"}}, "/samples/0", "not SmCo as declared"),
        ({"weighed": 3}, "/weighed", "weighed stands without magnet_mass_g"),
        ({"magnet_mass_g": 5, "weighed": 41}, "/weighed", "41 pieces were weighed of 40"),
        ({"magnet_mass_g": 5, "weighed": 0}, "/weighed", "a whole number from 1"),
        ({"magnet_mass_g": 0}, "/magnet_mass_g", "not 0"),
        ({"magnet_mass_g": 2001, "unit_mass_kg": 2}, "/magnet_mass_g", "2000 g that one piece"),
        ({"recovered_kg": {"Nd": 1}}, "/route", "needs the route"),
        ({"route": "smelting"}, "/route", "is not a route"),
        ({"recovered_kg": {}}, "/recovered_kg", "names no element"),
        ({"recovered_kg": [1]}, "/recovered_kg", "an object of kg by element"),
        ({"recovered_kg": {"Xx": 1}}, "/recovered_kg/Xx", "not a carried element"),
        ({"recovered_kg": {"Nd": -1}}, "/recovered_kg/Nd", "kg from 0 to 1000, not -1"),
        ({"recovered_kg": {"Nd": 1001}}, "/recovered_kg/Nd", "kg from 0 to 1000, not 1001"),
        ({"recovered_kg": {"Nd": True}}, "/recovered_kg/Nd", "not true"),
        ({"estimate_id": "A" * 32}, "/estimate_id", "32 digits"),
        ({"estimate_id": "a" * 31}, "/estimate_id", "32 digits"),
        ({"estimate_id": ["a" * 32]}, "/estimate_id", "not an array"),
    ],
)
def test_what_cannot_be_is_refused_by_field(changed, pointer, said):
    found = refusals({**MOTORS, **changed})

    assert list(found) == [pointer]
    assert said in found[pointer]


RECOVERED = {"route": "hydrometallurgy", "recovered_kg": {"Nd": 3.0, "Fe": 5.0}}


def test_no_more_is_won_from_a_lot_than_it_weighs():
    parse({**MAGNETS, **RECOVERED})
    assert "more than the 7.9 kg of the lot" in str(
        refusals({**MAGNETS, **RECOVERED, "mass_kg": 7.9})
    )
    assert "more than the 4 kg of the lot" in str(
        refusals({**MOTORS, **RECOVERED, "unit_mass_kg": 0.1})
    )
    metals = {**RECOVERED, "recovered_kg": {"Nd": 4.1}}
    assert "no magnet holds more than 40 %" in str(refusals({**MAGNETS, **metals}))


def test_a_loose_magnet_may_weigh_more_than_was_said_of_it():
    """The sender guessed, the plant weighed: that is no contradiction but what lots are for."""
    parse({**MAGNETS, "unit_mass_kg": 0.02, "magnet": {"mass_g": 20}, "magnet_mass_g": 25})
    lot = {**MAGNETS, "magnet_mass_g": 10_001}
    assert "10000 g that all pieces weigh" in refusals(lot)["/magnet_mass_g"]


def test_pieces_of_loose_magnets_follow_from_what_one_weighed():
    """10 kg of magnets of 4 kg are two and a half."""
    lot = {**MAGNETS, "magnet_mass_g": 4000, "samples": [{"Nd": 1}] * 3}
    assert refusals(lot) == {"/samples": "3 samples were taken from 2.5 pieces"}
    assert refusals({**lot, "samples": [{"Nd": 1}], "weighed": 3}) == {
        "/weighed": "3 pieces were weighed of 2.5"
    }


def test_what_is_merely_odd_is_kept():
    """Outliers are set aside where models are trained, not where they come in."""
    parse({**MOTORS, "samples": [{"Nd": 0.1, "Fe": 1}], "magnet_mass_g": 1e5, "weighed": 1})
    parse({**MOTORS, "date": "2099-01-01", "route": "hydrometallurgy"})


def test_everything_wrong_is_named_at_once():
    lot = {**MOTORS, "weighed": 3, "recovered_kg": {"Nd": 0.1}, "year": 2050, "mass_kg": 1}

    assert set(refusals(lot)) == {"/weighed", "/route", "/year", "/mass_kg"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "empty"),
        (b'{"lot_id": "\\ud800"}', "surrogate"),
        (b'{"lot_id": 1, "lot_id": 2}', "more than once"),
        (b"[" * 1000, "nested 1000 deep"),
        (b'{"samples": NaN}', "NaN"),
    ],
)
def test_what_is_no_strict_json_is_malformed(document, said):
    with pytest.raises(MalformedError, match=said):
        parse_lot(document, LIMITS)


@pytest.mark.parametrize("parsed", [None, [], 3, "lot"])
def test_what_is_no_object_is_no_lot(parsed):
    with pytest.raises(InvalidLotError, match="a lot is a JSON object"):
        read_lot(parsed, LIMITS)


def test_the_wire_form_says_what_was_sent_and_nothing_else():
    sent = {**EXAMPLE, "origin": "end_of_life"}
    written = lot_document(parse(EXAMPLE))

    assert json.loads(json.dumps(written)) == sent
    assert list(written)[:4] == ["lot_id", "plant", "date", "method"]


@given(st.floats(0, 100))
def test_percent_reads_back_to_the_same_fraction(sent):
    assert percent(sent / 100) / 100 == sent / 100


@given(st.integers(0, 10_000_000).map(lambda n: n / 100_000))
def test_percent_of_few_decimals_is_printed_as_it_was_sent(sent):
    assert percent(sent / 100) == sent


@pytest.mark.parametrize("limit", ["<0.05", "<100", "<0.0000000001", "<3.5", "<0.123456789012"])
def test_a_limit_is_printed_as_it_was_sent(limit):
    assert lot_document(parse({**MOTORS, "samples": [{"Tb": limit}]}))["samples"] == [{"Tb": limit}]


@given(lots())
def test_every_lot_survives_the_way_out_and_back(lot):
    written = lot_document(lot)
    again = parse_lot(json.dumps(written).encode(), Settings(plant="another"))

    assert again == lot
    assert lot_document(again) == written


def test_lots_made_in_python_are_written_to_rounding():
    """Not every binary fraction is a percent over 100; one that is not moves by its last bit."""
    fraction = 0.30000000000000004 / 3
    magnet = DeclaredMagnet(MagnetType.NDFEB)
    line = LineItem("magnet", count=3, magnet=magnet)
    lot = MeasuredLot("a", "b", date(2026, 1, 1), "c", line, ({"Nd": Reading(fraction)},))
    once = read_lot(lot_document(lot), Settings())

    assert once.samples[0]["Nd"].fraction == pytest.approx(fraction, rel=1e-15)
    assert read_lot(lot_document(once), Settings()) == once
