"""The wire form of a measured lot: what the gate in schema.py reads back to the same lot."""

from collections.abc import Mapping
from typing import Any, Final

from recycler.batch import Analysis, DeclaredMagnet, LineItem, Reading
from recycler.lot import MeasuredLot

_DIGITS: Final = 15
"""Every decimal of so many digits survives the way into a float and back."""


def lot_document(lot: MeasuredLot) -> dict[str, Any]:
    """Write a lot as `parse_lot` reads it: mass % for fractions, and nothing that is not known."""
    document = {
        "lot_id": lot.lot_id,
        "plant": lot.plant,
        "date": lot.measured_on.isoformat(),
        "method": lot.method,
        **_line(lot.line),
        "samples": [_analysis(sample) for sample in lot.samples] or None,
        "magnet_mass_g": lot.magnet_mass_g,
        "weighed": lot.weighed,
        "route": lot.route,
        "recovered_kg": dict(lot.recovered_kg) or None,
        "estimate_id": lot.estimate_id,
    }
    return _known(document)


def _line(line: LineItem) -> dict[str, Any]:
    return {
        "category": line.category,
        "subtype": line.subtype,
        "count": line.count,
        "mass_kg": line.mass_kg,
        "year": line.year,
        "unit_mass_kg": line.unit_mass_kg,
        "rated_power_kw": line.rated_power_kw,
        "state": line.state and line.state.value,
        "origin": line.origin.value,
        "magnet": _magnet(line.magnet) if line.magnet else None,
        "line_id": line.line_id,
    }


def _magnet(magnet: DeclaredMagnet) -> dict[str, Any]:
    composition = {element: percent(f) for element, f in magnet.composition.items()}
    return _known(
        {
            "type": magnet.type and magnet.type.value,
            "mass_g": magnet.mass_g,
            "grade": magnet.grade,
            "composition": composition or None,
        }
    )


def _known(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def _analysis(sample: Analysis) -> dict[str, float | str]:
    return {element: _figure(reading) for element, reading in sample.items()}


def _figure(reading: Reading) -> float | str:
    if not reading.below_detection:
        return percent(reading.fraction)
    # Twelve decimals are as many as the gate reads after the point of a limit.
    return "<" + f"{percent(reading.fraction):.12f}".rstrip("0").rstrip(".")


def percent(fraction: float) -> float:
    """The mass % that is read as this fraction: 22.8 for 0.228, not 22.800000000000001."""
    exact = 100 * fraction
    short = float(f"{exact:.{_DIGITS}g}")
    return short if short / 100 == fraction else exact
