"""GET /v1/sources and /v1/sources/{source_id}: the publications, and what rests on each of them.

The tables do not change while the service runs, so every publication is counted once, at start. The
plants among the sources are the model's; see plant_sources.py.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint
from marshmallow import fields

from recycler.reference import (
    SOURCED_TABLES,
    SourceAccount,
    Tables,
    source_accounts,
)
from recycler.web.answers.citations import SourceSchema, cited
from recycler.web.answers.schemas import SourceUseSchema, many, text, whole, word
from recycler.web.endpoints import add_endpoint, answered_by, json_answer
from recycler.web.input.fields import Choice
from recycler.web.input.sentences import quoted
from recycler.web.input.strict_schema import StrictSchema, strict_schema
from recycler.web.problems import UnknownSourceError
from recycler.web.process.champion import Champion
from recycler.web.views.plant_sources import PREFIX, PlantSourceSchema, plants_of
from recycler.web.views.queries import parameters, read_query

_MOST_ALIKE: Final = 5
_ALIKE: Final = 0.5
"""Least likeness (0-1, as difflib has it) of the ids that are offered for one that is unknown."""

_LONGEST: Final = 64  # characters of an unknown id that are compared: hostile input stays cheap

_TABLE: Final = "table"
_CATEGORY: Final = "category"


class TableUseSchema(ma.Schema):
    """Rows of the source in one table."""

    table = word("Name of the table.", SOURCED_TABLES)
    rows = whole("Rows of the source in it.")
    used = whole("Those that may take part in a fit; the others are kept for the record.")
    kinds = fields.Dict(
        required=True,
        values=fields.Integer(metadata={"minimum": 0}),
        metadata={
            "description": "Rows by kind, such as measured or compiled; of stage yields by the "
            "scale of the plant. Empty where the table does not say."
        },
    )
    categories = fields.List(
        fields.String(), required=True, metadata={"description": "Categories the rows are about."}
    )


class PrimarySourceSchema(ma.Schema):
    """A publication that rows of the source go back to."""

    name = text("Its name: first author and year, or the id of a source.")
    source_id = text("Its id, if it is a source itself.", allow_none=True)
    rows = whole("Rows that go back to it.")


class SourceSummarySchema(SourceSchema):
    """A publication and how much rests on it."""

    same_work_as = text("Source under which the same work stands already.", allow_none=True)
    rows = whole("Rows of all tables that name it.")
    used = whole("Those that may take part in a fit.")


class SourceAccountSchema(SourceSummarySchema):
    """A publication and everything that rests on it."""

    tables = many(TableUseSchema, "Its rows, by table.")
    primary_sources = many(
        PrimarySourceSchema, "Publications that its rows go back to; itself, if it measured."
    )
    cited_by = many(SourceUseSchema, "Other sources with rows that go back to it.")


class SourcesSchema(ma.Schema):
    """Sources by id."""

    sources = many(SourceSummarySchema, "Every publication that was asked for.")
    plants = many(
        PlantSourceSchema,
        "Plants that were asked for and whose lots the model that answers has learned from; none "
        "without a model, and none of a table: lots stand in the database.",
    )


def sources(tables: Tables, champion: Champion) -> Any:
    """Build the blueprint of the sources."""
    blueprint = Blueprint("sources", __name__, description="Publications, and what rests on them")
    accounts = source_accounts(tables)
    filters = _filters(tables.categories)

    def list_sources() -> Response:
        """List sources, all or those with rows in a table or about a category."""
        wanted = read_query(filters)
        found = [account for account in accounts.values() if _matches(account, wanted)]
        told = _plants(champion, wanted)
        return json_answer({"sources": [_summary(account) for account in found], "plants": told})

    def get_source(source_id: str) -> Response:
        """Show a source: its citation, its rows by table, and the publications behind them."""
        if source_id not in accounts:
            raise UnknownSourceError(_unknown(source_id, accounts))
        return json_answer(_full(accounts[source_id]))

    add_endpoint(
        blueprint,
        "GET",
        "/v1/sources",
        list_sources,
        answer=SourcesSchema,
        problems=(422, 500),
        parameters=parameters(filters),
    )
    add_endpoint(
        blueprint,
        "GET",
        "/v1/sources/<source_id>",
        get_source,
        answer=SourceAccountSchema,
        names={"source_id": ("Name of the source.", "sekine2017")},
        problems=(404, 500),
    )
    _add_plant(blueprint, champion)
    return blueprint


def _add_plant(blueprint: Any, champion: Champion) -> None:
    def get_plant_source(plant: str) -> Response:
        """Show a plant that the model has learned from: how many lots, by product and factor."""
        model = champion.model
        known = plants_of(model)
        for told in known:
            if plant in (told["plant"], told["source_id"].removeprefix(PREFIX)):
                return answered_by(model.version, json_answer(told))
        ids = [told["source_id"] for told in known]
        raise UnknownSourceError(_unknown(f"{PREFIX}{plant}", ids))

    add_endpoint(
        blueprint,
        "GET",
        f"/v1/sources/{PREFIX}<path:plant>",  # a name may hold a slash
        get_plant_source,
        answer=PlantSourceSchema,
        names={"plant": ("Name of the plant.", "north")},
        problems=(404, 500, 503),
        by_model=True,
    )


def _plants(champion: Champion, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """Plants with lots about the category that is asked for."""
    if champion.version is None or _TABLE in wanted:
        return []
    return [
        told
        for told in plants_of(champion.model)
        if wanted.get(_CATEGORY) in (None, *(found["category"] for found in told["products"]))
    ]


def _filters(categories: Iterable[str]) -> StrictSchema:
    tables = {name: name for name in SOURCED_TABLES}
    known = {name: name for name in categories}
    in_it, about_it = "Only sources with rows in this table.", "Only with rows about it."
    return strict_schema(
        "SourceQuery",
        "a query of sources",
        {
            _TABLE: Choice(_TABLE, tables, description=in_it),
            _CATEGORY: Choice(_CATEGORY, known, description=about_it),
        },
    )


def _matches(account: SourceAccount, wanted: Mapping[str, str]) -> bool:
    """Whether one table satisfies all filters: rows in it, and about the category."""
    return not wanted or any(
        wanted.get(_TABLE, use.table) == use.table
        and (_CATEGORY not in wanted or wanted[_CATEGORY] in use.categories)
        for use in account.tables
    )


def _unknown(source_id: str, known: Iterable[str]) -> str:
    asked = source_id[:_LONGEST].casefold()
    alike = difflib.get_close_matches(asked, list(known), n=_MOST_ALIKE, cutoff=_ALIKE)
    meant = f"; spelt alike are {', '.join(alike)}" if alike else "; /v1/sources lists all"
    return f"{quoted(source_id)} is no source{meant}"


def _summary(account: SourceAccount) -> dict[str, Any]:
    return {
        **cited(account.source),
        "same_work_as": account.source.same_work_as,
        "rows": account.rows,
        "used": account.used,
    }


def _full(account: SourceAccount) -> dict[str, Any]:
    return {
        **_summary(account),
        "tables": account.tables,
        "primary_sources": account.primary_sources,
        "cited_by": account.cited_by,
    }
