"""Many lots at once: all of them sound, or an error that says line by line what is not.

Lists come as CSV (lot_tables.py) or as NDJSON, one JSON document on each line.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from recycler.batch import FieldError
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.json_input import MalformedError
from recycler.web.lot_documents import lot_document
from recycler.web.lots import InvalidLotError, parse_lot
from recycler.web.pointers import pointer

MOST_WRONG: Final = 100
"""A list is read no further after so many wrong lots: hostile input stays cheap."""

Read = MeasuredLot | list[FieldError]
"""What was made of a part of a list: a lot, or all that is wrong with it."""


class InvalidLotsError(ValueError):
    """A list of lots cannot be taken in; `errors` names what is wrong, line by line.

    The pointer of an error is a slash, the line, and then the column of a table, or the JSON
    Pointer into the document on that line.
    """

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors[:MOST_WRONG]))


def read_lots_ndjson(lines: bytes, settings: Settings) -> Iterator[MeasuredLot]:
    """Read lots, one JSON document on each line; empty lines are passed over.

    Lots come as they are read; whether all are sound is known once the last one has come.

    Raises:
        InvalidLotsError: Any of them is no lot, or one lot stands there twice.
    """
    numbered = enumerate(io.BytesIO(lines), 1)
    return sound_lots((n, _read(n, line, settings)) for n, line in numbered if line.strip())


def write_lots_ndjson(lots: Iterable[MeasuredLot]) -> Iterator[str]:
    """Write lots, one JSON document on each line, as `read_lots_ndjson` reads them."""
    for lot in lots:
        yield orjson.dumps(lot_document(lot), option=orjson.OPT_APPEND_NEWLINE).decode()


def sound_lots(found: Iterable[tuple[int, Read]], place: str = "Line") -> Iterator[MeasuredLot]:
    """The lots of a list, up to the first that is wrong; then all that is wrong.

    Args:
        found: What was made of the list, each with the line on which it begins.
        place: What is counted, if it is not lines.

    Raises:
        InvalidLotsError: Any is wrong, one lot stands there twice, or there is none.
    """
    wrong: list[list[FieldError]] = []
    seen: dict[tuple[str, str], int] = {}
    for line, lot in found:
        fault = lot if isinstance(lot, list) else _again(place, line, lot, seen)
        if fault:
            wrong.append(fault)
        elif isinstance(lot, MeasuredLot) and not wrong:
            yield lot
        if len(wrong) == MOST_WRONG:
            break
    if wrong or not seen:
        raise InvalidLotsError([e for errors in wrong for e in errors] or [_NONE])


_NONE: Final = FieldError("", "There are no lots; give at least one.")


def _again(
    place: str, line: int, lot: MeasuredLot, seen: dict[tuple[str, str], int]
) -> list[FieldError]:
    """What is wrong with a lot that stood on an earlier line."""
    first = seen.setdefault((lot.plant, lot.lot_id), line)
    if first == line:
        return []
    where = f"{lot.lot_id} of plant {lot.plant} is that of {place.lower()} {first} already"
    return [FieldError(f"/{line}/lot_id", f"{place} {line}, lot_id: lot {where}.")]


def _read(line: int, document: bytes, settings: Settings) -> Read:
    try:
        return parse_lot(document.strip(), settings)
    except MalformedError as error:
        return [FieldError(f"/{line}", f"Line {line}: {error}.")]
    except InvalidLotError as error:
        return [_placed(line, e) for e in error.errors]


def _placed(line: int, error: FieldError) -> FieldError:
    at = f"Line {line}, {error.pointer}" if error.pointer else f"Line {line}"
    return FieldError(pointer((line,)) + error.pointer, f"{at}: {error.message}.")
