"""Measured lots to store, and clocks to store them by."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from recycler.assays import AssayStore, Filters
from recycler.batch import (
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Origin,
    Reading,
)
from recycler.elements import ELEMENTS
from recycler.lot import MeasuredLot

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def make_lot(lot_id: str = "lot-1", nd: float = 0.228, **fields: Any) -> MeasuredLot:
    """A crate of magnets with two analyses and what was won from it."""
    magnet = DeclaredMagnet(type=MagnetType.NDFEB, grade="N42SH", mass_g=12.5)
    standard = {
        "plant": "north",
        "measured_on": date(2026, 11, 27),
        "method": "ICP-OES",
        "line": LineItem("magnet", mass_kg=48.5, magnet=magnet, line_id="crate-7"),
        "samples": (
            {"Nd": Reading(nd), "Tb": Reading(0.0005, below_detection=True)},
            {"Nd": Reading(nd + 0.01)},
        ),
        "magnet_mass_g": 12.75,
        "weighed": 20,
        "route": "hydrometallurgy",
        "recovered_kg": {"Nd": 10.1, "Dy": 1.7},
        "estimate_id": "0123456789abcdef" * 2,
    }
    return MeasuredLot(lot_id=lot_id, **{**standard, **fields})


def clock_at(*moments: datetime) -> Callable[[], datetime]:
    """A clock that shows each moment once, then stands still at the last."""
    shown = list(moments)
    return lambda: shown.pop(0) if len(shown) > 1 else shown[0]


def backwards() -> Callable[[], datetime]:
    """A clock that goes back an hour whenever it is looked at."""
    now = NOON

    def look() -> datetime:
        nonlocal now
        now -= timedelta(hours=1)
        return now

    return look


def found(store: AssayStore, **filters: Any) -> list[str]:
    """lot_ids of what is found, in order."""
    return [stored.lot.lot_id for stored in store.find(Filters(**filters), limit=100).lots]


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
_masses = st.floats(1e-9, 1e9)
_fractions = st.floats(0, 1)
_elements = st.sampled_from(list(ELEMENTS))
_whole = st.integers(1, 10**9)


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_magnets = st.builds(
    DeclaredMagnet,
    type=_maybe(st.sampled_from(MagnetType)),
    mass_g=_maybe(_masses),
    grade=_maybe(_texts),
    coercivity_class=_maybe(st.sampled_from(CoercivityClass)),
    composition=st.dictionaries(_elements, _fractions),
)

_lines = st.builds(
    LineItem,
    category=_texts,
    subtype=_maybe(_texts),
    count=_maybe(_whole),
    mass_kg=_maybe(_masses),
    year=_maybe(st.integers(1950, 2100)),
    unit_mass_kg=_maybe(_masses),
    rated_power_kw=_maybe(_masses),
    state=_maybe(st.sampled_from(FeedState)),
    origin=st.sampled_from(Origin),
    magnet=_maybe(_magnets),
    line_id=_maybe(_texts),
)

_readings = st.builds(Reading, fraction=_fractions, below_detection=st.booleans())

lots = st.builds(
    MeasuredLot,
    lot_id=_texts,
    plant=_texts,
    measured_on=st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    method=_texts,
    line=_lines,
    samples=st.lists(st.dictionaries(_elements, _readings), max_size=3).map(tuple),
    magnet_mass_g=_maybe(_masses),
    weighed=_maybe(_whole),
    route=_maybe(_texts),
    recovered_kg=st.dictionaries(_elements, _masses),
    estimate_id=_maybe(_texts),
)
"""Any measured lot that can be written down."""
