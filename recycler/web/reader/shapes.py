"""JSON Schema in words: what kind of value, within which bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

_MANY: Final = 4  # members of one kind from which on they are told together
_LONGEST_PATTERN: Final = 40  # longer ones say less than the description beside them


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is.

    Attributes:
        words: What it is called, such as `array of`; empty if `link` says it all.
        link: Name of the schema that it is of; None if it is of no named one.
        bounds: Further rules, each a few words.
        choices: The values that there are, if they are listed.
    """

    words: str
    link: str | None = None
    bounds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


def shape(schema: Schema) -> Shape:
    """Tell a schema in words."""
    if "$ref" in schema:
        return Shape("", schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return _either([shape(one) for one in schema["anyOf"]])
    kinds = schema.get("type", "any value")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    choices = tuple(str(one) for one in schema.get("enum", ()) if one is not None)
    bounds = tuple(_bounds(schema))
    if "items" in schema:
        inner = shape(schema["items"])
        words = f"array of {inner.words}".rstrip()
        return Shape(words, inner.link, (*inner.bounds, *bounds), inner.choices)
    if kind == "object":
        return _mapping(schema, bounds)
    return Shape(kind, None, bounds, choices)


def _either(shapes: list[Shape]) -> Shape:
    words = " or ".join(", ".join((one.words, *one.bounds)) for one in shapes if one.words)
    link = next((one.link for one in shapes if one.link), None)
    return Shape(f"or {words}" if link else words, link)


def _mapping(schema: Schema, bounds: tuple[str, ...]) -> Shape:
    """An object whose members are alike, or of which nothing more is said."""
    members = list(schema.get("properties", {}).values())
    if len(members) >= _MANY and all(member == members[0] for member in members):
        value, keys = shape(members[0]), ", ".join(schema["properties"])
        told = ", ".join((value.words, *value.bounds))
        return Shape("object", value.link, (f"{keys}: each {told}", *bounds))
    if further := schema.get("additionalProperties"):
        value = shape(further)
        return Shape(f"object of {value.words}".rstrip(), value.link, (*value.bounds, *bounds))
    return Shape("object", None, bounds)


def _bounds(schema: Schema) -> Iterator[str]:
    yield from _range(schema, "minimum", "maximum", "")
    yield from _range(schema, "minLength", "maxLength", " characters")
    yield from _range(schema, "minItems", "maxItems", " entries")
    if "format" in schema:
        yield schema["format"]
    elif len(schema.get("pattern", "")) in range(1, _LONGEST_PATTERN):
        yield f"like {schema['pattern']}"


def _range(schema: Schema, least: str, most: str, what: str) -> Iterator[str]:
    if least in schema and most in schema:
        yield f"{_figure(schema[least])} to {_figure(schema[most])}{what}"
    elif least in schema:
        yield f"from {_figure(schema[least])}{what}"
    elif most in schema:
        yield f"up to {_figure(schema[most])}{what}"


def _figure(bound: float) -> str:
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"
