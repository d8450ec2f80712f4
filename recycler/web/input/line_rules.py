"""Rules that span fields: what must fit together once every field is right by itself.

Each function puts the fields of one object together and raises marshmallow's ValidationError,
keyed by field, where they contradict each other.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow.exceptions import SCHEMA

from recycler.batch import (
    Assay,
    Batch,
    DeclaredMagnet,
    FieldError,
    InvalidBatchError,
    LineItem,
)
from recycler.model.lines.contradictions import Path, contradictions
from recycler.model.lines.line_facts import class_of
from recycler.web.input.sentences import Messages, not_a_word

Vocabulary = Mapping[str, tuple[str, ...]]
"""Category -> its subtypes."""


def build_magnet(fields: dict[str, Any]) -> DeclaredMagnet:
    """Put a declared magnet together and read the coercivity class out of an NdFeB grade."""
    return DeclaredMagnet(**fields, coercivity_class=class_of(DeclaredMagnet(**fields)))


def build_assay(fields: dict[str, Any]) -> Assay:
    """Put an assay together."""
    return Assay(samples=tuple(fields["samples"]))


def build_line(fields: dict[str, Any], vocabulary: Vocabulary) -> LineItem:
    """Put a line item together.

    Raises:
        ValidationError: A subtype of another category, or anything else that contradicts itself
            (see `recycler.model.lines.contradictions`).
    """
    line = LineItem(**fields)
    if errors := line_messages(line, vocabulary):
        raise ma.ValidationError(errors)
    return line


def line_messages(line: LineItem, vocabulary: Vocabulary) -> Messages:
    """Everything that is wrong with a line whose fields are right by themselves."""
    errors = _check_subtype(line, vocabulary)
    for path, message in contradictions(line):
        put_message(errors, path, message)
    return errors


def build_batch(fields: dict[str, Any], plant: str) -> Batch:
    """Put a batch together.

    Args:
        fields: The batch's fields by name.
        plant: Who receives a batch that names no plant.

    Raises:
        InvalidBatchError: A line was first sold after the batch was collected.
    """
    batch = Batch(**({"plant": plant} | fields | {"items": tuple(fields["items"])}))
    if batch.collected_year is None:
        return batch
    late = [
        FieldError(
            f"/items/{index}/year",
            f"year is {line.year}, after the batch was collected in {batch.collected_year}",
        )
        for index, line in enumerate(batch.items)
        if line.year is not None and line.year > batch.collected_year
    ]
    if late:
        raise InvalidBatchError(late)
    return batch


def _check_subtype(line: LineItem, vocabulary: Vocabulary) -> Messages:
    subtypes = dict.fromkeys(vocabulary[line.category])
    if line.subtype is None or line.subtype in subtypes:
        return {}
    message = not_a_word(line.subtype, f"subtype of {line.category}", subtypes)
    homes = [category for category, known in vocabulary.items() if line.subtype in known]
    if homes:
        message += f". It is a subtype of {homes[0]}"
    return {"subtype": [message]}


def put_message(errors: Messages, path: Path, message: str) -> None:
    """Put a message in its place among messages that are nested as the document is."""
    for step in path:
        errors = errors.setdefault(step, {})
    errors.setdefault(SCHEMA, []).append(message)
