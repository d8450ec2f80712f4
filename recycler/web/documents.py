"""Answers as bytes: the dataclasses of estimate.py written field for field."""

from typing import Final

import orjson

from recycler.estimate import Estimate
from recycler.plan import SamplingPlan

NUMBERS: Final = (
    *("level", "mean", "median", "lower", "upper", "lost_kg", "yield_fraction"),
    *("presence", "magnet_mass", "composition", "stage_yields", "unit_scatter"),
)
"""Names of all figures of an estimate: none of them may be missing."""

_ENDS: Final = tuple(f'"{name}'.encode() for name in NUMBERS)


def dump(estimate: Estimate) -> bytes:
    """Write an estimate as JSON; equal estimates give equal bytes.

    Raises:
        ValueError: A figure is NaN or infinite, which JSON cannot say.
    """
    document = orjson.dumps(estimate)
    # orjson writes NaN and infinity as null, without a word.
    if any(piece.endswith(_ENDS) for piece in document.split(b'":null')[:-1]):
        raise ValueError(f"estimate {estimate.estimate_id} holds a figure that is not finite")
    return document


def dump_plan(plan: SamplingPlan) -> bytes:
    """Write a sampling plan as JSON; equal plans give equal bytes."""
    return orjson.dumps(plan)
