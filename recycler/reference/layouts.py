"""The files that hold the tables: their columns, and what identifies a line."""

from recycler.elements import ELEMENTS
from recycler.reference.lines import Layout

_FIGURE = "row_id source_id category subtype year n kind flags locator note"
_ANALYSIS = f"{' '.join(ELEMENTS)} other total_ree sd_note"


def _layout(name: str, columns: str, *unique: str) -> Layout:
    return Layout(name, frozenset(columns.split()), tuple(tuple(u.split()) for u in unique))


LAYOUTS = (
    _layout("assumptions", "name value spread scale statement", "name"),
    _layout(
        "element_content",
        f"{_FIGURE} via sample basis element content_g min_g max_g method",
        "row_id",
        "sample element",
    ),
    _layout(
        "magnet_composition",
        f"{_FIGURE} {_ANALYSIS} cites replicate_group magnet_type grade method",
        "row_id",
    ),
    _layout(
        "magnet_mass",
        f"{_FIGURE} via cites basis product_mass_kg magnet_type magnet_mass_g min_g max_g sd_g",
        "row_id",
    ),
    _layout("magnet_presence", "category subtype year ndfeb_share source_id", "subtype year"),
    _layout("observed_only", "category subtype reason", "subtype"),
    _layout(
        "products",
        "category subtype label unu_key product_mass_kg piece_mass_kg scaling reference_power_kw "
        "presence_of presence_averaged lifetime_scale_years lifetime_shape source_id assumptions "
        "note",
        "subtype",
    ),
    _layout(
        "routes",
        "route position stage figures_of assumption label",
        "route position",
        "route stage",
    ),
    _layout(
        "sources",
        "source_id authors year title journal doi url licence same_work_as cited_as",
        "source_id",
        "cited_as",
    ),
    _layout(
        "stage_yield",
        "row_id source_id route stage feed element yield_pct yield_min_pct yield_max_pct scale "
        "conditions flags locator note",
        "row_id",
    ),
)
"""In the order of their names, in which the digest takes them."""
