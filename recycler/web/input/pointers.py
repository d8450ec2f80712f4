"""From marshmallow's nested messages to a flat list of JSON Pointers (RFC 6901) with sentences."""

from collections.abc import Iterator
from typing import Any, Final

from marshmallow.exceptions import SCHEMA

from recycler.batch import FieldError

Path = tuple[str | int, ...]

_LONGEST_NAME: Final = 128


def field_errors(messages: Any) -> list[FieldError]:
    """Flatten messages, in the order of the document's lines and then of the fields' names."""
    found = sorted(_walk(messages, ()), key=lambda error: [_rank(step) for step in error[0]])
    return [FieldError(pointer(path), message) for path, message in found]


def pointer(path: Path) -> str:
    """JSON Pointer to a path of names and indices; the empty path is the whole document.

    A name longer than any that is known is shortened, or else an answer would be as long as what a
    hostile sender makes up.
    """
    return "".join("/" + _short(str(step)).replace("~", "~0").replace("/", "~1") for step in path)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."


def _walk(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, dict):
        for step, inner in messages.items():
            yield from _walk(inner, path if step == SCHEMA else (*path, step))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _walk(inner, path)
    else:
        yield path, str(messages)


def _rank(step: str | int) -> tuple[int, str]:
    return (step, "") if isinstance(step, int) else (-1, step)
