"""The gate: what a batch may say, as marshmallow schemas, and the way from bytes to a Batch.

The schemas hold the vocabulary of the reference tables and the limits of the settings, so they are
built once for both and then used for every request.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache, partial
from typing import Any, Final

import marshmallow as ma

from recycler.batch import Batch, FeedState, InvalidBatchError, MagnetType, Origin
from recycler.reference import Tables, load_tables
from recycler.settings import Settings
from recycler.web.input.effort import limit_analysed
from recycler.web.input.fields import (
    Analysis,
    Built,
    Choice,
    Composition,
    Number,
    Rows,
    Text,
    Whole,
)
from recycler.web.input.json_input import MalformedError, read_json
from recycler.web.input.line_rules import build_assay, build_batch, build_line, build_magnet
from recycler.web.input.pointers import field_errors
from recycler.web.input.strict_schema import StrictSchema, strict_schema

__all__ = [
    "MalformedError",
    "batch_schema",
    "line_fields",
    "parse_batch",
    "samples_field",
    "schema_of",
    "words",
]

YEARS: Final = (1950, 2100)
LEVELS: Final = (0.01, 0.99)
"""Interval levels: beyond 0.99 the ends would hang on a handful of draws."""

SMALLEST_KG: Final = 1e-9
SMALLEST_G: Final = 1e-6
POWERS_KW: Final = (1e-6, 1e5)
LONGEST_TEXT: Final = 128

_MAGNET: Final = "What a label or data sheet says of the magnets in one piece."
_ASSAY: Final = "Chemical analyses of magnets sampled from the line, one per sampled piece."


def parse_batch(document: bytes, settings: Settings) -> Batch:
    """Read a batch from a JSON document; one that names no plant is the settings' own.

    Raises:
        MalformedError: The document is not strict JSON.
        InvalidBatchError: The document is JSON but no batch; every wrong field is named.
    """
    parsed = read_json(document, settings.max_json_depth)
    try:
        batch = build_batch(schema_of(settings).load(parsed), settings.plant)
    except ma.ValidationError as error:
        raise InvalidBatchError(field_errors(error.messages)) from None
    limit_analysed(batch, settings.max_analysed_lines)
    return batch


def batch_schema(tables: Tables, settings: Settings) -> StrictSchema:
    """Build the schema of a batch for the vocabulary of the tables and the limits of settings."""
    line = _line_schema(tables.categories, settings)
    build = partial(build_line, vocabulary=tables.categories)
    item = Built(line, build, description="Pieces of one kind.")
    return strict_schema(
        "Batch",
        "a batch",
        {
            "items": Rows(item, 1, settings.max_items, description="The lines of the batch."),
            "route": words("route", tables.routes, "Recycling route; else hydrometallurgy."),
            "level": Number(*LEVELS, description="Probability that an interval holds; else 0.9."),
            "collected_year": Whole(*YEARS, description="Year in which the batch was collected."),
            "batch_id": Text(LONGEST_TEXT, description="The sender's name for the batch."),
            "plant": Text(LONGEST_TEXT, description="Who receives it; else the service's own."),
        },
    )


@lru_cache(maxsize=8)
def schema_of(settings: Settings) -> StrictSchema:
    """The schema of a batch for the package's own tables: one object for the same limits."""
    return batch_schema(load_tables(), settings)


def words(kind: str, known: Iterable[str], description: str, *, required: bool = False) -> Choice:
    """A field that holds one of the known words, such as a category or a route."""
    meanings = {word: word for word in known}
    return Choice(kind, meanings, description=description, required=required)


def _members(kind: str, members: type[StrEnum], description: str) -> Choice:
    return Choice(kind, {m.value: m for m in members}, description=description)


def _line_schema(categories: Iterable[str], settings: Settings) -> StrictSchema:
    return strict_schema("LineItem", "a line item", line_fields(categories, settings))


def line_fields(categories: Iterable[str], settings: Settings) -> dict[str, ma.fields.Field[Any]]:
    """The fields of a line item by name, for the categories known and the limits of settings."""
    kg = (SMALLEST_KG, settings.max_mass_kg, "kg")
    return {
        "category": words("category", categories, "Kind of product.", required=True),
        "subtype": Text(LONGEST_TEXT, description="A subtype of this very category."),
        "count": Whole(1, settings.max_count, description="Number of pieces."),
        "mass_kg": Number(*kg, description="Gross mass of all pieces, in kg."),
        "year": Whole(*YEARS, description="Year in which the pieces were first sold."),
        "unit_mass_kg": Number(*kg, description="Gross mass of one piece, in kg."),
        "rated_power_kw": Number(*POWERS_KW, "kW", description="Rated power of one piece."),
        "state": _members("state", FeedState, "How the pieces arrive."),
        "origin": _members("origin", Origin, "Used products, or swarf of magnet making."),
        "magnet": Built(_magnet_schema(settings), build_magnet, description=_MAGNET),
        "assay": Built(_assay_schema(settings), build_assay, description=_ASSAY),
        "line_id": Text(LONGEST_TEXT, description="The sender's name for the line."),
    }


@cache
def _magnet_schema(settings: Settings) -> StrictSchema:
    # One object for batches and for lots, so that OpenAPI has it once. None is ever dropped: the
    # schema that it is part of may be kept for longer.
    grams = (SMALLEST_G, 1000 * settings.max_mass_kg, "g")
    return strict_schema(
        "DeclaredMagnet",
        "a magnet",
        {
            "type": _members("magnet type", MagnetType, "Magnet family."),
            "mass_g": Number(*grams, description="Mass of all magnets in one piece, in g."),
            "grade": Text(LONGEST_TEXT, description="Maker's designation, such as N42SH."),
            "composition": Composition(description="Mass % of the magnet by element."),
        },
    )


def _assay_schema(settings: Settings) -> StrictSchema:
    return strict_schema("Assay", "an assay", {"samples": samples_field(settings, required=True)})


def samples_field(settings: Settings, *, required: bool) -> Rows:
    """The field of the analyses of sampled magnets."""
    sample = Analysis(description='Mass % by element; "<0.05" is below a limit of 0.05.')
    most = settings.max_assay_samples
    return Rows(sample, 1, most, description="One analysis each.", required=required)
