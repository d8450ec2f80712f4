"""JSON to dataclasses and back, strictly: what is not exactly as declared is refused by name."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

_INTEGER_DIGITS = 18  # what fits 64 bits


def parse(data: bytes) -> dict[str, object]:
    """Read one JSON object.

    Raises:
        ValueError: Not UTF-8, not JSON, not an object, a field twice, nested too deeply, or a
            number that is not finite or an integer beyond 18 digits.
    """
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"it is not valid JSON ({error})") from None
    return cast("dict[str, object]", _expect(dict, document, "", "an object"))


def dump(value: object) -> bytes:
    """Write a dataclass (or plain JSON values) as JSON, ending with a line feed.

    Fields that are None where None is the default are left out.

    Raises:
        ValueError: A number is not finite, or a value has no JSON form.
    """
    text = json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def plain(value: object) -> object:
    """A dataclass (or plain JSON values) as values that JSON knows; see `dump`.

    Raises:
        ValueError: A value has no JSON form.
    """
    if is_dataclass(value):
        given = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: plain(entry)
            for field, entry in given
            if entry is not None or field.default is not None
        }
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"{type(value).__name__} has no form in JSON")


def read(kind: type[T], document: object) -> T:
    """Make a `kind` (a dataclass) of a parsed document.

    Fields without a default must be there, others may be; unknown ones are refused. A field of
    type Any takes any JSON value.

    Raises:
        ValueError: Names the place, as a JSON Pointer, and what is expected there.
    """
    return cast("T", _read(kind, document, ""))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise ValueError(f"it has the field {names.most_common(1)[0][0]!r} more than once")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _constant(text[:40])
    return number


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _INTEGER_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits is too long")
    return int(text)


def _read(kind: Any, value: object, at: str) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return None if value is None else _read(inner, value, at)
    if origin is tuple:
        entries = enumerate(_expect(list, value, at, "a list"))
        return tuple(_read(arguments[0], entry, f"{at}/{i}") for i, entry in entries)
    if origin is Mapping:
        items = _expect(dict, value, at, "an object").items()
        return {key: _read(arguments[1], entry, f"{at}/{key}") for key, entry in items}
    if is_dataclass(kind):
        return _read_dataclass(cast("type", kind), value, at)
    return _read_scalar(kind, value, at)


def _read_dataclass(kind: Any, value: object, at: str) -> object:
    given = _expect(dict, value, at, "an object")
    declared = {field.name: field for field in fields(kind)}
    hints = get_type_hints(kind)
    if unknown := sorted(given.keys() - declared):
        raise ValueError(f"the field {at}/{unknown[0]} is unknown")
    for name, field in declared.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"the field {at}/{name} is missing")
    return kind(**{name: _read(hints[name], given[name], f"{at}/{name}") for name in given})


def _read_scalar(kind: Any, value: object, at: str) -> object:
    if kind is Any:
        return value
    if kind is float:
        return float(_expect(int if type(value) is int else float, value, at, "a number"))
    if kind is int:
        return _expect(int, value, at, "an integer")
    if kind is bool:
        return _expect(bool, value, at, "true or false")
    text = _expect(str, value, at, "a text")
    if kind is datetime:
        return _moment(text, at)
    if issubclass(kind, StrEnum) and text not in set(kind):
        _refuse(at, f"one of {', '.join(kind)}")
    return kind(text)


def _moment(text: str, at: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse(at, "a moment such as 2026-01-31T23:59:59+00:00")


def _expect(kind: type[T], value: object, at: str, expected: str) -> T:
    if type(value) is not kind:  # exactly: true is not 1
        _refuse(at, expected)
    return value


def _refuse(at: str, expected: str) -> NoReturn:
    raise ValueError(f"{expected} is expected at {at or 'the top'}")
