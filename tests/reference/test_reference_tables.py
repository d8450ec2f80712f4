"""What the packaged tables say, once read."""

from collections import defaultdict
from itertools import pairwise

import pytest
from table_samples import damage

from recycler.batch import Reading
from recycler.reference import (
    OTHER_CATEGORY,
    Basis,
    Bound,
    Scaling,
    load_tables,
    read_tables,
)


def by_id(rows, row_id):
    return next(row for row in rows if row.row_id == row_id)


def test_the_tables_are_read_once_per_process():
    assert load_tables() is load_tables()


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("contents", 154),
        ("magnet_masses", 69),
        ("compositions", 60),
        ("presences", 267),
        ("stage_yields", 131),
        ("sources", 143),
    ],
)
def test_no_published_row_is_lost(tables, table, rows):
    assert len(getattr(tables, table)) == rows


def test_a_magnet_mass_keeps_its_words_and_units(tables):
    row = by_id(tables.magnet_masses, "adamas2016_01")
    assert (row.magnet_mass_g, row.basis, row.year) == (13.21, Basis.PER_UNIT, 2015)
    assert row.bound is Bound.UPPER
    assert not row.excluded


def test_a_printed_range_comes_with_the_figure(tables):
    row = by_id(tables.magnet_masses, "menadseron_nd_01")
    assert (row.min_g, row.magnet_mass_g, row.max_g) == (25, 26.5, 28)


def test_mass_percent_become_fractions(tables):
    row = by_id(tables.compositions, "ueberschaar2015_01")
    assert row.readings["Nd"] == Reading(pytest.approx(0.229))
    assert row.total_ree == Reading(pytest.approx(0.27))
    assert row.sd == pytest.approx({"Nd": 0.028, "Pr": 0.022, "Dy": 0.015})


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("", None),
        ("0", Reading(0.0)),
        ("<0.05", Reading(0.0005, below_detection=True)),
        ("<nd", Reading(1.0, below_detection=True)),
    ],
    ids=["not reported", "a printed zero", "below a limit", "below a limit that is not printed"],
)
def test_nothing_and_zero_and_below_detection_differ(folder, cell, reading):
    damage(folder, "magnet_composition", {"row_id": "ueberschaar2015_01"}, "Tb", cell)
    row = by_id(read_tables(folder).compositions, "ueberschaar2015_01")
    assert row.readings.get("Tb") == reading


def test_repeats_of_one_sample_share_its_name(tables):
    repeats = [r for r in tables.compositions if r.source_id == "cherkezova2025"]
    assert {row.sample for row in repeats} == {"cherkezova2025_INI"}


def test_a_content_row_of_no_named_sample_is_its_own_sample(tables):
    assert by_id(tables.contents, "apple2017_01").sample == "apple2017_01"


def test_figures_of_one_sample_refer_to_the_same_thing(tables):
    about = defaultdict(set)
    for row in tables.contents:
        about[row.sample].add((row.source_id, row.subtype, row.basis))
    assert all(len(things) == 1 for things in about.values())


def test_a_yield_of_several_elements_names_each(tables):
    assert by_id(tables.stage_yields, "cmi_msx2015_01").elements == ("Nd", "Pr", "Dy")
    assert by_id(tables.stage_yields, "cy272hdd2025_04").elements == ("REE_total",)


def test_only_flags_make_a_yield_a_bound(tables):
    """A range beside the figure is none."""
    unflagged = by_id(tables.stage_yields, "walton2015_01")
    assert unflagged.bound is Bound.EXACT
    assert (unflagged.min_fraction, unflagged.max_fraction) == pytest.approx((0.85, 0.95))
    assert by_id(tables.stage_yields, "jonsson2018_01").bound is Bound.LOWER
    assert by_id(tables.stage_yields, "liu2021_01").bound is Bound.UPPER


def test_a_yield_that_is_its_own_printed_end_is_flagged_as_a_bound(tables):
    """A yield of "over 99 %" or "up to 80 %" stands twice: as the figure and as its end."""
    for row in tables.stage_yields:
        if row.max_fraction is None and row.min_fraction == row.yield_fraction:
            assert row.bound is Bound.LOWER, row.row_id
        if row.min_fraction is None and row.max_fraction == row.yield_fraction:
            assert row.bound is Bound.UPPER, row.row_id


def test_second_hand_figures_and_claims_weigh_less(tables):
    assert by_id(tables.stage_yields, "walton2015_01").weight == 1.0
    assert by_id(tables.stage_yields, "dong2021_01").weight == 0.3
    assert by_id(tables.stage_yields, "purdue_lad2020_01").weight == 0.3


@pytest.mark.parametrize(
    "row_id",
    ["bandara2016_p01", "gem2024_01", "boxer99_01", "orefice2018_01", "pmc6630350_tab3_01"],
    ids=["whole chain", "collection", "qualitative", "failed variant", "duplicate"],
)
def test_what_is_no_yield_of_a_stage_is_not_used(tables, row_id):
    assert not by_id(tables.stage_yields, row_id).used


def test_a_category_lists_its_subtypes_and_other_has_none(tables):
    assert tables.categories["phone"] == ("feature_phone", "smartphone")
    assert tables.categories[OTHER_CATEGORY] == ()
    assert {"magnet", "phone", "motor"} <= tables.categories.keys()


def test_a_product_is_found_by_its_subtype(tables):
    motor = tables.product("ev_traction_motor")
    assert (motor.category, motor.scaling) == ("motor", Scaling.MASS)
    assert motor.assumptions == ("presence_as_parent",)
    with pytest.raises(KeyError):
        tables.product("teleporter")


def test_every_subtype_with_figures_is_a_product_or_says_why_not(tables):
    products = {product.subtype for product in tables.products}
    others = {row.subtype for row in tables.observed_only}
    figures = (*tables.contents, *tables.magnet_masses, *tables.compositions)
    assert products.isdisjoint(others)
    assert {row.subtype for row in figures} - products == others


def test_shares_holding_ndfeb_run_through_years_that_rise(tables):
    years = defaultdict(list)
    for row in tables.presences:
        years[row.subtype].append(row.year)
    for subtype, listed in years.items():
        assert all(a < b for a, b in pairwise(listed)), subtype


def test_a_route_has_its_stages_in_order_and_a_label(tables):
    assert [stage.stage for stage in tables.routes["hydrogen_hpms"]] == [
        "liberation",
        "decrepitation",
        "reuse",
    ]
    assert tables.routes.keys() == tables.route_labels.keys()


def test_an_assumption_says_what_it_assumes(tables):
    hidden_loss = tables.assumptions["hidden_loss"]
    assert (hidden_loss.value, hidden_loss.spread, hidden_loss.scale) == (0.85, 0.08, "beta")
    assert "one hidden loss per batch" in hidden_loss.statement


def test_a_citation_is_one_readable_line(tables):
    assert tables.sources["tanvar2019"].citation == (
        "Tanvar H.; Kumar S.; Dhawan N. (2019): Microwave Exposure of Discarded Hard Disc Drive "
        "Magnets for Recovery of Rare Earth Values. JOM 71(7), 2345-2352"
    )
    assert tables.sources["ymagnet"].citation.startswith("YMagnet (vendor) (n.d.): Main chemical")


def test_equal_files_have_equal_digests(folder, tables):
    assert read_tables(folder) == tables


@pytest.mark.parametrize("table", ["sources", "magnet_mass", "assumptions"])
def test_one_byte_changes_the_digest(folder, tables, table):
    file = folder / f"{table}.csv"
    file.write_bytes(
        file.read_bytes().replace(b"assumed", b"Assumed", 1).replace(b"the", b"The", 1)
    )
    assert read_tables(folder).digest != tables.digest
