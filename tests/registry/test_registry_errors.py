"""Whatever goes wrong becomes one printable sentence."""

import struct

import pytest

from recycler.registry import ArtefactError
from recycler.registry.errors import refusing


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError("maximum recursion depth exceeded"),
        struct.error("unpack requires a buffer of 4 bytes"),
        SystemError("bad argument"),
        OverflowError("too large"),
        AssertionError(),
        KeyError("x\ny"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        ValueError("bell \a, line\nfeed, \ud800 and " + "much more " * 1000),
        OSError(5, "Input/output error", "/models"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_becomes_one_printable_sentence(error):
    with pytest.raises(ArtefactError) as caught, refusing("model v1", "train a new one"):
        raise error
    message = str(caught.value)
    assert message.startswith("model v1: ")
    assert message.endswith("; train a new one")
    assert message.isprintable()
    assert len(message) < 500


def test_a_refusal_within_a_refusal_stays_as_it_is():
    with pytest.raises(ArtefactError, match=r"^inner$"), refusing("outer"):
        raise ArtefactError("inner")


def test_an_interrupt_is_no_refusal():
    with pytest.raises(KeyboardInterrupt), refusing("model v1"):
        raise KeyboardInterrupt
