"""Stage yields on studies left out: published yields of a stage, on the logit scale.

Yields printed as bounds are learned from but not predicted. Liberation is left aside: hydrogen and
shredders have nothing in common, and each has one study.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from recycler.model.evaluation.targets import STAGE_YIELD, Target
from recycler.model.factors.stage_yield import (
    LIBERATION,
    StageYieldModel,
    is_figure,
    is_heavy,
    logit_yield,
)
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import Bound, YieldRow

Array = NDArray[np.float64]


def stage_yield_targets(rows: Iterable[YieldRow]) -> Iterator[Target]:
    """Every exact yield: category is the stage, subtype the route, element Dy for heavy ones."""
    for row in rows:
        if is_figure(row) and row.bound is Bound.EXACT and row.stage != LIBERATION:
            yield Target(
                factor=STAGE_YIELD,
                element="Dy" if is_heavy(row) else "",
                category=row.stage,
                subtype=row.route,
                value=logit_yield(row)[0],
                source="+".join(sorted(row.primaries)),
                kin=row.primaries,
                row_id=row.row_id,
                log_product_mass=0.0,
            )


def predict_stage_yield(model: StageYieldModel, numbers: CommonNumbers, target: Target) -> Array:
    """Predictive draws of one yield: one more study, and one more of the conditions it tries."""
    mean, spread = model.mean_and_spread(
        target.subtype, target.category, heavy=target.element == "Dy"
    )
    total = float(np.hypot(spread, model.conditions_spread(target.category)))
    return np.asarray(mean + total * numbers.normal("stage_yield"))
