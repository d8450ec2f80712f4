"""Columns that every table of line items has, whether a batch's or measured lots."""

from collections.abc import Mapping
from typing import Final

from recycler.elements import ELEMENTS
from recycler.web.input.tables import Path

LINE_COLUMNS: Final[Mapping[str, Path]] = {
    "category": ("category",),
    "subtype": ("subtype",),
    "count": ("count",),
    "mass_kg": ("mass_kg",),
    "year": ("year",),
    "unit_mass_kg": ("unit_mass_kg",),
    "rated_power_kw": ("rated_power_kw",),
    "state": ("state",),
    "origin": ("origin",),
    "line_id": ("line_id",),
    "magnet_type": ("magnet", "type"),
    "magnet_mass_g": ("magnet", "mass_g"),
    "grade": ("magnet", "grade"),
}
"""Column -> where its value stands in a line item."""

COMPOSITION_COLUMNS: Final[Mapping[str, Path]] = {
    f"composition_{element}": ("magnet", "composition", element) for element in ELEMENTS
}
"""The declared mass % of each element, likewise."""

LINE_NUMBERS: Final = frozenset(
    {
        *("count", "mass_kg", "year", "unit_mass_kg", "rated_power_kw", "magnet_mass_g"),
        *COMPOSITION_COLUMNS,
    }
)
"""Those of both that hold numbers."""
