"""Fields of answers, and the answer to POST /v1/estimates, for the OpenAPI document only.

The dataclasses of estimate.py are what is sent; a test holds these schemas to them, field by field.
"""

from collections.abc import Iterable
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields

from recycler.elements import ELEMENTS

SHA256: Final = "^[0-9a-f]{64}$"
DIGEST: Final = "^[0-9a-f]{32}$"

_BASES: Final = ("published", "pooled", "measured", "declared", "assayed", "assumed")
_STAGE_BASES: Final = ("published", "assumed", "declared")


def text(description: str, *, allow_none: bool = False, **form: str) -> fields.String:
    """Document a text that is always there; `form` is its pattern or format, if it has one."""
    return fields.String(
        required=True, allow_none=allow_none, metadata={"description": description, **form}
    )


def word(description: str, known: Iterable[str], *, allow_none: bool = False) -> fields.String:
    """Document a word that is always there and one of those known."""
    words: list[str | None] = [*known, *([None] if allow_none else [])]
    return fields.String(
        required=True,
        allow_none=allow_none,
        metadata={"description": description, "enum": words},
    )


def symbol(description: str, symbols: Iterable[str] = ELEMENTS) -> fields.String:
    """Document the symbol of an element."""
    return word(description, symbols)


def texts(description: str) -> fields.List[Any]:
    """Document an array of texts that is always there."""
    return fields.List(fields.String(), required=True, metadata={"description": description})


def number(description: str, *, allow_none: bool = False, **bounds: float) -> fields.Float:
    """Document a number that is always there; `bounds` are its minimum and maximum."""
    return fields.Float(
        required=True,
        allow_none=allow_none,
        metadata={"description": description, **bounds},
    )


def amount(description: str, *, allow_none: bool = False) -> fields.Float:
    """Document a number from 0 on that is always there, such as a mass."""
    return number(description, allow_none=allow_none, minimum=0)


def share(description: str, *, allow_none: bool = False) -> fields.Float:
    """Document a share from 0 to 1 that is always there."""
    return number(f"{description}, 0 to 1.", allow_none=allow_none, minimum=0, maximum=1)


def amounts(description: str) -> fields.List[Any]:
    """Document an array of numbers from 0 on that is always there."""
    entry = fields.Float(metadata={"minimum": 0})
    return fields.List(entry, required=True, metadata={"description": description})


def shares_by_name(description: str) -> fields.Dict:
    """Document an object of shares from 0 to 1 that is always there."""
    return fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Float(metadata={"minimum": 0, "maximum": 1}),
        metadata={"description": f"{description}, 0 to 1."},
    )


def whole(description: str, *, allow_none: bool = False, least: int = 0) -> fields.Integer:
    """Document a whole number from `least` on that is always there."""
    return fields.Integer(
        required=True,
        allow_none=allow_none,
        metadata={"description": description, "minimum": least},
    )


def wholes(description: str) -> fields.List[Any]:
    """Document an array of whole numbers from 0 on that is always there."""
    entry = fields.Integer(metadata={"minimum": 0})
    return fields.List(entry, required=True, metadata={"description": description})


def flag(description: str) -> fields.Boolean:
    """Document a yes or no that is always there."""
    return fields.Boolean(required=True, metadata={"description": description})


def timestamp(description: str, *, allow_none: bool = False) -> fields.DateTime:
    """Document a moment that is always there."""
    return fields.DateTime(
        required=True, allow_none=allow_none, metadata={"description": description}
    )


def one(schema: type[ma.Schema], description: str, *, allow_none: bool = False) -> fields.Nested:
    """Document an object that is always there."""
    return fields.Nested(
        schema, required=True, allow_none=allow_none, metadata={"description": description}
    )


def many(schema: type[ma.Schema], description: str) -> fields.List[Any]:
    """Document an array of objects that is always there."""
    return fields.List(fields.Nested(schema), required=True, metadata={"description": description})


_SHARES = "What the interval owes its width to, by factor; null without rare earths."


class QuantitySchema(ma.Schema):
    """A predictive distribution in short, in kg."""

    mean = amount("Mean, kg.")
    median = amount("Median, kg.")
    lower = amount("Lower end of the central interval at the level asked for, kg.")
    upper = amount("Upper end of that interval, kg.")


class ElementEstimateSchema(ma.Schema):
    """One element, contained and recoverable."""

    element = symbol("Symbol of the element.")
    contained_kg = one(QuantitySchema, "Mass of the metal in the batch as it arrives.")
    recoverable_kg = one(QuantitySchema, "Mass of the metal that the route yields.")
    recoverable_oxide_kg = one(
        QuantitySchema, "The recoverable mass as oxide; null for companions.", allow_none=True
    )
    oxide = text("Oxide that the element is traded as; null for companions.", allow_none=True)


class MassSchema(ma.Schema):
    """A sum over the rare earths."""

    contained_kg = one(QuantitySchema, "Mass in the batch as it arrives.")
    recoverable_kg = one(QuantitySchema, "Mass that the route yields.")


class VarianceSharesSchema(ma.Schema):
    """Shares of the variance of the log of the recoverable rare earths; they add up to 1."""

    presence = number("How many pieces hold such magnets at all.")
    magnet_mass = number("The mass of the magnets in one piece.")
    composition = number("The mass fractions of the rare earths in the magnets.")
    stage_yields = number("What the stages of the route keep.")
    unit_scatter = number("What single pieces do on their own; it shrinks with their number.")


class TotalsSchema(ma.Schema):
    """The whole batch: quantiles of jointly drawn sums, not sums of the lines' quantiles."""

    elements = many(ElementEstimateSchema, "Rare earths, then companions that were measured.")
    total_ree = one(MassSchema, "All rare earths together, as metal.")
    treo = one(MassSchema, "All rare earths together, as oxides.")
    magnet_mass_kg = one(QuantitySchema, "Mass of the magnets.")
    variance_shares = one(VarianceSharesSchema, _SHARES, allow_none=True)


class NoteSchema(ma.Schema):
    """Something the reader should know."""

    code = text("Short name of the kind of note.")
    item = whole("Index of the line that it concerns; null for the batch.", allow_none=True)
    message = text("The note, a sentence.")


class SourceUseSchema(ma.Schema):
    """How much of a source stands behind a factor."""

    source_id = text("Name of the source.")
    rows = whole("Rows of the source that were used.")


class FactorBasisSchema(ma.Schema):
    """What one factor of a line rests on."""

    factor = text("Name of the factor.")
    basis = word("What kind of ground that is.", _BASES)
    sources = many(SourceUseSchema, "Sources behind the factor.")
    assumption = text("The assumption, if the factor is assumed.", allow_none=True)
    assumed_for = texts("Elements for which a published stage is assumed.")


class ItemEstimateSchema(ma.Schema):
    """One line of the batch, in the order sent."""

    item = whole("Index of the line.")
    line_id = text("The sender's name for the line.", allow_none=True)
    category = text("Category of the line.")
    subtype = text("Subtype of the line.", allow_none=True)
    elements = many(ElementEstimateSchema, "Rare earths, then companions that were measured.")
    total_ree = one(MassSchema, "All rare earths together, as metal.")
    treo = one(MassSchema, "All rare earths together, as oxides.")
    magnet_mass_kg = one(QuantitySchema, "Mass of the magnets.")
    variance_shares = one(VarianceSharesSchema, _SHARES, allow_none=True)
    basis = many(FactorBasisSchema, "What each factor rests on.")
    in_domain = flag("Whether published data cover such a line.")
    notes = many(NoteSchema, "What the reader should know of the line.")


class ElementLossSchema(ma.Schema):
    """What a stage takes of an element."""

    element = symbol("Symbol of the element.")
    lost_kg = amount("Mean mass lost, kg.")
    yield_fraction = share("Mean yield of the stage")
    basis = word("What this element's yield rests on.", _STAGE_BASES)


class StageLossSchema(ma.Schema):
    """What one stage of the route takes from the batch."""

    stage = text("Name of the stage.")
    basis = word("What it rests on in the weakest line.", _STAGE_BASES)
    elements = many(ElementLossSchema, "Loss by element.")


class ModelReferenceSchema(ma.Schema):
    """Which model answered."""

    version = text("Version of the model, as in the header Model-Version.")
    sha256 = text("SHA-256 of the model's artefact.", pattern=SHA256)
    data_digest = text("SHA-256 of the data it was fitted to.", pattern=SHA256)


class EstimateSchema(ma.Schema):
    """The answer to a batch."""

    estimate_id = text(
        "Digest of the batch and the model version: the same for the same.", pattern=DIGEST
    )
    batch_id = text("The sender's name for the batch.", allow_none=True)
    level = share("Probability that an interval holds")
    route = text("Recycling route.")
    model = one(ModelReferenceSchema, "The model that answered.")
    totals = one(TotalsSchema, "The whole batch.")
    items = many(ItemEstimateSchema, "Its lines, in the order sent.")
    losses = many(StageLossSchema, "What each stage takes, in the route's order.")
    notes = many(NoteSchema, "What the reader should know of the batch.")
