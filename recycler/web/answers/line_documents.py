"""Lines of an estimate as JSON, written from the table of their figures.

What lines of one kind say alike is written once, with gaps; a line is that with its figures in the
gaps. So a line costs a tenth of what its values cost to make and to write one by one.
"""

from functools import lru_cache
from itertools import repeat
from typing import Any, Final

import numpy as np
import orjson

from recycler.estimate import DrawnLine, DrawnLines, LineWords, Quantity, quantities_of
from recycler.estimate.lines import say

_KINDS_KEPT: Final = 256  # moulds in memory, about 5 kB each
_GAP: Final = b"\0"  # JSON never holds one


def write_lines(lines: DrawnLines) -> bytes:
    """Write lines as orjson would write their values.

    Raises:
        ValueError: A figure is NaN or infinite, which JSON cannot say.
    """
    if not np.isfinite(lines.table).all():
        raise ValueError("a figure of a line is not finite")
    table = orjson.dumps(lines.table.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)
    figures, written, start = table[1:-1].split(b","), [], 0
    for index, line in enumerate(lines.drawn):
        end = start + 4 * quantities_of(line.words.elements)
        written.append(_write(index, line, figures[start:end]))
        start = end
    return b"[%b]" % b",".join(written)


def _write(index: int, line: DrawnLine, figures: list[bytes]) -> bytes:
    """Fill the gaps in their order."""
    place, words = b"%d" % index, line.words
    line_id, shares = orjson.dumps(line.line_id), orjson.dumps(line.variance_shares)
    return _mould(words) % (place, line_id, *figures, shares, *[place] * len(words.notes))


@lru_cache(_KINDS_KEPT)
def _mould(words: LineWords) -> bytes:
    """JSON of a line of these words, to be filled with the % operator."""
    gap: Any = orjson.Fragment(_GAP)
    quantities = repeat(Quantity(gap, gap, gap, gap))
    document = orjson.dumps(say(gap, DrawnLine(gap, words, gap), quantities))
    return document.replace(b"%", b"%%").replace(_GAP, b"%b")
