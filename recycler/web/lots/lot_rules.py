"""Rules that span the fields of a measured lot: what must fit together once each is right.

What cannot be is refused here. What is merely odd is kept: a measurement that surprises is what
lots are stored for, and outliers are set aside where models are trained.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, Final

import marshmallow as ma

from recycler.batch import Assay, DeclaredMagnet, LineItem
from recycler.elements import CEILING, ELEMENTS
from recycler.lot import MeasuredLot
from recycler.model.lines.contradictions import Fault, Path, contradictions
from recycler.model.lines.line_facts import MAGNET, pieces_of
from recycler.web.input.line_rules import Vocabulary, line_messages, put_message

_OF_THE_LINE: Final = frozenset(field.name for field in fields_of(LineItem))
_FOUND: Final = ("samples", "magnet_mass_g", "recovered_kg")
_ASSAY: Final[Path] = ("assay", "samples")
_ROUNDING: Final = 1e-8  # room for binary fractions, not for the plant's


def build_lot(fields: Mapping[str, Any], vocabulary: Vocabulary) -> MeasuredLot:
    """Put a lot together.

    Args:
        fields: The lot's fields by name, those of its line among them; `plant` is there.
        vocabulary: Category -> its subtypes.

    Raises:
        ValidationError: The line or what was found in it contradicts itself.
    """
    line = _line({name: value for name, value in fields.items() if name in _OF_THE_LINE})
    own = {name: value for name, value in fields.items() if name not in _OF_THE_LINE}
    measured_on, samples = own.pop("date"), tuple(own.pop("samples", ()))
    lot = MeasuredLot(line=line, measured_on=measured_on, samples=samples, **own)
    errors = line_messages(line, vocabulary)
    for path, message in _faults(lot):
        put_message(errors, path, message)
    if errors:
        raise ma.ValidationError(errors)
    return lot


def _line(fields: Mapping[str, Any]) -> LineItem:
    """The line; a magnet of which nothing is said is none, as in a table."""
    line = LineItem(**fields)
    return replace(line, magnet=None) if line.magnet == DeclaredMagnet() else line


def _faults(lot: MeasuredLot) -> Iterator[Fault]:
    yield from _texts(lot)
    if not (lot.samples or lot.magnet_mass_g or lot.recovered_kg):
        yield (), f"a lot has at least one of {', '.join(_FOUND)}; all are missing"
    if lot.line.year is not None and lot.line.year > lot.measured_on.year:
        yield ("year",), f"year is {lot.line.year}, after the lot was measured on {lot.measured_on}"
    if lot.samples:
        yield from _samples(lot)
    yield from _weighing(lot)
    yield from _recovery(lot)


def _texts(lot: MeasuredLot) -> Iterator[Fault]:
    """Texts of the line: in a table of lots the spaces around them would be lost."""
    grade = lot.line.magnet.grade if lot.line.magnet else None
    texts: dict[Path, str | None] = {
        ("line_id",): lot.line.line_id,
        ("magnet", "grade"): grade,
    }
    for path, text in texts.items():
        if text is not None and text != text.strip():
            yield path, f"{path[-1]} must not begin or end with a space"


def _samples(lot: MeasuredLot) -> Iterator[Fault]:
    """What would be wrong with the line if the samples were its assay."""
    line = replace(_as_weighed(lot), assay=Assay(lot.samples))
    for path, message in contradictions(line):
        if path[:2] == _ASSAY:
            yield ("samples", *path[2:]), message


def _as_weighed(lot: MeasuredLot) -> LineItem:
    """The line with what weighing said of the mass of one piece, where the piece is the magnet."""
    if lot.line.category != MAGNET or lot.magnet_mass_g is None:
        return lot.line
    return replace(lot.line, unit_mass_kg=lot.magnet_mass_g / 1000)


def _weighing(lot: MeasuredLot) -> Iterator[Fault]:
    if lot.magnet_mass_g is None:
        if lot.weighed is not None:
            yield ("weighed",), "weighed stands without magnet_mass_g; give the mass, too"
        return
    yield from _weighed_mass(lot.line, lot.magnet_mass_g)
    pieces = pieces_of(_as_weighed(lot))
    if lot.weighed and pieces is not None and 1.0 <= pieces < lot.weighed / (1 + _ROUNDING):
        yield ("weighed",), f"{lot.weighed} pieces were weighed of {pieces:.6g}"


def _weighed_mass(line: LineItem, grams: float) -> Iterator[Fault]:
    # A loose magnet is the piece: that it weighs more than was said of it is no contradiction.
    piece_kg = None if line.category == MAGNET else line.unit_mass_kg
    for kg, whose in ((piece_kg, "one piece weighs"), (line.mass_kg, "all pieces weigh")):
        if kg is not None and grams > 1000 * kg * (1 + _ROUNDING):
            message = f"magnet_mass_g is more than the {1000 * kg:g} g that {whose}"
            yield ("magnet_mass_g",), message
            return


def _recovery(lot: MeasuredLot) -> Iterator[Fault]:
    if not lot.recovered_kg:
        return
    if lot.route is None:
        yield ("route",), "route is missing; recovered_kg needs the route that the lot took"
    lot_kg = _lot_kg(lot.line)
    if lot_kg is None:
        return
    metal_kg = sum(lot.recovered_kg.values())
    rare_kg = sum(kg for e, kg in lot.recovered_kg.items() if ELEMENTS[e].is_rare_earth)
    if metal_kg > lot_kg * (1 + _ROUNDING):
        what = f"adds up to {metal_kg:.6g} kg, more than the {lot_kg:g} kg of the lot"
        yield ("recovered_kg",), f"recovered_kg {what}"
    elif rare_kg > CEILING * lot_kg * (1 + _ROUNDING):
        most = f"no magnet holds more than {100 * CEILING:g} %"
        yield (
            ("recovered_kg",),
            f"{rare_kg:.6g} kg of rare earths were won from {lot_kg:g} kg; {most}",
        )


def _lot_kg(line: LineItem) -> float | None:
    """Gross mass of all pieces as far as the line tells."""
    if line.mass_kg is not None:
        return line.mass_kg
    return line.count * line.unit_mass_kg if line.count and line.unit_mass_kg else None
