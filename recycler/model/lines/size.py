"""From a line's count or mass to pieces, and to the reference pieces that figures refer to."""

from collections.abc import Mapping
from dataclasses import dataclass

from recycler.model.lines.signature import Signature
from recycler.reference import Assumption, Product, Scaling

_SIZES = ("small_motor_mass", "magnet_unit_mass")
"""Assumptions that put a mass to one piece of a product that is published per kilogram."""


@dataclass(frozen=True, slots=True)
class Size:
    """One unit of a line (one piece, or one kilogram) in pieces and in reference pieces.

    `error` is the log-sd of `references` that `assumption` brings in, 0 where nothing is assumed.
    """

    pieces: float
    references: float
    error: float = 0.0
    assumption: str | None = None


def size_of(product: Product, line: Signature, assumptions: Mapping[str, Assumption]) -> Size:
    """Size of one unit of a line of this product."""
    if product.scaling is Scaling.PIECE:
        return _by_piece(product, line, assumptions)
    if product.scaling is Scaling.POWER:
        return _by_power(product, line, assumptions)
    return _by_mass(product, line, assumptions)


def is_unknown(product: Product, line: Signature) -> bool:
    """Whether nobody tells the size of pieces, although their magnets grow with it."""
    told = line.by_mass or line.unit_mass_kg or line.rated_power_kw
    return product.scaling is not Scaling.PIECE and not told


def without_size(line: Signature) -> Signature:
    """The same line by count, as if nobody told how large its pieces are."""
    return line._replace(by_mass=False, unit_mass_kg=None, rated_power_kw=None)


def _by_piece(product: Product, line: Signature, assumptions: Mapping[str, Assumption]) -> Size:
    if not line.by_mass:
        return Size(1.0, 1.0)
    if line.unit_mass_kg:
        return Size(1.0 / line.unit_mass_kg, 1.0 / line.unit_mass_kg)
    pieces = 1.0 / (product.piece_mass_kg or product.product_mass_kg)
    name = "piece_mass" if product.piece_mass_kg else "unit_mass"
    return Size(pieces, pieces, _spread(assumptions, name), name)


def _by_mass(product: Product, line: Signature, assumptions: Mapping[str, Assumption]) -> Size:
    mass, error, assumption = _piece_mass(product, line, assumptions)
    if line.by_mass:
        return Size(1.0 / mass, 1.0 / product.product_mass_kg)
    return Size(1.0, mass / product.product_mass_kg, error, assumption)


def _piece_mass(
    product: Product, line: Signature, assumptions: Mapping[str, Assumption]
) -> tuple[float, float, str | None]:
    """Mass of one piece in kg, its log-sd, and the assumption behind it."""
    if line.unit_mass_kg:
        return line.unit_mass_kg, 0.0, None
    if line.rated_power_kw and product.reference_power_kw:
        name, ratio = "rated_power_per_mass", line.rated_power_kw / product.reference_power_kw
        return product.product_mass_kg * ratio, _spread(assumptions, name), name
    for name in _SIZES:
        if name in product.assumptions:
            return assumptions[name].value or 1.0, _spread(assumptions, name), name
    return product.product_mass_kg, _spread(assumptions, "motor_size_unknown"), "motor_size_unknown"


def _by_power(product: Product, line: Signature, assumptions: Mapping[str, Assumption]) -> Size:
    reference = product.reference_power_kw or 1.0
    typical = assumptions["wind_rated_power"]
    power = line.rated_power_kw or typical.value or reference
    if line.by_mass:
        references = 1.0 / product.product_mass_kg
        name = "unit_mass"
        return Size(references * reference / power, references, _spread(assumptions, name), name)
    if line.rated_power_kw:
        return Size(1.0, power / reference)
    return Size(1.0, power / reference, _spread(assumptions, typical.name), typical.name)


def _spread(assumptions: Mapping[str, Assumption], name: str) -> float:
    return assumptions[name].spread or 0.0
