"""Many lots at once: all of them sound, or an error that says line by line what is not.

Lists come as CSV (lot_tables.py) or as NDJSON, one JSON document on each line.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import orjson

from recycler.assays import DuplicateLotError
from recycler.batch import FieldError
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.input.json_input import MalformedError
from recycler.web.input.pointers import pointer
from recycler.web.lots.lot_documents import lot_document
from recycler.web.lots.schema import InvalidLotError, parse_lot

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


def read_lots_ndjson(lines: bytes, settings: Settings) -> "SoundLots":
    """Read lots, one JSON document on each line; empty lines are passed over.

    Lots come as they are read; whether all are sound is known once the last one has come.

    Raises:
        InvalidLotsError: Any of them is no lot, or one lot stands there twice.
    """
    numbered = enumerate(io.BytesIO(lines), 1)
    return SoundLots((n, _read(n, line, settings)) for n, line in numbered if line.strip())


def write_lots_ndjson(lots: Iterable[MeasuredLot]) -> Iterator[str]:
    """Write lots, one JSON document on each line, as `read_lots_ndjson` reads them."""
    for lot in lots:
        yield orjson.dumps(lot_document(lot), option=orjson.OPT_APPEND_NEWLINE).decode()


class SoundLots:
    """The lots of a list, up to the first that is wrong; then all that is wrong.

    They are read once, as they are taken.

    Args:
        found: What was made of the list, each with the line on which it begins.
        counted: What is counted, if it is not lines.

    Raises:
        InvalidLotsError: Any is wrong, one lot stands there twice, or there is none.
    """

    def __init__(self, found: Iterable[tuple[int, Read]], counted: str = "Line") -> None:
        self._found = iter(found)
        self._counted = counted
        self._lines: dict[tuple[str, str], int] = {}

    def __iter__(self) -> Iterator[MeasuredLot]:
        wrong: list[list[FieldError]] = []
        for line, lot in self._found:
            fault = lot if isinstance(lot, list) else self._again(line, lot)
            if fault:
                wrong.append(fault)
            elif isinstance(lot, MeasuredLot) and not wrong:
                yield lot
            if len(wrong) == MOST_WRONG:
                break
        if wrong or not self._lines:
            raise InvalidLotsError([e for errors in wrong for e in errors] or [_NONE])

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let a refusal of a lot that was taken already say where in the list it stands.

        Raises:
            DuplicateLotError: The one that was raised in the block, with the place in its message.
        """
        try:
            yield
        except DuplicateLotError as error:
            line = self._lines[error.plant, error.lot_id]
            raise error.at(f"{self._counted} {line}") from None

    def _again(self, line: int, lot: MeasuredLot) -> list[FieldError]:
        """What is wrong with a lot that stood on an earlier line."""
        first = self._lines.setdefault((lot.plant, lot.lot_id), line)
        if first == line:
            return []
        there = f"{self._counted.lower()} {first} already"
        said = f"lot {lot.lot_id} of plant {lot.plant} is that of {there}"
        return [FieldError(f"/{line}/lot_id", f"{self._counted} {line}, lot_id: {said}.")]


_NONE: Final = FieldError("", "There are no lots; give at least one.")


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
