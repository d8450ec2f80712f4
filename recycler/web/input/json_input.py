"""Strict JSON: what a request body may look like before anyone asks what it means.

The standard library's parser accepts more than RFC 8259 and keeps the last of two equal names;
here a document is refused if two readers could understand it differently.
"""

import json
import re
from collections import Counter
from itertools import accumulate
from typing import Any, Final

from recycler.web.input.sentences import quoted

MAX_NAMES: Final = 100
"""Most names in one object: several times what any object of a request has."""

LONGEST_NAME: Final = 128
"""Characters of a name: a refusal repeats unknown names in its pointers, and has to stay short."""

_SHOWN: Final = 32
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(_STEP))


class MalformedError(ValueError):
    """The document is not the JSON that is expected; the message is one sentence saying why."""


def read_json(document: bytes, max_depth: int) -> Any:
    """Read a JSON document strictly.

    Args:
        document: UTF-8 bytes without a byte order mark.
        max_depth: Deepest nesting of arrays and objects that is read.

    Raises:
        MalformedError: The document is not UTF-8 or not JSON, is nested too deeply, has too many
            or too long names in one object, or one of them twice, or uses NaN or Infinity.
    """
    text = _decode(document)
    if (depth := nesting_depth(document)) > max_depth:
        msg = f"arrays and objects are nested {depth} deep; at most {max_depth} levels are read"
        raise MalformedError(msg)
    try:
        parsed = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        msg = f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise MalformedError(msg) from None
    if _ESCAPED_SURROGATE.search(document):
        _refuse_lone_surrogates(parsed)
    return parsed


def nesting_depth(document: bytes) -> int:
    """Deepest nesting of arrays and objects, by counting brackets outside strings.

    Right up to the first syntax error, and so for every bracket that a parser would follow.
    """
    outside_strings = b"".join(_ESCAPE.sub(b"", document).split(b'"')[::2])
    brackets = outside_strings.translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets), initial=0))


def _decode(document: bytes) -> str:
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"the body is not UTF-8: byte {error.start} cannot be read"
        raise MalformedError(msg) from None
    if text.startswith("\ufeff"):
        raise MalformedError("the body begins with a byte order mark; send UTF-8 without one")
    if not text.strip():
        raise MalformedError("the body is empty; a JSON object is expected")
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise MalformedError(f"the name {quoted(twice)} stands more than once in one object")
    if len(names) > MAX_NAMES:
        msg = f"one object holds {len(names)} names; at most {MAX_NAMES} are read"
        raise MalformedError(msg)
    if max(map(len, names), default=0) > LONGEST_NAME:
        longest = max(names, key=len)
        begins = f"the name that begins with {quoted(longest[:_SHOWN])}"
        msg = f"{begins} has {len(longest)} characters; at most {LONGEST_NAME} are read"
        raise MalformedError(msg)
    return names


def _integer(digits: str) -> int | float:
    # Python refuses to convert thousands of digits; as a float such a number is infinite
    # and every field refuses it by name.
    return int(digits) if len(digits) < 400 else float(digits)


def _refuse_constant(token: str) -> None:
    raise MalformedError(f"{token} is not a JSON number; every number must be finite")


def _refuse_lone_surrogates(parsed: Any) -> None:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        msg = "a \\u escape names half of a surrogate pair, which is no character"
        raise MalformedError(msg) from None


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_constant=_refuse_constant
)
