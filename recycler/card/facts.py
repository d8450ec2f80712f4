"""What a card tells of: a version, its scores, and every figure behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recycler.model.evaluation import Score


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to tell of a version.

    Attributes:
        version: Its name.
        seed: Seed of its draws.
        rows: Rows by table that it was fitted to.
        data_digest: SHA-256 of the tables.
        scores: Its scores, in the shape of `recycler evaluate --json`.
        held_out: The scores of every method on every figure.
    """

    version: str
    seed: int
    rows: Mapping[str, int]
    data_digest: str
    scores: Mapping[str, Any]
    held_out: Sequence[Score]
