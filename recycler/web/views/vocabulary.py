"""GET /v1/categories, /v1/routes, /v1/elements: the words of a batch and what stands behind them.

The tables do not change while the service runs, so each answer is written once, at start.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from recycler.elements import ELEMENTS, Element, Group
from recycler.reference import (
    CompositionRow,
    ContentRow,
    MassRow,
    PresenceRow,
    Product,
    RouteStage,
    Scaling,
    Tables,
)
from recycler.web.answers.citations import SourceSchema, cited
from recycler.web.answers.schemas import (
    SourceUseSchema,
    amount,
    flag,
    many,
    number,
    one,
    symbol,
    text,
    texts,
    word,
)
from recycler.web.endpoints import add_endpoint, json_answer, json_bytes

Row = ContentRow | MassRow | CompositionRow | PresenceRow

ATOMIC_WEIGHTS: Final = (
    "IUPAC/CIAAW: T. Prohaska et al., Standard atomic weights of the elements 2021, "
    "Pure and Applied Chemistry 94 (2022) 573-600; Gd as revised in 2024"
)


class AssumptionSchema(ma.Schema):
    """A documented assumption, where no data are published."""

    name = text("Name of the assumption.")
    statement = text("What is assumed, in words.")
    value = number("The figure assumed, if any.", allow_none=True)
    spread = amount("Standard deviation, on `scale`.", allow_none=True)
    scale = text("Scale of the spread, such as log or logit.", allow_none=True)


class SubtypeSchema(ma.Schema):
    """A kind of product within a category."""

    subtype = text("The word to send.")
    label = text("What it means.")
    product_mass_kg = amount("Typical gross mass of one piece, kg.")
    scaling = word("What its rare earths scale with.", Scaling)
    source_id = text("Source of the product's figures.", allow_none=True)
    assumptions = texts("Names of its assumptions.")


class RowsSchema(ma.Schema):
    """Rows by table."""

    element_content = many(SourceUseSchema, "Rare earths in a product.")
    magnet_mass = many(SourceUseSchema, "Magnets in a product.")
    magnet_composition = many(SourceUseSchema, "What the magnets are made of.")
    magnet_presence = many(SourceUseSchema, "Share of products with NdFeB.")


class CategorySchema(ma.Schema):
    """A category, its subtypes and the published rows about it."""

    category = text("The word to send.")
    subtypes = many(SubtypeSchema, "Its subtypes; empty for other.")
    rows = one(RowsSchema, "Rows behind the category, by table and source.")


class CategoriesSchema(ma.Schema):
    """All categories."""

    categories = many(CategorySchema, "Every category.")
    sources = many(SourceSchema, "The sources named above.")
    assumptions = many(AssumptionSchema, "The assumptions named above.")


class StageSchema(ma.Schema):
    """One stage of a route."""

    stage = text("Name of the stage.")
    figures_of = text(
        "Route whose figures are used; `state` if the feed state decides.", allow_none=True
    )
    assumption = text("Name of the assumption made here.", allow_none=True)
    rows = many(SourceUseSchema, "Published yields of the stage, by source.")


class RouteSchema(ma.Schema):
    """A route and its stages."""

    route = text("The word to send.")
    label = text("What it means.")
    stages = many(StageSchema, "Its stages, in order.")


class RoutesSchema(ma.Schema):
    """All routes."""

    routes = many(RouteSchema, "Every route.")
    sources = many(SourceSchema, "The sources named above.")
    assumptions = many(AssumptionSchema, "The assumptions named above.")


class ElementSchema(ma.Schema):
    """An element that batches may name and answers list."""

    symbol = symbol("The word to send.")
    name = text("Name of the element.")
    atomic_weight = amount("Standard atomic weight, g/mol.")
    group = word("Light or heavy rare earth, or companion.", get_args(Group))
    rare_earth = flag("Whether it counts in the totals and in TREO.")
    oxide = text("Oxide that it is traded as.", allow_none=True)
    oxide_factor = number("Mass of oxide per mass of metal.", allow_none=True, minimum=1)


class ElementsSchema(ma.Schema):
    """All elements."""

    elements = many(ElementSchema, "Every element, in the order of answers.")
    source = text("Source of the atomic weights.")


def vocabulary(tables: Tables) -> Any:
    """Build the blueprint of the vocabulary."""
    blueprint = Blueprint("vocabulary", __name__, description="The words of a batch, with sources")
    for name, summary, document, schema in (
        ("categories", "List categories and subtypes.", _categories(tables), CategoriesSchema),
        ("routes", "List routes and their stages.", _routes(tables), RoutesSchema),
        ("elements", "List elements and oxide factors.", _elements(), ElementsSchema),
    ):
        view = _constant(f"list_{name}", summary, document)
        add_endpoint(blueprint, "GET", f"/v1/{name}", view, answer=schema)
    return blueprint


def _constant(name: str, summary: str, document: object) -> Callable[[], Response]:
    body = json_answer(document).get_data()

    def view() -> Response:
        return json_bytes(body)

    view.__name__, view.__doc__ = name, summary
    return view


def _categories(tables: Tables) -> dict[str, Any]:
    listed = [_category(tables, category) for category in tables.categories]
    uses = [use for entry in listed for uses in entry["rows"].values() for use in uses]
    subtypes = [subtype for entry in listed for subtype in entry["subtypes"]]
    named = {use["source_id"] for use in uses} | {s["source_id"] for s in subtypes} - {None}
    assumed = {name for subtype in subtypes for name in subtype["assumptions"]}
    return {"categories": listed, **_references(tables, named, assumed)}


def _category(tables: Tables, category: str) -> dict[str, Any]:
    def used(rows: Iterable[Row]) -> list[dict[str, Any]]:
        here = (row for row in rows if row.category == category)
        return _uses(row.source_id for row in here if not getattr(row, "excluded", False))

    return {
        "category": category,
        "subtypes": [_subtype(p) for p in tables.products if p.category == category],
        "rows": {
            "element_content": used(tables.contents),
            "magnet_mass": used(tables.magnet_masses),
            "magnet_composition": used(tables.compositions),
            "magnet_presence": used(tables.presences),
        },
    }


def _subtype(product: Product) -> dict[str, Any]:
    return {
        "subtype": product.subtype,
        "label": product.label,
        "product_mass_kg": product.product_mass_kg,
        "scaling": product.scaling,
        "source_id": product.source_id,
        "assumptions": product.assumptions,
    }


def _routes(tables: Tables) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {
            "route": route,
            "label": tables.route_labels[route],
            "stages": [_stage(tables, stage) for stage in stages],
        }
        for route, stages in tables.routes.items()
    ]
    stages = [stage for route in listed for stage in route["stages"]]
    named = {use["source_id"] for stage in stages for use in stage["rows"]}
    assumed = {stage["assumption"] for stage in stages} - {None}
    return {"routes": listed, **_references(tables, named, assumed)}


def _stage(tables: Tables, stage: RouteStage) -> dict[str, Any]:
    rows = (
        row.source_id
        for row in tables.stage_yields
        if row.used and (row.route, row.stage) == (stage.figures_of, stage.stage)
    )
    return {
        "stage": stage.stage,
        "figures_of": stage.figures_of,
        "assumption": stage.assumption,
        "rows": _uses(rows),
    }


def _elements() -> dict[str, Any]:
    return {"elements": [_element(e) for e in ELEMENTS.values()], "source": ATOMIC_WEIGHTS}


def _element(element: Element) -> dict[str, Any]:
    return {
        "symbol": element.symbol,
        "name": element.name,
        "atomic_weight": element.atomic_weight,
        "group": element.group,
        "rare_earth": element.is_rare_earth,
        "oxide": element.oxide.formula if element.oxide else None,
        "oxide_factor": element.oxide_factor if element.oxide else None,
    }


def _uses(source_ids: Iterable[str]) -> list[dict[str, Any]]:
    counted = sorted(Counter(source_ids).items())
    return [{"source_id": source_id, "rows": rows} for source_id, rows in counted]


def _references(tables: Tables, source_ids: set[str], names: set[str]) -> dict[str, Any]:
    """Sources and assumptions in full, for those that are named."""
    return {
        "sources": [cited(tables.sources[source_id]) for source_id in sorted(source_ids)],
        "assumptions": [tables.assumptions[name] for name in sorted(names)],
    }
