"""Measured lots out of a file: all of them, or a sentence for everything that is wrong."""

from typing import TYPE_CHECKING, Any

from recycler.batch import FieldError
from recycler.cli.failures import InvalidInputError, invalid_input
from recycler.lot import MeasuredLot
from recycler.settings import Settings
from recycler.web.input.json_input import MalformedError, read_json
from recycler.web.input.tables import TableInputError
from recycler.web.lots.lot_lists import InvalidLotsError, Read, SoundLots, read_lots_ndjson
from recycler.web.lots.lot_tables import read_lots_csv
from recycler.web.lots.schema import InvalidLotError, read_lot

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_lots(
    name: str, data: bytes, settings: Settings, *, is_csv: bool
) -> tuple[list[MeasuredLot], SoundLots]:
    """Read every lot of an input.

    Args:
        name: What messages call the input.
        data: A table, or JSON: a lot on each line, an array of lots, or one lot.
        settings: The limits, and the plant of lots that name none.
        is_csv: Whether it is a table.

    Returns:
        The lots, and what they were read by, which knows where in the input each stands.

    Raises:
        InvalidInputError: It is no such input, or any of the lots is wrong.
    """
    read = read_lots_csv if is_csv else _read_json
    try:
        reading = read(data, settings)
        return list(reading), reading
    except InvalidLotsError as error:
        raise invalid_input(name, [_inside(e.message) for e in error.errors]) from error
    except (TableInputError, MalformedError) as error:
        hint = "" if is_csv or _looks_like_json(data) else " Is it CSV? Then say --format csv."
        raise InvalidInputError(f"{name}: {str(error).rstrip('.')}.{hint}") from error


def _read_json(data: bytes, settings: Settings) -> SoundLots:
    """Lots on a line each, unless the first line is not all of a document."""
    if not _looks_like_json(data):
        raise MalformedError("it begins with neither { nor [, as JSON of lots does")
    first_line = data.lstrip().partition(b"\n")[0].rstrip()
    if first_line.startswith(b"{") and first_line.endswith(b"}"):
        return read_lots_ndjson(data, settings)
    parsed = read_json(data, settings.max_json_depth + 1)
    lots: Sequence[Any] = parsed if isinstance(parsed, list) else [parsed]
    return SoundLots(((n, _read(n, lot, settings)) for n, lot in enumerate(lots, 1)), "Lot")


def _read(number: int, parsed: Any, settings: Settings) -> Read:
    try:
        return read_lot(parsed, settings)
    except InvalidLotError as error:
        return [
            FieldError(e.pointer, f"Lot {number}, {e.pointer}: {e.message}.") for e in error.errors
        ]


def _looks_like_json(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"{", b"[", b"")


def _inside(message: str) -> str:
    """A message as it reads after the name of the input."""
    return message[:1].lower() + message[1:]
