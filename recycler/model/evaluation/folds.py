"""What is held out together, and what may be learned from meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recycler.model.evaluation.stage_yields import stage_yield_targets
from recycler.model.evaluation.targets import Target, content_targets, presence_targets
from recycler.model.factors.lot_figures import LotFigure, pool
from recycler.model.factors.observations import Observation, observe
from recycler.reference import PresenceRow, Tables, YieldRow

Row = Observation | LotFigure | PresenceRow | YieldRow
"""What one of the product's own models learns from."""


class Part(StrEnum):
    """Which part of the model a fold tries."""

    CONTENT = "content"
    PRESENCE = "presence"
    STAGE_YIELD = "stage_yield"
    LOT = "lot"


UNSEEN = (Part.CONTENT, Part.PRESENCE, Part.STAGE_YIELD)
"""Parts that are tried on what nobody has seen: a source, or a product, left out."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What is held out, and what may be learned from.

    Attributes:
        part: Which part of the model it tries.
        left_out: What it leaves out: a set of primary sources; for presence, a product.
        training: Rows that the product's own model may learn from, bounds and totals among them.
        known: The exact figures in them: what any other method may learn from.
        held_out: Figures to predict. Those of which nobody else prints the like are left aside.
    """

    part: Part
    left_out: str
    training: tuple[Row, ...]
    known: tuple[Target, ...]
    held_out: tuple[Target, ...]


def folds(tables: Tables, lots: Sequence[LotFigure] = ()) -> list[Fold]:
    """All folds on sources left out, largest first in each part so that parallel runs end together.

    Args:
        tables: The published tables.
        lots: What measured lots say; each plant is left out as a source is.
    """
    return [*content_folds(tables, lots), *presence_folds(tables), *stage_yield_folds(tables)]


def content_folds(tables: Tables, lots: Sequence[LotFigure] = ()) -> list[Fold]:
    """One fold per set of primary sources of magnet masses, contents and compositions.

    Of a plant, its means are what is held out.
    """
    observations = observe(tables)
    means, _ = pool(lots)
    return split(
        Part.CONTENT,
        tuple(content_targets((*observations, *means))),
        [
            *((found, found.primaries) for found in observations),
            *((figure, frozenset({figure.source})) for figure in lots),
        ],
    )


def presence_folds(tables: Tables) -> list[Fold]:
    """One fold per product with published shares: they all have one source."""
    rows = [(row, frozenset({row.subtype})) for row in tables.presences]
    return split(Part.PRESENCE, tuple(presence_targets(tables)), rows)


def stage_yield_folds(tables: Tables) -> list[Fold]:
    """One fold per set of primary sources of stage yields."""
    return split(
        Part.STAGE_YIELD,
        tuple(stage_yield_targets(tables.stage_yields)),
        [(row, row.primaries) for row in tables.stage_yields],
    )


def split(
    part: Part, targets: Sequence[Target], rows: Sequence[tuple[Row, frozenset[str]]]
) -> list[Fold]:
    """One fold per set of kin, largest first.

    Args:
        part: Which part of the model the folds try.
        targets: All figures to predict.
        rows: All that the product's own model learns from, each with its kin.
    """
    together: dict[frozenset[str], list[Target]] = defaultdict(list)
    for target in targets:
        together[target.kin].append(target)
    made = [_fold(part, kin, held, targets, rows) for kin, held in together.items()]
    return sorted((fold for fold in made if fold.held_out), key=lambda fold: -len(fold.held_out))


def _fold(
    part: Part,
    kin: frozenset[str],
    held: Sequence[Target],
    targets: Sequence[Target],
    rows: Sequence[tuple[Row, frozenset[str]]],
) -> Fold:
    known = tuple(t for t in targets if not t.kin & kin)
    scorable = {(t.factor, t.element) for t in known}
    return Fold(
        part=part,
        left_out=held[0].left_out,
        training=tuple(row for row, its_kin in rows if not its_kin & kin),
        known=known,
        held_out=tuple(t for t in held if (t.factor, t.element) in scorable),
    )
