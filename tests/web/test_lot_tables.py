"""Lists of lots as CSV and NDJSON: nothing is lost on the way, and errors lead back to the line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_samples import lot_json, lots

from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.input.tables import TableInputError
from recycler.web.lots.lot_lists import (
    MOST_WRONG,
    InvalidLotsError,
    read_lots_ndjson,
    write_lots_ndjson,
)
from recycler.web.lots.lot_tables import COLUMNS, read_lots_csv, write_lots_csv
from recycler.web.lots.schema import EXAMPLE, parse_lot, read_lot

EXAMPLES = Path(__file__).parents[2] / "examples" / "lots"

LIMITS = Settings(max_assay_samples=3)

HEAD = "lot_id,date,method,category,count,sample_Nd,sample_Dy\n"


def read(table: str, limits: Settings = LIMITS) -> list[MeasuredLot]:
    return list(read_lots_csv(table.encode(), limits))


def lot(*, limits: Settings = LIMITS, **said) -> MeasuredLot:
    standard = {"lot_id": "a", "date": "2026-01-02", "method": "XRF", "category": "motor"}
    return read_lot({**standard, "count": 9, **said}, limits)


def wrong(reading: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidLotsError) as refused:
        reading()
    return {error.pointer: error.message for error in refused.value.errors}


def unique(found: list[MeasuredLot]) -> list[MeasuredLot]:
    return list({(lot.plant, lot.lot_id): lot for lot in found}.values())


some_lots = st.lists(lots(), min_size=1, max_size=4).map(unique)


@given(some_lots)
def test_every_lot_survives_a_table(found):
    table = "".join(write_lots_csv(found))

    assert list(read_lots_csv(table.encode(), Settings(plant="another"))) == found
    assert "".join(write_lots_csv(read_lots_csv(table.encode(), Settings()))) == table


@given(some_lots)
def test_every_lot_survives_ndjson(found):
    lines = "".join(write_lots_ndjson(found))

    assert lines.count("\n") == len(found)
    assert list(read_lots_ndjson(lines.encode(), Settings(plant="another"))) == found


def test_a_lot_takes_a_row_for_every_sample_and_its_figures_stand_once():
    [head, first, second] = "".join(write_lots_csv([read_lot(EXAMPLE, LIMITS)])).splitlines()
    rows = [dict(zip(COLUMNS, row.split(","), strict=True)) for row in (first, second)]

    assert head.split(",") == list(COLUMNS)
    assert [row["sample_Nd"] for row in rows] == ["22.8", "23.4"]
    assert [row["sample_Tb"] for row in rows] == ["<0.05", "<0.05"]
    assert [row["recovered_Nd_kg"] for row in rows] == ["11.2", ""]
    assert [row["weighed_magnet_mass_g"] for row in rows] == ["1480.0", ""]
    filled = {column for column, cell in rows[1].items() if cell}
    assert filled == {"lot_id", "plant", "sample_Nd", "sample_Pr", "sample_Dy", "sample_Tb"}


def test_rows_of_a_lot_may_repeat_what_they_share_or_leave_it_out():
    table = (
        HEAD
        + "a,2026-01-02,XRF,motor,9,20,1\na,2026-01-02,,motor,,21,\nb,2026-01-02,XRF,motor,9,3,\n"
    )

    assert read(table) == [
        lot(samples=[{"Nd": 20, "Dy": 1}, {"Nd": 21}]),
        lot(lot_id="b", samples=[{"Nd": 3}]),
    ]


def test_the_examples_are_lots():
    [twice, weighed, won] = read_lots_csv((EXAMPLES / "lots.csv").read_bytes(), Settings())
    sent = parse_lot((EXAMPLES / "lot.json").read_bytes(), Settings())

    assert len(twice.samples) == 2
    assert (weighed.magnet_mass_g, weighed.weighed) == (11.6, 25)
    assert won.recovered_kg == {"Nd": 11.2, "Dy": 1.8}
    assert {lot.plant for lot in (twice, weighed, won, sent)} == {"made-up"}


def test_a_lot_without_samples_takes_one_row():
    head = "lot_id,date,method,category,count,weighed_magnet_mass_g,weighed\n"
    table = head + "a,2026-01-02,XRF,motor,9,5,2\n"

    assert read(table) == [lot(magnet_mass_g=5, weighed=2)]


def test_the_same_lot_id_at_two_plants_is_two_lots():
    table = "plant," + HEAD + ",a,2026-01-02,XRF,motor,9,20,\nnorth,a,2026-01-02,XRF,motor,9,20,\n"

    assert [found.plant for found in read(table)] == ["own", "north"]


def test_a_plant_that_is_left_out_is_the_services_own_in_every_row():
    table = "plant," + HEAD + ",a,2026-01-02,XRF,motor,9,20,\nown,a,,,,,21,\n"

    assert read(table) == [lot(samples=[{"Nd": 20}, {"Nd": 21}])]


@pytest.mark.parametrize(
    "table",
    [
        "\ufeff" + HEAD + "a,2026-01-02,XRF,motor,9,20,1\n",
        HEAD.replace(",", ";") + "a;2026-01-02;XRF;motor;9;20;1\r\n",
        HEAD + '\n ,,,,,,\n"a",2026-01-02, XRF ,motor,9,20,1',
    ],
    ids=["byte order mark", "semicolons", "spaces and empty rows"],
)
def test_spreadsheet_dialects_say_the_same(table):
    assert read(table) == [lot(samples=[{"Nd": 20, "Dy": 1}])]


GOOD = "a,2026-01-02,XRF,motor,9,20,1\n"


@pytest.mark.parametrize(
    ("rows", "pointer", "said"),
    [
        ("a,2026-01-32,XRF,motor,9,20,1\n", "/2/date", "Line 2, column date: date must be a day"),
        (GOOD + "b,2026-01-02,XRF,motor,0,20,\n", "/3/count", "Line 3, column count: count must"),
        (GOOD + "\nb,2026-01-02,XRF,motor,9,50,\n", "/4", "Line 4: the rare earths add up to 50"),
        ("a,2026-01-02,XRF,motor,9,20\n", "/2", "Line 2 has 6 cells"),
        ('a,2026-01-02,XRF,motor,9,"20,5",\n', "/2/sample_Nd", "write 1234.5 for numbers"),
        (",2026-01-02,XRF,motor,9,20,\n", "/2/lot_id", "lot_id is missing"),
        ("a,,XRF,motor,9,20,\n", "/2/date", "date is missing"),
        ("a,2026-01-02,XRF,,9,20,\n", "/2/category", "category is missing"),
        ("a,2026-01-02,XRF,motor,9,,\n", "/2", "at least one of samples"),
        (GOOD + "a,,,,,<0,\n", "/3/sample_Nd", "Line 3, column sample_Nd: Nd must be mass %"),
        (GOOD + "a,,,,8,20,\n", "/3/count", '"8" here, but "9" on line 2'),
        (GOOD + "a,,,,,,\n", "/3", "Line 3: no sample"),
        (GOOD + "b,2026-01-02,XRF,motor,9,20,\n" + GOOD, "/4/lot_id", "that of line 2 already"),
        (GOOD + "a,,,,,1,\n" * 3, "/2", "4 rows are of one lot; at most 3 are read"),
        ("=1+1\0,2026-01-02,XRF,motor,9,20,\n", "/2/lot_id", "without control characters"),
        ("a,2026-01-02,XRF,motor,1e400,20,\n", "/2/count", 'not "1e400"'),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(rows, pointer, said):
    found = wrong(lambda: read(HEAD + rows))

    assert list(found) == [pointer]
    assert said in found[pointer]


def test_everything_wrong_in_a_table_is_named_at_once():
    rows = "a,2026-01-32,XRF,motor,9,20,1\nb,1\nc,2026-01-02,XRF,motr,9,20,50\n"

    assert set(wrong(lambda: read(HEAD + rows))) == {"/2/date", "/3", "/4/category"}


def test_the_row_that_gave_a_shared_value_is_the_one_that_is_wrong():
    assert set(wrong(lambda: read(HEAD + "a,,XRF,motor,9,20,\na,soon,,,,20,\n"))) == {"/3/date"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "its first line must name columns"),
        (b"lot_id,lots\n", "'lots' is no column; known are lot_id, plant, date"),
        (b"lot_id,assay_Nd\n", "'assay_Nd' is no column"),
        (b"lot_id,lot_id\n", "stands twice"),
        (b"\xff\xfe", "Line 1 is not UTF-8"),
        (HEAD.encode() + b"caf\xe9,,,,,,\n", "Line 2 is not UTF-8"),
        (HEAD.encode() + b'"a', "Line 2 is not valid CSV"),
        (b"x" * 200_000, "is not valid CSV"),
    ],
)
def test_what_is_no_table_is_refused(table, said):
    with pytest.raises(TableInputError, match=said) as refused:
        list(read_lots_csv(table, LIMITS))
    assert len(str(refused.value)) < 1000


def test_messages_stay_short_whatever_a_cell_holds():
    long = "9" * 60_000
    found = wrong(
        lambda: read(HEAD + f"a,{long},XRF,motor,{long},20,\n" + GOOD.replace("XRF", long))
    )

    assert all(len(message) < 300 for message in found.values())


def test_a_header_alone_has_no_lots():
    assert wrong(lambda: read(HEAD)) == {"": "There are no lots; give at least one."}
    assert wrong(lambda: list(read_lots_ndjson(b"\n", LIMITS))) == {
        "": "There are no lots; give at least one."
    }


def test_a_list_is_read_no_further_after_a_hundred_wrong_lots():
    lines = [f"{n},,XRF,motor,9,20,\n" for n in range(MOST_WRONG + 50)]

    assert len(wrong(lambda: read(HEAD + "".join(lines)))) == MOST_WRONG


def test_rows_that_all_repeat_one_lot_are_refused_at_once():
    """A million rows of one lot cost no more than reading them."""
    found = wrong(lambda: read(HEAD + GOOD + "a,,,,8,,\n" * 100_000))

    assert list(found.values()) == ["Line 2: 100001 rows are of one lot; at most 3 are read."]


def ndjson(*documents: object) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


@pytest.mark.parametrize(
    ("lines", "pointer", "said"),
    [
        (ndjson(lot_json(), lot_json(count=3)), "/2/mass_kg", "Line 2, /mass_kg: mass_kg stands"),
        (ndjson(lot_json()) + b"\n\n{\n", "/4", "Line 4: not valid JSON"),
        (ndjson([lot_json()]), "/1", "Line 1: a lot is a JSON object"),
        (ndjson(lot_json(), lot_json("b"), lot_json()), "/3/lot_id", "that of line 1 already"),
        (ndjson(lot_json(samples=[{"Nd": 1}, {"Nd": "x"}])), "/1/samples/1/Nd", "Nd must be"),
        (b"\xff\n", "/1", "Line 1: the body is not UTF-8"),
        (b"[" * 100_000, "/1", "nested 100000 deep"),
    ],
)
def test_what_is_wrong_in_ndjson_is_named_by_line_and_pointer(lines, pointer, said):
    found = wrong(lambda: list(read_lots_ndjson(lines, Settings())))

    assert list(found) == [pointer]
    assert said in found[pointer]
