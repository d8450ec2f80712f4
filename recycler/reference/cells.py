"""What may stand in a cell: parsers from text to values, each naming what would be right."""

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from math import inf
from typing import TypeVar

from recycler.batch import Reading

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Parser = Callable[[str], T]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"\d+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DOI = re.compile(r"10\.\d{4,9}/\S+")

NO_PRINTED_LIMIT = 1.0
"""Detection limit (a mass fraction) of `<nd`: none is printed, so only that of any fraction."""


class CellError(ValueError):
    """A cell does not hold what it should; the message is a sentence without the place."""


def refuse(text: str, problem: str, expected: str) -> CellError:
    """The error that says what stands in a cell, what is wrong with it and what would be right."""
    found = f"{text!r} {problem}" if text else "the cell is empty"
    return CellError(f"{found}; {expected} is expected")


def sentence(cell: str) -> str:
    """Text that must not be missing."""
    if not cell.strip():
        raise refuse("", "", "a text")
    return cell


def identifier(cell: str) -> str:
    """A name without spaces, such as a row_id."""
    if not _IDENTIFIER.fullmatch(cell):
        raise refuse(cell, "is not an identifier", "a name of letters, digits, '_', '-' and '.'")
    return cell


def doi(cell: str) -> str:
    """A digital object identifier without a resolver's address."""
    if not _DOI.fullmatch(cell):
        raise refuse(cell, "is not a DOI", "a DOI such as 10.1000/182")
    return cell


def optional(parse: Parser[T]) -> Parser[T | None]:
    """The same cell, but it may be empty: None."""

    def parse_optional(cell: str) -> T | None:
        return parse(cell) if cell else None

    return parse_optional


def number(
    expected: str, *, least: float = -inf, above: float = -inf, most: float = inf
) -> Parser[float]:
    """A finite number with least <= number <= most and number > above."""

    def parse_number(cell: str) -> float:
        if not _NUMBER.fullmatch(cell):
            raise refuse(cell, "is not a number", expected)
        value = float(cell)
        if not (least <= value <= most and above < value < inf):
            raise refuse(cell, "is out of range", expected)
        return value

    return parse_number


def whole(expected: str, *, least: int, most: float = inf) -> Parser[int]:
    """A whole number, least <= number <= most."""

    def parse_whole(cell: str) -> int:
        if not _WHOLE.fullmatch(cell):
            raise refuse(cell, "is not a whole number", expected)
        value = int(cell)
        if not least <= value <= most:
            raise refuse(cell, "is out of range", expected)
        return value

    return parse_whole


def one_of(known: Collection[str], what: str) -> Parser[str]:
    """One of the known words, `what` they are in the error."""

    def parse_word(cell: str) -> str:
        if cell not in known:
            raise refuse(cell, f"is not a known {what}", f"one of {', '.join(known)}")
        return cell

    return parse_word


def named_in(known: Collection[str], what: str, table: str) -> Parser[str]:
    """An id that another table defines; too many to list them in the error."""

    def parse_id(cell: str) -> str:
        if cell not in known:
            raise refuse(cell, f"is not a known {what}", f"a {what} of {table}")
        return cell

    return parse_id


def member(words: type[E]) -> Parser[E]:
    """A member of an enumeration, by its value."""

    def parse_member(cell: str) -> E:
        one_of([str(word) for word in words], words.__name__.lower())(cell)
        return words(cell)

    return parse_member


def yes_or_no(cell: str) -> bool:
    """`yes` or `no`."""
    return one_of(("yes", "no"), "answer")(cell) == "yes"


def words(parse: Parser[str], separator: str = " ") -> Parser[tuple[str, ...]]:
    """Different words with a separator between them; an empty cell holds none."""

    def parse_words(cell: str) -> tuple[str, ...]:
        found = tuple(parse(part) for part in cell.split(separator)) if cell else ()
        if len(set(found)) < len(found):
            raise refuse(cell, "says something twice", "each word once")
        return found

    return parse_words


_percentage = number("a percentage from 0 to 100", least=0, most=100)


def fraction_of_percent(cell: str) -> float:
    """A percentage from 0 to 100, as a fraction."""
    return _percentage(cell) / 100


def reading(cell: str) -> Reading:
    """Mass % of an analysis: a number, `<0.05` or `<nd` (below detection, limit not printed)."""
    if cell == "<nd":
        return Reading(NO_PRINTED_LIMIT, below_detection=True)
    try:
        fraction = fraction_of_percent(cell.removeprefix("<"))
    except CellError as error:
        expected = "a percentage from 0 to 100, '<' before a detection limit, or '<nd'"
        raise refuse(cell, "is not a mass fraction", expected) from error
    return Reading(fraction, below_detection=cell.startswith("<"))


def analysis(symbols: Collection[str]) -> Parser[dict[str, Reading]]:
    """Readings such as `Mn 0.01; Zr <nd` of some elements; an empty cell holds none."""

    def parse_analysis(cell: str) -> dict[str, Reading]:
        parts = [part.partition(" ") for part in cell.split("; ")] if cell else []
        return {one_of(symbols, "element")(symbol): reading(mass) for symbol, _, mass in parts}

    return parse_analysis


def scatter(reported: Collection[str]) -> Parser[dict[str, float]]:
    """Standard deviations such as `Nd sd 2.8; Pr sd 2.2` in mass %, as fractions.

    `reported` are the elements that the row has readings of.
    """

    def parse_scatter(cell: str) -> dict[str, float]:
        parts = [part.partition(" sd ") for part in cell.split("; ")] if cell else []
        parse_symbol = one_of(reported, "element of this row")
        return {parse_symbol(symbol): fraction_of_percent(sd) for symbol, _, sd in parts}

    return parse_scatter
