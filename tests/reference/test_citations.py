"""Rows are grouped by the publications that they go back to, not by where they were read."""

import pytest

from recycler.reference.cells import CellError
from recycler.reference.citations import cited_id


@pytest.mark.parametrize(
    ("citation", "found"),
    [
        ("Sekine et al. (2017)", "sekine2017"),
        ("Seo & Morimoto (2014)", "seo2014"),
        ("Boeni (2015)", "boeni2015"),
        ("Gloeser-Chahoud et al. (2016)", "gloeserchahoud2016"),
        ("Öko & Söhne (2011)", "oko2011"),
        ("Walton (2019) M6 presentation (row 1102)", "walton2019"),
        ("ProSUM D2.4 Peck et al. (2017)", "peck2017"),
        ("Zepf in Sprecher (2014)", "zepf2014"),
        ("REMANENCE (2017)", "remanence2017"),
        ("Grundfos", "grundfos"),
        ("Grundfos (1-2-2020)", "grundfos"),
    ],
)
def test_a_citation_becomes_first_surname_and_year(citation, found):
    assert cited_id(citation) == found


@pytest.mark.parametrize("text", ["see above", "(2014)", "Seo (2014", "Seo, Morimoto (2014)"])
def test_what_is_no_citation_is_refused(text):
    with pytest.raises(CellError, match="is not a citation"):
        cited_id(text)


def primaries(rows, row_id):
    return next(row.primaries for row in rows if row.row_id == row_id)


@pytest.mark.parametrize(
    ("table", "row_id", "found"),
    [
        ("magnet_masses", "hitachi2010_01", {"hitachi2010"}),
        ("magnet_masses", "vannielen2020_m05", {"seo2014", "sekine2017"}),
        ("magnet_masses", "vannielen2020_m08", {"vannielen2020"}),
        ("magnet_masses", "vannielen2020_m34", {"vannielen2020"}),
        ("compositions", "vannielen2020_c09", {"boeni2015"}),
        ("contents", "premise_si2_e01", {"cullbrand2011"}),
        ("stage_yields", "utokyo_mgcl2_2018_01", {"okabe2018mgcl2"}),
    ],
    ids=[
        "own measurement",
        "publications behind a compiled mean",
        "compiler's own figure",
        "compiler's remark instead of a citation",
        "publication behind an analysis",
        "read in a compilation",
        "the same work under another id",
    ],
)
def test_a_row_goes_back_to_its_primary_publications(tables, table, row_id, found):
    assert primaries(getattr(tables, table), row_id) == found


def test_a_source_that_compilations_misspell_or_abbreviate_is_recognised(tables):
    assert "widmet2015" in primaries(tables.magnet_masses, "vannielen2020_m37")
    assert "habib2014hdd" in primaries(tables.magnet_masses, "vannielen2020_m13")


def test_two_works_of_one_author_and_year_stay_apart(tables):
    """Habib & Wenzel (2014) is not Habib et al. (2014)."""
    assert "habib2014" in primaries(tables.magnet_masses, "vannielen2020_m38")
    assert "habib2014hdd" not in primaries(tables.magnet_masses, "vannielen2020_m38")
