"""Measured lots as senders write them; all made up."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from recycler.batch import FeedState, Origin
from recycler.elements import ELEMENTS
from recycler.lot import MeasuredLot
from recycler.reference import load_tables
from recycler.settings import Settings
from recycler.web.lots.schema import read_lot

MAGNETS: dict[str, Any] = {
    "lot_id": "a-1",
    "plant": "north",
    "date": "2026-11-27",
    "method": "XRF",
    "category": "magnet",
    "mass_kg": 48.5,
    "samples": [{"Nd": 22.8, "Tb": "<0.05"}, {"Nd": 23.1}],
}
"""A lot of loose magnets."""

GONE = {"who": "Ada", "why": "measured another crate"}
"""Who deletes a lot, and why."""


def lot_json(lot_id: str = "a-1", nd: float = 22.8, **fields: Any) -> dict[str, Any]:
    """A lot of loose magnets with one sample."""
    return {**MAGNETS, "lot_id": lot_id, "samples": [{"Nd": nd}], **fields}


_TABLES = load_tables()
_names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
_percents = st.dictionaries(st.sampled_from(["Nd", "Dy", "Fe", "Co"]), st.floats(0, 10), min_size=1)
_samples = st.lists(
    st.dictionaries(
        st.sampled_from(["Nd", "Dy", "Fe", "Tb"]),
        st.floats(0, 10) | st.decimals(0, 99, places=9).filter(bool).map(lambda d: f"<{d:f}"),
        min_size=1,
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def lots(draw) -> MeasuredLot:
    """Any lot that the gate lets in."""
    category = draw(st.sampled_from(list(_TABLES.categories)))
    optional = {
        "plant": _names,
        "subtype": st.sampled_from(_TABLES.categories[category] or ("none",)),
        "year": st.integers(1950, 1999),
        "rated_power_kw": st.floats(0.01, 1000),
        "state": st.sampled_from([state.value for state in FeedState]),
        "origin": st.sampled_from([origin.value for origin in Origin]),
        "line_id": _names,
        "magnet": st.fixed_dictionaries(
            {}, optional={"mass_g": st.floats(0.001, 5), "composition": _percents}
        ),
        "magnet_mass_g": st.floats(0.001, 1e5),
        "recovered_kg": st.dictionaries(
            st.sampled_from(list(ELEMENTS)), st.floats(0, 10), min_size=1
        ),
        "estimate_id": st.text("0123456789abcdef", min_size=32, max_size=32),
    }
    document = {
        "lot_id": draw(_names),
        "date": draw(st.dates(date(2000, 1, 1), date(2100, 12, 31))).isoformat(),
        "method": draw(_names),
        "category": category,
        "count": draw(st.integers(3, 10**9)),
        "samples": draw(_samples),
        "route": draw(st.sampled_from(list(_TABLES.routes))),
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }
    if document.get("subtype") == "none":
        del document["subtype"]
    if "magnet_mass_g" in document:
        document["weighed"] = draw(st.integers(1, 3))
    return read_lot(document, Settings())
