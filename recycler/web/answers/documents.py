"""Answers as bytes: estimates, comparisons, sampling plans and monitoring, field for field."""

from typing import TYPE_CHECKING, Final

import orjson

from recycler.estimate import DrawnLines
from recycler.web.answers.line_documents import write_lines

if TYPE_CHECKING:
    from recycler.comparison import RouteComparison
    from recycler.estimate import Estimate
    from recycler.monitoring import Monitoring
    from recycler.plan import SamplingPlan

NUMBERS: Final = (
    *("level", "mean", "median", "lower", "upper", "lost_kg", "yield_fraction"),
    *("presence", "magnet_mass", "composition", "stage_yields", "unit_scatter"),
)
"""Names of all figures of an estimate: none of them may be missing."""

_LINES: Final = b"\0"  # stands for the lines, which are looked at by themselves; JSON holds none

_ENDS: Final = tuple(f'"{name}'.encode() for name in NUMBERS)


def dump(answer: "Estimate | RouteComparison | SamplingPlan | Monitoring") -> bytes:
    """Write an answer as JSON; equal answers give equal bytes.

    Raises:
        ValueError: A figure is NaN or infinite, which JSON cannot say.
    """
    lines: list[bytes] = []

    def later(value: object) -> orjson.Fragment:
        if not isinstance(value, DrawnLines):
            raise TypeError
        lines.append(write_lines(value))
        return orjson.Fragment(_LINES)

    document = orjson.dumps(answer, default=later)
    # orjson writes NaN and infinity as null, without a word.
    if any(piece.endswith(_ENDS) for piece in document.split(b'":null')[:-1]):
        raise ValueError(f"a figure of the {type(answer).__name__} is not finite")
    return document.replace(_LINES, lines[0]) if lines else document
