"""What a card tells of: a version, its scores, and every figure behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from recycler.model.evaluation import Score

_LOTS: Final = {"assays", "assays_set_aside"}  # of the rows: what is measured, not published


@dataclass(frozen=True, slots=True)
class LotCount:
    """How many lots of a plant were learned from, and how many were set aside."""

    used: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to tell of a version.

    Attributes:
        version: Its name.
        seed: Seed of its draws.
        rows: Rows by table that it was fitted to, and its numbers of lots.
        data_digest: SHA-256 of the data.
        scores: Its scores, in the shape of `recycler evaluate --json`.
        held_out: The scores of every method on every figure.
        plants: Plants whose measured lots were looked at.
    """

    version: str
    seed: int
    rows: Mapping[str, int]
    data_digest: str
    scores: Mapping[str, Any]
    held_out: Sequence[Score]
    plants: Mapping[str, LotCount] = field(default_factory=dict)

    @property
    def published(self) -> Mapping[str, int]:
        """Rows of published figures by table; lots are none."""
        return {name: count for name, count in self.rows.items() if name not in _LOTS}

    @property
    def published_rows(self) -> int:
        """Rows of all published figures."""
        return sum(self.published.values())

    @property
    def used_lots(self) -> int:
        """Lots of all plants that were learned from."""
        return sum(count.used for count in self.plants.values())
