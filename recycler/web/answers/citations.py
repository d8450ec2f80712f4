"""How answers name a publication in full."""

from typing import Any

import marshmallow as ma

from recycler.reference import Source
from recycler.web.answers.schemas import text


class SourceSchema(ma.Schema):
    """A publication."""

    source_id = text("Name of the source, as in `basis` of an estimate.")
    citation = text("Authors, year, title, journal.")
    doi = text("Its DOI.", allow_none=True)
    url = text("Where it is found; several addresses may stand in it.", allow_none=True)
    licence = text("Licence of its data.", allow_none=True)


def cited(source: Source) -> dict[str, Any]:
    """Write a publication as SourceSchema has it."""
    return {
        "source_id": source.source_id,
        "citation": source.citation,
        "doi": source.doi,
        "url": source.url,
        "licence": source.licence,
    }
