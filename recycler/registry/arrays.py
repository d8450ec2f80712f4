"""Arrays in joblib's format: read from a stream that may lie about all of it."""

import math
import re
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_CODE = re.compile(r"f8|i8|b1|U[1-9][0-9]{0,2}")  # numbers and short texts; never Python objects
_HEADER: Final = frozenset({"shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
_ALIGNMENT = 16
_MOST_DIMENSIONS = 4


class NumberType:
    """A dtype as the stream gives it: a code first, its byte order in a second step."""

    def __init__(self, *arguments: object) -> None:
        code = arguments[0] if len(arguments) == 3 else None
        if type(code) is not str or not _CODE.fullmatch(code):
            raise ValueError("an array's type is not one of f8, i8, b1 and short texts")
        self._code = code
        self._order: str | None = None

    def complete(self, state: object) -> None:
        """Take the byte order from numpy's own state, of which nothing else may be special."""
        if type(state) is not tuple or len(state) != 8 or state[0] != 3:
            raise ValueError("an array's type has an unknown state")
        if state[1] not in ("<", "|") or state[2:5] != (None, None, None):
            raise ValueError("an array's type has fields or a foreign byte order")
        self._order = str(state[1])

    def dtype(self) -> np.dtype[Any]:
        """The finished type, of the byte order stated."""
        if self._order is None:
            raise ValueError("an array's type is not finished")
        return np.dtype(self._order + self._code)

    def native_dtype(self) -> np.dtype[Any]:
        """The type as it is used here."""
        return np.dtype(self._code)


def read_array(stream: BytesIO, header: dict[str, object]) -> NDArray[Any]:
    """Read the bytes after an array's header.

    Args:
        stream: Stands right behind the header.
        header: What the stream says of the array but its class.

    Raises:
        ValueError: The header is not one that joblib writes, or announces more than is there.
    """
    if header.keys() != _HEADER or header["numpy_array_alignment_bytes"] != _ALIGNMENT:
        raise ValueError("an array's header is not one of joblib's")
    number_type = _expect_number_type(header["dtype"])
    dtype = number_type.dtype()
    shape = _expect_shape(header["shape"])
    if header["order"] not in ("C", "F"):
        raise ValueError("an array's order is neither C nor F")
    _skip_padding(stream)
    data = _take(stream, math.prod(shape) * dtype.itemsize)
    array: NDArray[Any] = np.ndarray(shape, dtype, buffer=data, order=header["order"])
    return array.astype(number_type.native_dtype(), order="K", copy=True)


def _expect_number_type(value: object) -> NumberType:
    if type(value) is not NumberType:
        raise ValueError("an array's type is not given as a type")
    return value


def _expect_shape(value: object) -> tuple[int, ...]:
    if type(value) is not tuple or len(value) > _MOST_DIMENSIONS:
        raise ValueError(f"an array's shape is not a tuple of at most {_MOST_DIMENSIONS} sizes")
    if any(type(size) is not int or size < 0 for size in value):
        raise ValueError("an array's shape holds something else than sizes")
    return value


def _skip_padding(stream: BytesIO) -> None:
    """Skip joblib's padding: its length in one byte, then 1 to 16 bytes that align the data."""
    length = _take(stream, 1)[0]
    if not 1 <= length <= _ALIGNMENT:
        raise ValueError("the padding before an array is wrong")
    _take(stream, length)


def _take(stream: BytesIO, size: int) -> bytes:
    """Take exactly `size` bytes, and never make room for more than there are."""
    left = stream.getbuffer().nbytes - stream.tell()
    if size > left:
        raise ValueError(f"an array of {size} bytes is announced where {left} are left")
    return stream.read(size)
