"""Assays as they are sent: a stored lot with its name, its version and what became of it."""

from functools import lru_cache
from typing import Any, Final

import marshmallow as ma
from flask import Response
from marshmallow import fields

from recycler.assays import Page, Revision, StoredLot
from recycler.web.answers.schemas import many, one, text, timestamp, whole
from recycler.web.endpoints import json_answer
from recycler.web.input.strict_schema import StrictSchema
from recycler.web.lots.lot_documents import lot_document
from recycler.web.lots.stored_documents import moment, stored_document
from recycler.web.problems import DeletionSchema

_NAME: Final = "Name of the assay in this service; it never changes."


def assay_answer(stored: StoredLot, status: int = 200) -> Response:
    """Answer with a stored lot and its version as ETag."""
    answer = json_answer(stored_document(stored), status)
    answer.set_etag(str(stored.version))
    return answer


def page_document(page: Page) -> dict[str, Any]:
    """Some of the stored lots, and where the others are."""
    return {"assays": [stored_document(stored) for stored in page.lots], "next": page.next}


def history_document(assay_id: str, revisions: tuple[Revision, ...]) -> dict[str, Any]:
    """The versions of a lot that `AssayStore.history` tells."""
    versions = [
        {"version": r.version, "made_at": moment(r.made_at), "lot": lot_document(r.lot)}
        for r in revisions
    ]
    return {"assay_id": assay_id, "versions": versions}


class ImportedSchema(ma.Schema):
    """What came of an import."""

    added = whole("Lots that were stored.")
    unchanged = whole("Lots that stood there already, with the same content.")


class StoredAssaySchema(ma.Schema):
    """A stored lot; `lot` is added by `around`."""

    assay_id = text(_NAME, format="uuid")
    version = whole("1 when it was made, one more with every change; the ETag.", least=1)
    created_at = timestamp("When it was made, UTC.")
    updated_at = timestamp("When this version was made, UTC.")
    quarantined = text("Why training leaves it out; null if it does not.", allow_none=True)
    deleted = one(DeletionSchema, "How it came to be deleted; null if it was not.", allow_none=True)


class AssayVersionSchema(ma.Schema):
    """An earlier version of a lot, which `around` adds."""

    version = whole("Its number.", least=1)
    made_at = timestamp("When it was made, UTC.")


class AssayHistorySchema(ma.Schema):
    """What a lot was; `versions` are added by `listing`."""

    assay_id = text(_NAME, format="uuid")


class AssaysSchema(ma.Schema):
    """Some of the stored lots; `assays` are added by `listing`."""

    next = text("What `after` leads to the next page; null on the last.", allow_none=True)


@lru_cache(maxsize=32)
def around(schema: type[ma.Schema], lot: StrictSchema) -> type[ma.Schema]:
    """A schema with the lot in it, whose own schema depends on the settings; made once of each."""
    name = schema.__name__.removesuffix("Schema")
    nested = fields.Nested(lot, required=True, metadata={"description": "The lot, as it is sent."})
    return schema.from_dict({"lot": nested}, name=name)


def listing(
    schema: type[ma.Schema], member: str, entry: type[ma.Schema], meaning: str
) -> type[ma.Schema]:
    """A schema with a list in it of what `around` made."""
    name = schema.__name__.removesuffix("Schema")
    return schema.from_dict({member: many(entry, meaning)}, name=name)
