"""Masses as people read them: a unit that suits, and no more digits than the interval is worth."""

from dataclasses import dataclass
from math import floor, log10
from typing import Final

from recycler.estimate import Quantity

_FINEST: Final = 2
"""Digits that are shown of the half width of an interval, and at least of any other number."""

_FAR_BELOW: Final = 10
"""A median this much smaller than its upper bound does not choose the unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of mass and its size in kg."""

    name: str
    kg: float


UNITS: Final = (
    Unit("t", 1000.0),
    Unit("kg", 1.0),
    Unit("g", 1e-3),
    Unit("mg", 1e-6),
    Unit("µg", 1e-9),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A quantity as text, all in one unit: its median and the bounds of its interval."""

    median: str
    lower: str
    upper: str


def unit_for(quantity: Quantity) -> Unit:
    """Largest unit of which the quantity is at least one; µg for less."""
    return unit_of(max(quantity.median, quantity.upper / _FAR_BELOW))


def unit_of(mass_kg: float) -> Unit:
    """Largest unit of which a mass is at least one; µg for less."""
    return next((unit for unit in UNITS if mass_kg >= unit.kg), UNITS[-1])


def show(quantity: Quantity, unit: Unit) -> Shown:
    """Median and interval in a unit: two digits of the half width, and of each number itself."""
    lower, median, upper = (
        mass / unit.kg for mass in (quantity.lower, quantity.median, quantity.upper)
    )
    half_width = (upper - lower) / 2
    decimals = _decimals(half_width if half_width > 0 else median / 10)
    return Shown(*(_number(number, decimals) for number in (median, lower, upper)))


def show_mass(mass_kg: float) -> str:
    """One mass with its unit, to three digits; nothing has no unit."""
    if mass_kg == 0:
        return "0"
    unit = unit_of(mass_kg)
    number = mass_kg / unit.kg
    return f"{_number(number, _decimals(number / 10))} {unit.name}"


def _decimals(width: float) -> int:
    """Decimals that show a width with its leading digits; negative: tens, hundreds."""
    return _FINEST - 1 - floor(log10(width)) if width > 0 else 0


def _number(number: float, decimals: int) -> str:
    """Round to `decimals`, or up to two more where a small number would lose its digits."""
    places = min(max(decimals, _decimals(number)), decimals + 2)
    text = f"{round(number, places):,.{max(places, 0)}f}"
    return text if float(text.replace(",", "")) else "0"
