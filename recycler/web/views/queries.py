"""Query strings: read by a schema as bodies are, and refused parameter by parameter."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import marshmallow as ma
from flask import request

from recycler.batch import FieldError
from recycler.web.input.pointers import field_errors
from recycler.web.input.sentences import not_a_word
from recycler.web.input.strict_schema import StrictSchema
from recycler.web.problems import InvalidQueryError


def read_query(schema: StrictSchema) -> dict[str, Any]:
    """Read the query string of the request.

    Args:
        schema: The parameters as fields; values come to them as text.

    Raises:
        InvalidQueryError: A parameter or its value is not known, stands twice, or is missing.
    """
    given = dict(request.args.lists())
    missing = sorted(schema.required - given.keys())
    wrong = [FieldError(f"/{name}", f"{name} is missing") for name in missing]
    read = {}
    for name, values in given.items():
        try:
            read[name] = _value(schema, name, values)
        except ma.ValidationError as error:
            wrong += field_errors({name: error.messages})
    if wrong:
        raise InvalidQueryError(tuple(wrong))
    return read


def parameters(
    schema: StrictSchema, examples: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """The parameters as OpenAPI has them, with examples of those that are given."""
    return [
        _documented(name, field) | ({"example": examples[name]} if name in examples else {})
        for name, field in schema.fields.items()
    ]


def _value(schema: StrictSchema, name: str, values: list[str]) -> Any:
    if name not in schema.fields:
        raise ma.ValidationError(not_a_word(name, "parameter", schema.fields))
    if len(values) > 1:
        raise ma.ValidationError(f"{name} stands {len(values)} times; once is all.")
    return schema.fields[name].deserialize(values[0], name, request.args)


def _documented(name: str, field: ma.fields.Field[Any]) -> dict[str, Any]:
    described = dict(field.metadata)
    return {
        "in": "query",
        "name": name,
        "required": field.required,
        "description": described.pop("description"),
        "schema": described,
    }
