"""Rules that span fields: what must fit together once every field is right by itself.

Each function puts the fields of one object together and raises marshmallow's ValidationError,
keyed by field, where they contradict each other.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from recycler.batch import (
    Assay,
    Batch,
    CoercivityClass,
    DeclaredMagnet,
    FieldError,
    InvalidBatchError,
    LineItem,
    MagnetType,
)
from recycler.web.grades import coercivity_class
from recycler.web.sentences import Messages, not_a_word, quoted

Vocabulary = Mapping[str, tuple[str, ...]]
"""Category -> its subtypes."""


def build_magnet(fields: dict[str, Any]) -> DeclaredMagnet:
    """Put a declared magnet together and read the coercivity class out of an NdFeB grade."""
    return DeclaredMagnet(**fields, coercivity_class=_class_of(fields))


def build_assay(fields: dict[str, Any]) -> Assay:
    """Put an assay together."""
    return Assay(samples=tuple(fields["samples"]))


def build_line(fields: dict[str, Any], vocabulary: Vocabulary) -> LineItem:
    """Put a line item together.

    Raises:
        ValidationError: Not exactly one of count and mass_kg, a subtype of another category, more
            samples than pieces, or magnets heavier than the piece that holds them.
    """
    line = LineItem(**fields)
    errors = {
        **_check_quantity(line),
        **_check_subtype(line, vocabulary),
        **_check_samples(line),
        **_check_magnet_mass(line),
    }
    if errors:
        raise ma.ValidationError(errors)
    return line


def build_batch(fields: dict[str, Any]) -> Batch:
    """Put a batch together.

    Raises:
        InvalidBatchError: A line was first sold after the batch was collected.
    """
    batch = Batch(**(fields | {"items": tuple(fields["items"])}))
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


def _class_of(fields: Mapping[str, Any]) -> CoercivityClass | None:
    grade = fields.get("grade")
    if grade is None or fields.get("type") not in (None, MagnetType.NDFEB):
        return None
    if (found := coercivity_class(grade)) is not None:
        return found
    msg = (
        f"{quoted(grade)} is not a grade of NdFeB such as N42SH: an energy product of two digits "
        "and a coercivity class M, H, SH, UH, EH, AH or none"
    )
    raise ma.ValidationError({"grade": [msg]})


def _check_quantity(line: LineItem) -> Messages:
    if line.count is None and line.mass_kg is None:
        return {"_schema": ["a line item has either count or mass_kg; both are missing"]}
    if line.count is not None and line.mass_kg is not None:
        return {"mass_kg": ["mass_kg stands beside count; give one of the two"]}
    return {}


def _check_subtype(line: LineItem, vocabulary: Vocabulary) -> Messages:
    subtypes = dict.fromkeys(vocabulary[line.category])
    if line.subtype is None or line.subtype in subtypes:
        return {}
    message = not_a_word(line.subtype, f"subtype of {line.category}", subtypes)
    homes = [category for category, known in vocabulary.items() if line.subtype in known]
    if homes:
        message += f". It is a subtype of {homes[0]}"
    return {"subtype": [message]}


def _check_samples(line: LineItem) -> Messages:
    if line.assay is None or line.count is None or len(line.assay.samples) <= line.count:
        return {}
    samples = len(line.assay.samples)
    return {"assay": {"samples": [f"{samples} samples were taken from {line.count} pieces"]}}


def _check_magnet_mass(line: LineItem) -> Messages:
    magnet_g = None if line.magnet is None else line.magnet.mass_g
    if magnet_g is None or line.unit_mass_kg is None or magnet_g <= 1000 * line.unit_mass_kg:
        return {}
    message = f"mass_g is more than the {1000 * line.unit_mass_kg:g} g that one piece weighs"
    return {"magnet": {"mass_g": [message]}}
