"""A table that is wrong is refused with its file, line and column, and what would be right."""

import csv
import re

import pytest
from table_samples import PACKAGED, damage, lines_of, write_lines

from recycler.reference import TableError, read_tables
from recycler.reference.layouts import LAYOUTS

SMARTPHONE = {"subtype": "smartphone"}
HARD_DISK = {"row_id": "ueberschaar2015_01"}
LEACHING = {"route": "hydrometallurgy", "stage": "leaching"}

WRONG_CELLS = [
    ("element_content", {}, "content_g", "abc", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "0", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "-1", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "nan", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "1e400", "a mass in grams > 0"),
    ("element_content", {}, "content_g", "1,5", "a mass in grams > 0"),
    ("element_content", {}, "min_g", "1e6", "at most the figure itself"),
    ("element_content", {}, "max_g", "1e-6", "at least the figure itself"),
    ("element_content", {}, "n", "0", "a number of pieces >= 1"),
    ("element_content", {}, "n", "1.5", "a number of pieces >= 1"),
    ("element_content", {}, "year", "1889", "a year from 1970 to 2030"),
    ("element_content", {}, "basis", "per_lb", "per_unit, per_kg, per_kw, flow"),
    ("element_content", {}, "element", "nd", "one of Nd, Pr, Dy"),
    ("element_content", {}, "kind", "guess", "measured, manufacturer"),
    ("element_content", {}, "flags", "excluded", "exclude, lower_bound, upper_bound"),
    ("element_content", {}, "flags", "lower_bound upper_bound", "one bound at most"),
    ("element_content", {}, "flags", "exclude exclude", "each word once"),
    ("element_content", {}, "source_id", "nobody1999", "a source_id of sources.csv"),
    ("element_content", {}, "via", "nobody1999", "a source_id of sources.csv"),
    ("element_content", {}, "category", "phones", "phone"),
    ("element_content", SMARTPHONE, "subtype", "smartfone", "feature_phone, smartphone"),
    ("element_content", SMARTPHONE, "subtype", "hdd_mixed", "feature_phone, smartphone"),
    ("element_content", {"row_id": "plymouth2019_02"}, "element", "Nd", "a new element for this"),
    ("magnet_mass", {}, "magnet_mass_g", "0", "a mass in grams > 0"),
    ("magnet_mass", {}, "sd_g", "-2", "a mass in grams > 0"),
    ("magnet_mass", {}, "product_mass_kg", "0", "a mass in kilograms > 0"),
    ("magnet_mass", {}, "magnet_type", "ndfeb", "sintered_ndfeb"),
    ("magnet_mass", {}, "cites", "see above", "a text such as 'Sekine et al. (2017)'"),
    ("magnet_mass", {"row_id": "hitachi2010_02"}, "row_id", "hitachi2010_01", "a new row_id"),
    ("magnet_composition", HARD_DISK, "Nd", "229", "a percentage from 0 to 100"),
    ("magnet_composition", HARD_DISK, "Nd", "-1", "a percentage from 0 to 100"),
    ("magnet_composition", HARD_DISK, "Nd", "<", "'<' before a detection limit, or '<nd'"),
    ("magnet_composition", HARD_DISK, "Nd", "<ND", "'<' before a detection limit, or '<nd'"),
    ("magnet_composition", HARD_DISK, "Fe", "90", "at most 105 mass %"),
    ("magnet_composition", HARD_DISK, "total_ree", "25", "at least 27.00 mass %"),
    ("magnet_composition", HARD_DISK, "sd_note", "Tb sd 1", "one of Nd, Pr, Dy"),
    ("magnet_composition", HARD_DISK, "sd_note", "Nd 2.8", "one of Nd, Pr, Dy"),
    ("magnet_composition", HARD_DISK, "sd_note", "Nd sd wide", "a percentage from 0 to 100"),
    ("magnet_composition", HARD_DISK, "other", "Xx 1", "one of C, Eu, Ga"),
    ("magnet_composition", HARD_DISK, "flags", "lower_bound", "one of exclude"),
    ("magnet_presence", {}, "ndfeb_share", "1.01", "a share from 0 to 1"),
    ("magnet_presence", {}, "year", "199", "a year from 1970 to 2030"),
    ("magnet_presence", {"year": "2005"}, "year", "1990", "a new year for this subtype"),
    ("products", SMARTPHONE, "product_mass_kg", "", "a mass in kilograms > 0"),
    ("products", SMARTPHONE, "piece_mass_kg", "0", "a mass in kilograms > 0"),
    ("products", SMARTPHONE, "subtype", "feature_phone", "a new subtype"),
    ("products", {"scaling": "power"}, "reference_power_kw", "", "a power in kW > 0"),
    ("products", SMARTPHONE, "label", " ", "a text"),
    ("products", SMARTPHONE, "scaling", "area", "piece, mass, power"),
    ("products", SMARTPHONE, "presence_of", "hdd_3_5", "a subtype of magnet_presence.csv"),
    ("products", SMARTPHONE, "presence_averaged", "", "one of yes, no"),
    ("products", SMARTPHONE, "lifetime_shape", "", "a number > 0"),
    ("products", SMARTPHONE, "lifetime_scale_years", "", "a scale in years"),
    ("products", SMARTPHONE, "assumptions", "luck", "a name of assumptions.csv"),
    ("stage_yield", {}, "yield_pct", "101", "a percentage from 0 to 100"),
    ("stage_yield", {}, "yield_min_pct", "99.5", "at most the figure itself"),
    ("stage_yield", {}, "yield_max_pct", "98", "at least the figure itself"),
    ("stage_yield", {}, "route", "magic", "hydrometallurgy, hydrogen_hpms"),
    ("stage_yield", {}, "stage", "leeching", "liberation"),
    ("stage_yield", {}, "element", "Nd+Unobtainium", "one of Nd, Pr, Dy"),
    ("stage_yield", {}, "element", "", "elements with '+' between them"),
    ("stage_yield", {}, "feed", "", "a text"),
    ("stage_yield", {}, "scale", "garage", "lab, pilot, industrial"),
    ("stage_yield", {}, "flags", "exclude", "lower_bound, upper_bound, claim, secondary"),
    ("routes", LEACHING, "figures_of", "hydrogen_hpms", "a route that stage_yield.csv has figures"),
    ("routes", LEACHING, "figures_of", "state", "a route that stage_yield.csv has figures of"),
    ("routes", LEACHING, "figures_of", "", "unless an assumption is named"),
    ("routes", LEACHING, "position", "2", "a new position for this route"),
    ("routes", {"stage": "calcination"}, "position", "9", "position 6"),
    ("routes", LEACHING, "stage", "demagnetisation", "a new stage for this route"),
    ("routes", {"stage": "calcination"}, "assumption", "luck", "a name of assumptions.csv"),
    ("routes", {"position": "1"}, "label", "", "a text"),
    ("assumptions", {"scale": "logit"}, "value", "1.5", "a share from 0 to 1"),
    ("assumptions", {"scale": "log"}, "spread", "0", "a number > 0"),
    ("assumptions", {"scale": "log"}, "scale", "", "the scale of the value and spread"),
    ("assumptions", {"scale": "log"}, "scale", "cubic", "log, logit, beta, weibull"),
    ("assumptions", {}, "statement", "", "a text"),
    ("observed_only", {}, "reason", "", "a text"),
    ("observed_only", {}, "subtype", "smartphone", "a subtype that products.csv does not have"),
    ("sources", {}, "title", "", "a text"),
    ("sources", {}, "year", "20255", "a year from 1950 to 2030"),
    ("sources", {}, "doi", "https://doi.org/10.1/x", "a DOI such as"),
    ("sources", {}, "same_work_as", "nobody1999", "a source_id of this table"),
    ("sources", {}, "same_work_as", "widmett2015", "not the same work as yet another"),
]


@pytest.mark.parametrize(("table", "where", "column", "cell", "expected"), WRONG_CELLS)
def test_a_wrong_cell_is_named_with_what_would_be_right(
    folder, table, where, column, cell, expected
):
    number = damage(folder, table, where, column, cell)
    with pytest.raises(TableError) as refusal:
        read_tables(folder)
    assert str(refusal.value).startswith(f"{table}.csv, line {number}, column {column}: ")
    assert expected in str(refusal.value)


@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        ("Nd", "22,9", "'22,9' is not"),
        ("Nd", "<low", "'<low' is not"),
        ("category", "", "the cell is empty"),
        ("flags", "exclude twice", "'twice' is not"),
        ("other", "Zr 0.1; Xx 1", "'Xx' is not"),
        ("sd_note", "Nd sd wide", "'wide' is not"),
    ],
)
def test_the_error_shows_what_stands_there(folder, column, cell, found):
    """Of a cell with several words it shows the one that is wrong."""
    number = damage(folder, "magnet_composition", HARD_DISK, column, cell)
    place = f"magnet_composition.csv, line {number}, column {column}: "
    with pytest.raises(TableError, match=f"^{re.escape(place + found)}"):
        read_tables(folder)


FREE_TEXT = {
    "assumptions": {"statement"},
    "element_content": {"sample", "method", "locator", "note"},
    "magnet_composition": {"replicate_group", "grade", "method", "locator", "note"},
    "magnet_mass": {"locator", "note"},
    "observed_only": {"reason"},
    "products": {"label", "note"},
    "routes": {"label"},
    "sources": {"authors", "title", "journal", "url", "licence", "cited_as"},
    "stage_yield": {"feed", "conditions", "locator", "note"},
}
CHECKED = [
    (layout.name, column)
    for layout in LAYOUTS
    for column in sorted(layout.columns - FREE_TEXT.get(layout.name, set()))
]


@pytest.mark.parametrize(("table", "column"), CHECKED)
def test_no_column_but_free_text_takes_rubbish(folder, table, column):
    number = damage(folder, table, {}, column, "?!")
    with pytest.raises(TableError) as refusal:
        read_tables(folder)
    assert str(refusal.value).startswith(f"{table}.csv, line {number}, column {column}: '?!'")


def test_a_missing_file_is_named(folder):
    (folder / "routes.csv").unlink()
    with pytest.raises(TableError, match=r"^routes.csv: No such file .* is expected in "):
        read_tables(folder)


@pytest.mark.parametrize(
    ("column", "problem"), [("fraction", "is not known"), ("scale", "stands twice")]
)
def test_a_column_that_does_not_belong_is_named(folder, column, problem):
    header, *lines = lines_of(folder, "assumptions")
    write_lines(folder, "assumptions", [[*header, column], *([*line, ""] for line in lines)])
    with pytest.raises(
        TableError, match=rf"^assumptions.csv, line 1, column {column}: .*{problem}"
    ):
        read_tables(folder)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_missing_column_is_named(folder, layout):
    header, *lines = lines_of(folder, layout.name)
    write_lines(folder, layout.name, [header[:-1], *(line[:-1] for line in lines)])
    message = rf"^{layout.name}.csv, line 1, column {header[-1]}: this column is missing"
    with pytest.raises(TableError, match=message):
        read_tables(folder)


def test_an_empty_file_lacks_its_columns(folder):
    (folder / "assumptions.csv").write_text("")
    with pytest.raises(TableError, match=r"^assumptions.csv, line 1, column name: .* is missing"):
        read_tables(folder)


@pytest.mark.parametrize("change", ["", ",one more"])
def test_a_line_with_too_few_or_too_many_cells_is_named(folder, change):
    file = folder / "assumptions.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[4] = "calcination,0.985,0.8,logit" + (",said so" + change if change else "")
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(TableError, match=r"^assumptions.csv, line 5, .* 5 are expected"):
        read_tables(folder)


def test_bytes_that_are_not_utf8_are_named_with_their_line(folder):
    file = folder / "magnet_mass.csv"
    file.write_bytes(file.read_bytes().replace(b"one loudspeaker", b"one l\xe4utspeaker", 1))
    with pytest.raises(TableError, match=r"^magnet_mass.csv, line 2: byte 0xe4 is not UTF-8"):
        read_tables(folder)


def test_a_quote_that_never_ends_is_refused(folder):
    file = folder / "assumptions.csv"
    file.write_text(file.read_text(encoding="utf-8") + 'x,,,,"never ends', encoding="utf-8")
    with pytest.raises(TableError, match=r"^assumptions.csv, line \d+: .*comma-separated values"):
        read_tables(folder)


def test_a_cell_of_several_lines_does_not_shift_the_lines_after_it(folder):
    """Editors count lines of the file, not records."""
    with (PACKAGED / "assumptions.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    lines[1][4] = "A statement\nof two lines."
    lines[2][1] = "abc"
    write_lines(folder, "assumptions", lines)
    with pytest.raises(TableError, match=r"^assumptions.csv, line 4, column value: 'abc'"):
        read_tables(folder)
