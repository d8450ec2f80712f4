"""One JSON form of a measured lot: what is stored, compared and digested.

What a lot does not say is left out, so that a field that lots get one day changes no digest of
today. Floats are written in the shortest form that reads back as the same number.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final

from recycler.batch import (
    Analysis,
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

Document = Mapping[str, Any]

_PLACES: Final = {symbol: place for place, symbol in enumerate(ELEMENTS)}


def canonical(lot: MeasuredLot) -> bytes:
    """The lot as JSON: equal lots have equal bytes, whatever the order of their elements.

    Raises:
        ValueError: A number is not finite, an element is not carried, or the line has an assay.
    """
    return dumps(as_document(lot)).encode()


def from_canonical(data: bytes) -> MeasuredLot:
    """The lot whose `canonical` form this is."""
    return from_document(json.loads(data))


def digest(lot: MeasuredLot) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return sha256(canonical(lot)).hexdigest()


def dumps(document: Document) -> str:
    """A document as text; keys in alphabetical order."""
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def as_document(lot: MeasuredLot) -> Document:
    """The lot as plain JSON values.

    Raises:
        ValueError: An element is not carried, or the line has an assay of its own.
    """
    return _said(
        lot_id=lot.lot_id,
        plant=lot.plant,
        measured_on=lot.measured_on.isoformat(),
        method=lot.method,
        line=_line(lot.line),
        samples=[_analysis(sample) for sample in lot.samples] or None,
        magnet_mass_g=_number(lot.magnet_mass_g),
        weighed=lot.weighed,
        route=lot.route,
        recovered_kg=_by_element(lot.recovered_kg, _number) or None,
        estimate_id=lot.estimate_id,
    )


def from_document(document: Document) -> MeasuredLot:
    """The lot that `as_document` made this of."""
    fields = dict(document)
    fields["measured_on"] = date.fromisoformat(document["measured_on"])
    fields["line"] = _read_line(document["line"])
    fields["samples"] = tuple(_read_analysis(sample) for sample in document.get("samples", ()))
    fields["recovered_kg"] = _by_element(document.get("recovered_kg", {}), float)
    return MeasuredLot(**fields)


def _line(line: LineItem) -> Document:
    if line.assay is not None:
        msg = "The line of a measured lot has no assay: analyses are the lot's own samples."
        raise ValueError(msg)
    return _said(
        category=line.category,
        subtype=line.subtype,
        count=line.count,
        mass_kg=_number(line.mass_kg),
        year=line.year,
        unit_mass_kg=_number(line.unit_mass_kg),
        rated_power_kw=_number(line.rated_power_kw),
        state=line.state,
        origin=line.origin,
        magnet=_magnet(line.magnet) if line.magnet else None,
        line_id=line.line_id,
    )


def _magnet(magnet: DeclaredMagnet) -> Document:
    return _said(
        type=magnet.type,
        mass_g=_number(magnet.mass_g),
        grade=magnet.grade,
        coercivity_class=magnet.coercivity_class,
        composition=_by_element(magnet.composition, _number) or None,
    )


def _analysis(sample: Analysis) -> Document:
    return _by_element(sample, _reading)


def _reading(reading: Reading) -> Any:
    fraction = _number(reading.fraction)
    return {"below": fraction} if reading.below_detection else fraction


def _read_line(document: Document) -> LineItem:
    fields = dict(document)
    fields["state"] = _word(FeedState, document.get("state"))
    fields["origin"] = Origin(document["origin"])
    fields["magnet"] = _read_magnet(document["magnet"]) if "magnet" in document else None
    return LineItem(**fields)


def _read_magnet(document: Document) -> DeclaredMagnet:
    fields = dict(document)
    fields["type"] = _word(MagnetType, document.get("type"))
    fields["coercivity_class"] = _word(CoercivityClass, document.get("coercivity_class"))
    fields["composition"] = _by_element(document.get("composition", {}), float)
    return DeclaredMagnet(**fields)


def _read_analysis(document: Document) -> Analysis:
    return _by_element(document, _read_reading)


def _read_reading(figure: Any) -> Reading:
    if isinstance(figure, dict):
        return Reading(figure["below"], below_detection=True)
    return Reading(figure)


def _said(**fields: Any) -> Document:
    return {name: value for name, value in fields.items() if value is not None}


def _number(value: float | None) -> float | None:
    """A float even where a whole number was given, and never a negative zero."""
    return None if value is None else float(value) + 0.0


def _word(kind: Callable[[str], Any], text: str | None) -> Any:
    return None if text is None else kind(text)


def _by_element(figures: Mapping[str, Any], each: Callable[[Any], Any]) -> dict[str, Any]:
    """Figures in the order of the elements, in which lots that come in over HTTP have them."""
    unknown = [symbol for symbol in figures if symbol not in _PLACES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no element carried; known are {', '.join(ELEMENTS)}.")
    return {symbol: each(figures[symbol]) for symbol in sorted(figures, key=_PLACES.__getitem__)}
