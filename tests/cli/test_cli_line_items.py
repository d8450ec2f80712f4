"""CSV of line items: what becomes JSON, and where errors point."""

import json

import pytest

from recycler.cli.line_items import TableInputError, read_line_items


def items(table: str) -> list[dict]:
    return json.loads(read_line_items(table.encode()).document)["items"]


def refusal(table: str | bytes) -> str:
    data = table if isinstance(table, bytes) else table.encode()
    with pytest.raises(TableInputError) as caught:
        read_line_items(data)
    return str(caught.value)


def test_numbers_become_numbers_and_words_stay_words():
    assert items("category,count,mass_kg,line_id,grade\nphone,12,1.5e1,007,42\n") == [
        {
            "category": "phone",
            "count": 12,
            "mass_kg": 15.0,
            "line_id": "007",
            "magnet": {"grade": "42"},
        }
    ]


def test_magnet_columns_are_gathered_in_the_magnet():
    table = "category,mass_kg,magnet_type,magnet_mass_g,grade\nmagnet,2,NdFeB,35,N42SH\n"
    assert items(table)[0]["magnet"] == {"type": "NdFeB", "mass_g": 35, "grade": "N42SH"}


def test_a_declared_composition_and_one_analysis_have_a_column_per_element():
    table = "category,mass_kg,composition_Nd,assay_Nd,assay_Tb,assay_Dy\nmagnet,2,24,23.5,<0.05,\n"
    [item] = items(table)
    assert item["magnet"] == {"composition": {"Nd": 24}}
    assert item["assay"] == {"samples": [{"Nd": 23.5, "Tb": "<0.05"}]}


def test_an_analysis_of_a_table_is_led_back_to_its_column():
    table = read_line_items(b"category,count,assay_Nd,assay_Dy\nphone,1,20,1\n")
    assert table.place("/items/0/assay/samples/0/Dy") == "line 2, column assay_Dy"
    assert table.place("/items/0/assay/samples/0") == "line 2, columns assay_Nd, assay_Dy"


def test_an_empty_cell_says_nothing():
    assert items("category,count,year,grade\nphone,3,, \n") == [{"category": "phone", "count": 3}]


@pytest.mark.parametrize(
    "table",
    [
        "category,count\nphone,3\n",
        "\ufeffcategory,count\nphone,3\n",
        "category;count\r\nphone;3\r\n",
        ' category , count \n"phone", 3 \n\n,\n',
        "category,count,,\nphone,3,,,,\n",
        "category,count\nphone,3",
    ],
    ids=["plain", "byte order mark", "semicolons", "spaces and empty rows", "empty end", "no end"],
)
def test_spreadsheet_dialects_say_the_same(table):
    assert items(table) == [{"category": "phone", "count": 3}]


@pytest.mark.parametrize("cell", ["abc", "nan", "inf", "1e999", "9" * 5000, "1 2", "0x10", "١٢"])
def test_what_is_no_finite_number_stays_text_for_the_gate_to_refuse(cell):
    assert items(f"category,count\nphone,{cell}\n")[0]["count"] == cell


@pytest.mark.parametrize("cell", ["1,5", "1,234", "1,234,567.8"])
def test_a_comma_in_a_number_is_refused_rather_than_guessed(cell):
    assert refusal(f"category;mass_kg\nphone;1\nphone;{cell}\n") == (
        f"Line 3, column mass_kg: '{cell}' has a comma; write 1234.5 for numbers."
    )


def test_an_unknown_column_is_named_with_those_known():
    said = refusal("category,cuont\nphone,3\n")
    assert said.startswith("Line 1: 'cuont' is no column; known are category, subtype, count,")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "The table is empty: its first line must name columns"),
        ("\n\n", "The table is empty: its first line must name columns"),
        ("category,count\n", "The table has a header but no line items"),
        ("category,count\n,\n", "The table has a header but no line items"),
        ("category,count,count\n", "Line 1: column count stands twice."),
        ("category,,count\nphone,,1\n", "Line 1: column 2 has no name"),
        ("category,count\nphone\n", "Line 2 has 1 cells where the header names 2 columns."),
        ("category,count\nphone,1,2\n", "Line 2 has 3 cells where the header names 2 columns."),
        ('category,count\n"phone"x,1\n', "Line 2 is not valid CSV"),
        ('category,count\nphone,1\n"phone,1\n', "Line 3 is not valid CSV"),
        (b"category,count\nphone,1\ncaf\xe9,1\n", "Line 3 is not UTF-8"),
        (b"\xff\xfec\0a\0", "Line 1 is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_by_line(table, said):
    assert refusal(table).startswith(said)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/items/0/count", "line 2, column count"),
        ("/items/1/magnet/mass_g", "line 5, column magnet_mass_g"),
        ("/items/1/magnet", "line 5, columns magnet_type, magnet_mass_g, grade"),
        ("/items/1", "line 5"),
        ("/items/1/assay", "line 5"),
        ("/items", "the rows"),
        ("/items/7/count", "/items/7/count"),
        ("/level", "/level"),
        ("", ""),
    ],
)
def test_pointers_lead_back_to_line_and_column(pointer, place):
    """The second item begins on line 5: a quoted cell above it spans two lines, one is empty."""
    table = 'category,count,line_id\nphone,1,"a\nb"\n\nphone,2,c\n'
    assert read_line_items(table.encode()).place(pointer) == place
