"""Query strings of the assays: which lots, how many, and who deletes one and why."""

from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma

from recycler.assays import Filters
from recycler.reference import Tables
from recycler.web.input.fields import Choice, Day, Digest, Digits, Text
from recycler.web.input.schemas import LONGEST_TEXT, YEARS, words
from recycler.web.input.strict_schema import StrictSchema, strict_schema
from recycler.web.views.queries import read_query

PAGE_SIZES: Final = (1, 500)
PAGE_SIZE: Final = 50
"""Lots of a page if the request does not say."""

_LONGEST_REASON: Final = 1000
_YES_NO: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which lots are asked for, and which of them belong to the page."""

    filters: Filters
    limit: int
    after: str | None


@dataclass(frozen=True, slots=True)
class DeletionQuery:
    """Who deletes a lot, and why."""

    who: str
    why: str


def filter_schema(tables: Tables) -> StrictSchema:
    """The parameters that say which lots are meant."""
    return strict_schema("AssayFilter", "a query of assays", _filters(tables))


def page_schema(tables: Tables) -> StrictSchema:
    """The parameters that say which lots are meant, and which of them belong to the page."""
    size = f"Most assays of the page; else {PAGE_SIZE}."
    page: dict[str, ma.fields.Field[Any]] = {
        "limit": Digits(*PAGE_SIZES, description=size),
        "after": Text(LONGEST_TEXT, description="`next` of the page before."),
    }
    return strict_schema("AssayPage", "a query of assays", {**_filters(tables), **page})


def deletion_schema() -> StrictSchema:
    """The parameters that every deletion has."""
    return strict_schema(
        "Deletion",
        "a deletion",
        {
            "who": Text(LONGEST_TEXT, description="Who decided; is kept.", required=True),
            "why": Text(_LONGEST_REASON, description="The reason; is kept.", required=True),
        },
    )


def read_filters(schema: StrictSchema) -> Filters:
    """Which lots the query string asks for.

    Raises:
        InvalidQueryError: It asks for what there is not.
    """
    return Filters(**read_query(schema))


def read_page(schema: StrictSchema) -> PageQuery:
    """Which page the query string asks for.

    Raises:
        InvalidQueryError: It asks for what there is not.
    """
    read = read_query(schema)
    limit, after = read.pop("limit", PAGE_SIZE), read.pop("after", None)
    return PageQuery(Filters(**read), limit, after)


def read_deletion(schema: StrictSchema) -> DeletionQuery:
    """Who deletes a lot and why, by the query string.

    Raises:
        InvalidQueryError: It does not say.
    """
    return DeletionQuery(**read_query(schema))


def _filters(tables: Tables) -> dict[str, ma.fields.Field[Any]]:
    subtypes = dict.fromkeys(s for known in tables.categories.values() for s in known)
    quarantined = "Only those that training leaves out (true), or does not (false)."
    return {
        "plant": Text(LONGEST_TEXT, description="Only of this plant."),
        "category": words("category", tables.categories, "Only of this category."),
        "subtype": words("subtype", subtypes, "Only of this subtype."),
        "method": Text(LONGEST_TEXT, description="Only by exactly this method."),
        "estimate_id": Digest(description="Only those that answer this estimate."),
        "measured_from": Day(*YEARS, description="Only of this day or later."),
        "measured_to": Day(*YEARS, description="Only of this day or earlier."),
        "quarantined": Choice("word for quarantined", _YES_NO, description=quarantined),
    }
