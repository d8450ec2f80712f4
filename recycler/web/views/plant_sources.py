"""Plants as sources: how many of their lots the version that answers has learned from.

Publications stay while the service runs, plants come and go with promotions. What was measured of a
lot is not told here.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import marshmallow as ma

from recycler.lot import LearnedLots
from recycler.registry import LoadedModel
from recycler.web.answers.schemas import many, text, whole

PREFIX: Final = "plant:"
"""What the id of a plant among the sources begins with; no publication has a colon in its id."""

_BY_PLANT = attrgetter("source_id", "plant")
_BY_PRODUCT = attrgetter("category", "subtype")


class LearnedFactorSchema(ma.Schema):
    """How many lots told a factor."""

    factor = text("Name of the factor, such as magnet_mass, nd_fraction or ratio:Dy.")
    lots = whole("Lots of the plant that it was learned from.", least=1)


class LearnedProductSchema(ma.Schema):
    """A product that lots of the plant told of; a lot may tell several factors."""

    category = text("Category of the lots' lines.")
    subtype = text("Subtype of the lots' lines; null where they have none.", allow_none=True)
    factors = many(LearnedFactorSchema, "What was learned of it.")


class LearnedRouteSchema(ma.Schema):
    """A route whose overall yields lots of the plant told."""

    route = text("Name of the route.")
    lots = whole("Lots of the plant that it was learned from.", least=1)


class PlantSourceSchema(ma.Schema):
    """A plant whose lots the version that answers has learned from."""

    source_id = text("Name of the source, as in `basis` of an estimate.", pattern=f"^{PREFIX}")
    plant = text("Name of the plant, as in `plant` of a batch or lot.")
    products = many(LearnedProductSchema, "Products that its lots told of.")
    routes = many(LearnedRouteSchema, "Routes whose overall yields its lots told.")


def plants_of(model: LoadedModel) -> list[dict[str, Any]]:
    """The plants whose lots a model has learned from, as PlantSourceSchema has them."""
    return [
        {"source_id": source_id, "plant": plant, **_told(list(own))}
        for (source_id, plant), own in groupby(model.learned_lots(), _BY_PLANT)
    ]


def _told(lots: list[LearnedLots]) -> dict[str, Any]:
    of_routes = [found for found in lots if found.route is not None]
    return {
        "products": _products(found for found in lots if found.route is None),
        "routes": [{"route": found.route, "lots": found.lots} for found in of_routes],
    }


def _products(lots: Iterable[LearnedLots]) -> list[dict[str, Any]]:
    return [
        {
            "category": category,
            "subtype": subtype,
            "factors": [{"factor": found.factor, "lots": found.lots} for found in own],
        }
        for (category, subtype), own in groupby(lots, _BY_PRODUCT)
    ]
