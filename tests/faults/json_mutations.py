"""Documents that are nearly right: a valid one, changed in a few places by a seeded chance."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Place = tuple[Any, Any]
"""An object or array of a document, and a name or index in it."""

NUMBERS = (
    "0",
    "-0",
    "-0.0",
    "-1",
    "0.5",
    "1e-400",
    "5e-324",
    "1e308",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "9007199254740993",
    "18446744073709551616",
    "1" * 399,
    "1" * 400,
    "1" * 5000,
    "3.0000000000000004",
    "0x10",
    "01",
    "1e",
    ".5",
    "+1",
    "1_000",
)
"""Numbers, some of which JSON does not know, as they stand in a document."""

TEXTS = (
    "",
    " ",
    "NdFeB",
    "Nd",
    "<0.05",
    "<",
    "<0",
    "<1e5",
    "<999.999999999999",
    "N42SH",
    "N99",
    "2026-11-27",
    "2026-02-30",
    "9999-99-99",
    "\x00",
    "a\x00b",
    "\r\nX-Injected: 1",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffe",
    "e\u0301",
    "\U0001f9f2",
    "\U0010ffff",
    "x" * 128,
    "x" * 129,
    "x" * 20_000,
    "~1/~0",
    "../../etc/passwd",
    "'; DROP TABLE lots; --",
    "%s%n{0}",
    "__class__",
    "=1+1",
    "٣",
    "true",
    "null",
)
"""Texts that some reader, database or page has stumbled over."""

NAMES = ("", "count ", "Count", "__proto__", "items/0", "a~b", "\u0000", "é", "n" * 300)

_MARK = "\ue000"
"""Stands before a number until the document is written; U+E000 is in no sample."""

_NUMBER_AS_TEXT = re.compile(r'"(?:\ue000|\\ue000)([^"]*)"')

_MOST_ENTRIES = 1200
"""An array grows to so many entries: more than any limit of the service, not more than is cheap."""


def mutated_json(rng: Random, document: Any) -> bytes:
    """A document with one to four changes, as bytes; now and then those are changed as well."""
    changed = copy.deepcopy(document)
    for _ in range(rng.randint(1, 4)):
        changed = rng.choice(_CHANGES)(rng, changed)
    written = _written(rng, changed)
    return changed_bytes(rng, written) if rng.random() < 0.3 else written


def changed_bytes(rng: Random, written: bytes) -> bytes:
    """Bytes, at least one, with one change that knows nothing of what they mean."""
    return rng.choice(_BYTE_CHANGES)(rng, written)


def _places(value: Any) -> Iterator[Place]:
    """Every place of a document, the outer ones first."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in list(steps):
        yield value, step
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _somewhere(rng: Random, document: Any) -> Place | None:
    places = list(_places(document)) if isinstance(document, dict | list) else []
    return rng.choice(places) if places else None


def _replaced(rng: Random, document: Any) -> Any:
    """Another value, as a rule of another type, in any place; seldom of the whole document."""
    if (place := _somewhere(rng, document)) is None or rng.random() < 0.02:
        return _value(rng)
    inside, step = place
    inside[step] = _value(rng)
    return document


def _without(rng: Random, document: Any) -> Any:
    if place := _somewhere(rng, document):
        inside, step = place
        del inside[step]
    return document


def _renamed(rng: Random, document: Any) -> Any:
    place = _somewhere(rng, document)
    if place and isinstance(place[0], dict):
        inside, step = place
        name = rng.choice((*NAMES, f"{step}s", step[:-1], step.upper(), rng.choice(TEXTS)))
        inside[name] = inside.pop(step)
    return document


def _moved(rng: Random, document: Any) -> Any:
    """What stands in one place, in another one too."""
    here, there = _somewhere(rng, document), _somewhere(rng, document)
    if here and there:
        there[0][there[1]] = copy.deepcopy(here[0][here[1]])
    return document


def _many(rng: Random, document: Any) -> Any:
    """An array whose entries stand there again and again."""
    places = _places(document) if isinstance(document, dict | list) else ()
    lists = [inside[step] for inside, step in places if isinstance(inside[step], list)]
    if lists:
        grown = rng.choice(lists)
        grown.extend(copy.deepcopy(grown) * rng.choice((1, 1, 5, 30)))
        del grown[_MOST_ENTRIES:]
    return document


_CHANGES: tuple[Callable[[Random, Any], Any], ...] = (
    _replaced,
    _replaced,
    _replaced,
    _without,
    _renamed,
    _moved,
    _many,
)


def _value(rng: Random) -> Any:
    return rng.choice(
        (
            None,
            True,
            {},
            [],
            [[]],
            _MARK + rng.choice(NUMBERS),
            _MARK + rng.choice(NUMBERS),
            _MARK + repr(rng.uniform(-1e3, 1e9)),
            rng.randint(-(10**12), 10**12),
            rng.randint(0, 100),
            rng.choice(TEXTS),
            rng.choice(TEXTS),
            {rng.choice(NAMES): 1},
            {"Nd": rng.choice(TEXTS), "Xx": 1},
            [rng.choice(TEXTS)] * 3,
            _nested(rng.choice((2, 6, 15, 40))),
        )
    )


def _nested(depth: int) -> Any:
    value: Any = []
    for level in range(depth):
        value = [value] if level % 2 else {"items": value}
    return value


def _written(rng: Random, document: Any) -> bytes:
    """The document as JSON, in ASCII or UTF-8, with the numbers that JSON would not write."""
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1)))
    text = _NUMBER_AS_TEXT.sub(r"\1", text)
    return text.encode("utf-8", "surrogatepass")


def _flipped(rng: Random, written: bytes) -> bytes:
    changed = bytearray(written)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: Random, written: bytes) -> bytes:
    return written[: rng.randrange(len(written))]


def _doubled(rng: Random, written: bytes) -> bytes:
    """A stretch that stands there twice: names twice in one object, brackets that do not close."""
    start, end = sorted(rng.choices(range(len(written) + 1), k=2))
    return written[:end] + written[start:end] + written[end:]


def _inserted(rng: Random, written: bytes) -> bytes:
    at = rng.randrange(len(written) + 1)
    return written[:at] + rng.choice(FRAGMENTS) + written[at:]


def _name_twice(rng: Random, written: bytes) -> bytes:
    return written.replace(b"{", b'{"count": 1, "count": 2, ', rng.randint(1, 3))


def _encoded(rng: Random, written: bytes) -> bytes:
    text = written.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7")))


FRAGMENTS = (
    b"\x00",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b'"\\udc00"',
    b'"',
    b"\\",
    b"[" * 100,
    b'{"a":' * 100,
    b"]" * 5,
    b"//",
    b",,",
    b"\r",
    b"\r\n",
    b"\n",
    b"\x85",
    b"\xe2\x80\xa8",
    b"0" * 1000,
)
"""Bytes that a careless reader takes for something else than they are."""

_BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flipped,
    _flipped,
    _cut,
    _doubled,
    _inserted,
    _inserted,
    _name_twice,
    _encoded,
)
