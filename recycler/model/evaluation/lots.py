"""How good the model is on the next lot of a plant whose lots it has learned from.

Every fifth lot of each plant is held out; the others stay with all published figures. That is
another question than that of unseen sources, so it has scores of its own. What the same lots would
have been told by published figures alone stands beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recycler.model.evaluation.folds import Fold, Part
from recycler.model.evaluation.scoring import LEVELS, Score
from recycler.model.evaluation.summary import MODEL, factor_order, fare
from recycler.model.evaluation.targets import lot_target
from recycler.model.factors.lot_figures import LotFigure
from recycler.model.factors.observations import Observation

PUBLISHED = "published"
"""Name of the method that has learned from no lot."""

_FOLDS = 5


def lot_folds(published: Sequence[Observation], figures: Sequence[LotFigure]) -> list[Fold]:
    """Folds that hold out every fifth lot of each plant; none if no plant has two.

    Args:
        published: All published figures.
        figures: What the lots say, in the order of the lots.
    """
    turn = _turns(figures)
    several = {source for source, lot in turn if turn[source, lot] > 0}
    kept = [figure for figure in figures if figure.source in several]
    made = []
    for number in range(_FOLDS):
        held = [f for f in kept if turn[f.source, f.lot] % _FOLDS == number]
        left = frozenset(held)
        others = tuple(figure for figure in figures if figure not in left)
        made.append(
            Fold(
                part=Part.LOT,
                left_out=f"lots, {number + 1} of {_FOLDS}",
                training=(*published, *others),
                known=(),
                held_out=tuple(lot_target(figure) for figure in held if not figure.below),
            )
        )
    return [fold for fold in made if fold.held_out]


def _turns(figures: Sequence[LotFigure]) -> dict[tuple[str, str], int]:
    """(plant, lot) -> which of the plant's lots it is, from 0."""
    count: dict[str, int] = {}
    turns: dict[tuple[str, str], int] = {}
    for figure in figures:
        if (figure.source, figure.lot) not in turns:
            turns[figure.source, figure.lot] = count.get(figure.source, 0)
            count[figure.source] = count.get(figure.source, 0) + 1
    return turns


def summarise_lots(scores: Sequence[Score]) -> dict[str, Any]:
    """Scores on held-out lots, every figure with one vote: pooled and by factor.

    Args:
        scores: Of the model, and of the same without lots, on every figure held out.
    """
    factors = sorted({score.factor for score in scores}, key=factor_order)
    return {
        "plants": sorted({score.source for score in scores}),
        "lots": len({(score.source, score.row_id) for score in scores}),
        "pooled": _summary(scores),
        "factors": {name: _summary([s for s in scores if s.factor == name]) for name in factors},
    }


def _summary(scores: Sequence[Score]) -> Mapping[str, Any]:
    own = {m: [s for s in scores if s.method == m] for m in (MODEL, PUBLISHED)}
    told = {method: fare(found, np.ones(len(found))) for method, found in own.items()}
    lots = len({(score.source, score.row_id) for score in own[MODEL]})
    error = {str(level): float(np.sqrt(level * (1 - level) / lots)) for level in LEVELS}
    return {
        "figures": len(own[MODEL]),
        "lots": lots,
        **told[MODEL],
        "coverage_error": error,
        "published": told[PUBLISHED],
    }
