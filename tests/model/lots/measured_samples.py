"""Measured lots, made up."""

from collections.abc import Mapping
from datetime import date

from recycler.batch import LineItem, Reading
from recycler.lot import MeasuredLot

MOTORS = LineItem("motor", "ev_traction_motor", count=40)


def sample(**fractions: float | str) -> Mapping[str, Reading]:
    """One analysis: mass fractions, or "<0.0005" for below that limit."""
    return {
        element: Reading(float(found[1:]), below_detection=True)
        if isinstance(found, str)
        else Reading(found)
        for element, found in fractions.items()
    }


def lot(lot_id: str, *samples: Mapping[str, Reading], **told) -> MeasuredLot:
    """A lot of traction motors at plant `own`, unless told otherwise."""
    told = {"plant": "own", "measured_on": date(2026, 3, 1), "method": "ICP", "line": MOTORS} | told
    return MeasuredLot(lot_id=lot_id, samples=tuple(samples), **told)
