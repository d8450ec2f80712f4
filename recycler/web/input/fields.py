"""Fields of a request: each reads one kind of value strictly and says in a sentence what is wrong.

Nothing is converted that was not meant: true is not 1, "5" is not a number, null is not a value.
Percent comes in, fractions go on.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final

import marshmallow as ma

from recycler.batch import Reading
from recycler.elements import ELEMENTS
from recycler.web.input.sentences import MOST_WRONG, not_a_word, shown
from recycler.web.input.strict_schema import StrictSchema

JSONSchema = Mapping[str, Any]

_CONTROLS: Final = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_SPACES: Final = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_BELOW: Final = re.compile(
    # From 1e-10, the least limit that a reading holds, to 100.
    r"<\s*(?!0+(?:\.0{1,9}|\.0{10}[0-9]{0,2})?$)"
    r"(0?[0-9]{1,2}(?:\.[0-9]{1,12})?|100(?:\.0{1,12})?)"
)
_MOST_DIGITS: Final = 18
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST: Final = re.compile(r"[0-9a-f]{32}")
_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100}
_SUM_TOLERANCE_PCT: Final = 1e-6
"""Room for the rounding of binary fractions, not for the analyst's."""


class Field(ma.fields.Field[Any]):
    """A field whose errors are sentences about the field by name."""

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        """Build marshmallow's own errors; the only one that can come up is that of null."""
        if key == "null":
            return ma.ValidationError(f"{self.name} must not be null; leave out what is not known")
        return super().make_error(key, **kwargs)

    def wrong(self, expected: str, value: object) -> ma.ValidationError:
        """Build the error for a value that is not what is expected."""
        return ma.ValidationError(f"{self.name} must be {expected}, not {shown(value)}")


class Number(Field):
    """A finite number from `minimum` to `maximum`, both included."""

    def __init__(
        self,
        minimum: float,
        maximum: float,
        unit: str = "",
        *,
        description: str,
        required: bool = False,
    ) -> None:
        bounds = {"minimum": minimum, "maximum": maximum}
        metadata = {"description": description, "type": "number", **bounds}
        super().__init__(metadata=metadata, required=required)
        self.minimum, self.maximum = minimum, maximum
        self.expected = f"a number from {minimum:g} to {maximum:g} {unit}".rstrip()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if type(value) in (int, float) and self.minimum <= value <= self.maximum:
            return float(value)
        raise self.wrong(self.expected, value)


class Whole(Field):
    """A whole number from `minimum` to `maximum`; 12.0 is one, as JSON knows one kind of number."""

    def __init__(self, minimum: int, maximum: int, *, description: str) -> None:
        bounds = {"minimum": minimum, "maximum": maximum}
        super().__init__(metadata={"description": description, "type": "integer", **bounds})
        self.minimum, self.maximum = minimum, maximum
        self.expected = f"a whole number from {minimum} to {maximum}"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        whole = type(value) is int or (type(value) is float and value.is_integer())
        if whole and self.minimum <= value <= self.maximum:
            return int(value)
        raise self.wrong(self.expected, value)


class Digits(Whole):
    """A whole number that comes as text, as in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        written = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
        return super()._deserialize(int(value) if written else value, *args, **kwargs)


class Choice(Field):
    """One of the words of a list, e.g. a category; `choices` maps each word to what it means."""

    def __init__(
        self, kind: str, choices: Mapping[str, Any], *, description: str, required: bool = False
    ) -> None:
        metadata = {"description": description, "type": "string", "enum": list(choices)}
        super().__init__(metadata=metadata, required=required)
        self.kind, self.choices = kind, choices

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if type(value) is not str:
            raise self.wrong(f"one of {', '.join(self.choices)}", value)
        if value not in self.choices:
            raise ma.ValidationError(not_a_word(value, self.kind, self.choices))
        return self.choices[value]


class Text(Field):
    """A short text without control characters."""

    pattern = f"^[^{_CONTROLS}]+$"

    def __init__(self, longest: int, *, description: str, required: bool = False) -> None:
        form = {"minLength": 1, "maxLength": longest, "pattern": self.pattern}
        metadata = {"description": description, "type": "string", **form}
        super().__init__(metadata=metadata, required=required)
        self.longest = longest
        self.expected = f"a text of 1 to {longest} characters without control characters"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if type(value) is str and 0 < len(value) <= self.longest and not _CONTROL.search(value):
            return value
        raise self.wrong(self.expected, value)


class Name(Text):
    """A text by which something is found again: in a table the spaces around it would be lost."""

    pattern = f"^[^{_SPACES}{_CONTROLS}]([^{_CONTROLS}]*[^{_SPACES}{_CONTROLS}])?$"

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if text != text.strip():
            raise ma.ValidationError(f"{self.name} must not begin or end with a space")
        return text


class Day(Field):
    """A day as 2026-11-27, within the years from `first` to `last`."""

    def __init__(self, first: int, last: int, *, description: str, required: bool = False) -> None:
        pattern = f"^({_one_of_years(first, last)})-[0-9]{{2}}-[0-9]{{2}}$"
        form = {"type": "string", "format": "date", "pattern": pattern}
        super().__init__(metadata={"description": description, **form}, required=required)
        self.first, self.last = first, last
        self.expected = f"a day such as 2026-11-27, from {first}-01-01 to {last}-12-31"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if type(value) is str and (day := day_of(value)) and self.first <= day.year <= self.last:
            return day
        raise self.wrong(self.expected, value)


def _one_of_years(first: int, last: int) -> str:
    """A pattern of the years from `first` to `last`: whole decades, then what is left of one."""
    years, pieces = iter(range(first, last + 1)), []
    for year in years:
        if year % 10 == 0 and year + 9 <= last:
            pieces.append(f"{year // 10}[0-9]")
            next(islice(years, 9, 9), None)
        else:
            pieces.append(str(year))
    return "|".join(pieces)


def day_of(text: str) -> date | None:
    """The day that a text such as 2026-11-27 names; None if it names none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class Digest(Field):
    """A digest as 32 hexadecimal digits, such as an estimate_id."""

    def __init__(self, *, description: str) -> None:
        form = {"type": "string", "pattern": f"^{_DIGEST.pattern}$"}
        super().__init__(metadata={"description": description, **form})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if type(value) is str and _DIGEST.fullmatch(value):
            return value
        raise self.wrong("32 digits from 0 to 9 and a to f", value)


class Composition(Field):
    """Element -> mass % of the magnet; read as mass fractions, in the order of the elements."""

    def __init__(self, *, description: str) -> None:
        super().__init__(metadata={"description": description, **_by_element_schema(_PERCENT)})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, float]:
        fractions = _by_element(self, value, _fraction, "mass % from 0 to 100")
        _check_sum(fractions.values())
        return fractions


class Analysis(Field):
    """Element -> mass %, or "<0.05" for below that limit; read as Readings (mass fractions)."""

    def __init__(self, *, description: str) -> None:
        below = {"type": "string", "pattern": f"^{_BELOW.pattern}$"}
        figure = _by_element_schema({"anyOf": [_PERCENT, below]})
        super().__init__(metadata={"description": description, **figure})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Reading]:
        expected = 'mass % from 0 to 100, or "<0.05" for below a detection limit of 0.05'
        readings = _by_element(self, value, _reading, expected)
        _check_sum(r.fraction for r in readings.values() if not r.below_detection)
        return readings


class Kilograms(Field):
    """Element -> mass of the metal in kg, from 0 to `most`; in the order of the elements."""

    def __init__(self, most: float, *, description: str) -> None:
        figure = {"type": "number", "minimum": 0, "maximum": most}
        super().__init__(metadata={"description": description, **_by_element_schema(figure)})
        self.most = most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, float]:
        example = 'kg by element, such as {"Nd": 5.1}'
        return _by_element(self, value, self._mass, f"kg from 0 to {self.most:g}", example)

    def _mass(self, kg: Any) -> float | None:
        return float(kg) if type(kg) in (int, float) and 0 <= kg <= self.most else None


class Rows(ma.fields.List[Any], Field):
    """An array of `shortest` to `longest` entries, counted before they are read."""

    def __init__(
        self,
        inner: ma.fields.Field[Any],
        shortest: int,
        longest: int,
        *,
        description: str,
        required: bool = True,
    ) -> None:
        documented = {"description": description, "minItems": shortest, "maxItems": longest}
        super().__init__(inner, metadata=documented, required=required)
        self.shortest, self.longest = shortest, longest

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        if type(value) is not list:
            raise self.wrong("an array", value)
        if not self.shortest <= len(value) <= self.longest:
            msg = (
                f"{self.name} has {len(value)} entries; {self.shortest} to {self.longest} are read"
            )
            raise ma.ValidationError(msg)
        entries, errors = [], {}
        for index, entry in enumerate(value):
            try:
                entries.append(self.inner.deserialize(entry))
            except ma.ValidationError as error:
                errors[index] = error.messages
                if len(errors) == MOST_WRONG:
                    break
        if errors:
            raise ma.ValidationError(errors)
        return entries


class Built(ma.fields.Nested, Field):
    """A nested object whose fields, once each is right, are put together by `build`.

    `build` takes the fields by name and raises ValidationError where they do not fit together.
    """

    def __init__(
        self,
        schema: StrictSchema,
        build: Callable[[dict[str, Any]], Any],
        *,
        description: str,
        required: bool = False,
    ) -> None:
        super().__init__(schema, metadata={"description": description}, required=required)
        self.what, self.build = schema.what, build

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        """Build the error of null, as of any other value that is no object."""
        if key == "null":
            return ma.ValidationError(f"{self.what} is a JSON object, not null")
        return super().make_error(key, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self.build(super()._deserialize(value, *args, **kwargs))


def _by_element_schema(figure: JSONSchema) -> JSONSchema:
    return {
        "type": "object",
        "properties": dict.fromkeys(ELEMENTS, figure),
        "additionalProperties": False,
        "minProperties": 1,
    }


def _by_element(
    field: Field,
    value: Any,
    read: Callable[[Any], Any],
    expected: str,
    example: str = 'mass % by element, such as {"Nd": 22.8}',
) -> dict[str, Any]:
    """Read one figure per element, in the order of the elements, or name every wrong one."""
    if type(value) is not dict:
        raise field.wrong(f"an object of {example}", value)
    if not value:
        raise ma.ValidationError(f"{field.name} names no element")
    figures, errors = {}, {}
    for symbol, figure in value.items():
        if symbol not in ELEMENTS:
            errors[symbol] = [not_a_word(symbol, "carried element", ELEMENTS)]
        elif (figure_read := read(figure)) is None:
            errors[symbol] = [f"{symbol} must be {expected}, not {shown(figure)}"]
        else:
            figures[symbol] = figure_read
        if len(errors) == MOST_WRONG:
            break
    if errors:
        raise ma.ValidationError(errors)
    return {symbol: figures[symbol] for symbol in ELEMENTS if symbol in figures}


def _fraction(percent: Any) -> float | None:
    if type(percent) in (int, float) and 0 <= percent <= 100:
        return float(percent / 100)
    return None


def _reading(figure: Any) -> Reading | None:
    if type(figure) is str:
        below = _BELOW.fullmatch(figure)
        return Reading(float(below[1]) / 100, below_detection=True) if below else None
    fraction = _fraction(figure)
    return None if fraction is None else Reading(fraction)


def _check_sum(fractions: Iterable[float]) -> None:
    percent = 100 * sum(fractions)
    if percent > 100 + _SUM_TOLERANCE_PCT:
        raise ma.ValidationError(f"the elements add up to {percent:.6g} mass %, more than 100")
