"""The OpenAPI document, finished: what marshmallow and flask-smorest have no words for."""

from collections.abc import Mapping
from typing import Any, Final

_UNUSED: Final = ("PaginationMetadata",)  # flask-smorest's own; no list here is counted in pages

# Not oneOf and anyOf: generators of clients take those for objects of several kinds.
_PIECES_OR_MASS: Final = {
    "if": {"required": ["count"]},
    "then": {"not": {"required": ["mass_kg"]}},
    "else": {"required": ["mass_kg"]},
}
_LINE: Final = {"description": "Pieces of one kind: exactly one of count and mass_kg is there."}

_FOUND: Final = ("samples", "magnet_mass_g", "recovered_kg")
_LOT: Final = {
    "description": "A line that was measured: exactly one of count and mass_kg is there, and at "
    f"least one of {', '.join(_FOUND)}.",
    "not": {"properties": {name: {"not": {}} for name in _FOUND}},
    "dependentRequired": {"weighed": ["magnet_mass_g"], "recovered_kg": ["route"]},
}


def finished(document: dict[str, Any], categories: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Say in the schemas of a document what goes together, and what one of must be there.

    Args:
        document: The document as apispec writes it; it is changed.
        categories: Category -> its subtypes.
    """
    schemas = document["components"]["schemas"]
    subtypes = list(dict.fromkeys(s for known in categories.values() for s in known))
    for name in _UNUSED:
        del schemas[name]
    for name, rules in (("LineItem", _LINE), ("Lot", _LOT)):
        schemas[name] |= _PIECES_OR_MASS | rules
        schemas[name]["properties"]["subtype"]["enum"] = subtypes
    return document
