"""The OpenAPI document, finished: what marshmallow and flask-smorest have no words for."""

from collections.abc import Mapping
from typing import Any, Final

_UNUSED: Final = ("PaginationMetadata",)  # flask-smorest's own; no list here is counted in pages

_FOUND: Final = ("samples", "magnet_mass_g", "recovered_kg")
_NEEDED: Final = {"weighed": ["magnet_mass_g"], "recovered_kg": ["route"]}


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
    for name in ("LineItem", "Lot"):
        schemas[name]["oneOf"] = [{"required": ["count"]}, {"required": ["mass_kg"]}]
        schemas[name]["properties"]["subtype"]["enum"] = subtypes
    schemas["Lot"]["anyOf"] = [{"required": [name]} for name in _FOUND]
    schemas["Lot"]["dependentRequired"] = _NEEDED
    return document
