"""How good the model is on sources it has never seen: leave one primary source out.

A fold holds out every figure of one primary source and trains on figures that share no primary
source with it; scales are tuned inside the fold. A method is fitted to what a fold may learn from
and gives predictive draws of each figure that the fold holds out; the product's own model is one
method, each baseline another, and all of them meet the same folds and the same scores.
"""

from recycler.model.evaluation.baselines import category_mean, overall_mean
from recycler.model.evaluation.choice import (
    Choice,
    alternatives,
    candidate,
    choose,
    chosen,
    with_choices,
)
from recycler.model.evaluation.conformal import mapie
from recycler.model.evaluation.floor import noise_floor
from recycler.model.evaluation.folds import (
    UNSEEN,
    Fold,
    Part,
    content_folds,
    folds,
    presence_folds,
    stage_yield_folds,
)
from recycler.model.evaluation.forest import quantile_forest
from recycler.model.evaluation.held_out import from_csv, to_csv
from recycler.model.evaluation.lots import PUBLISHED, lot_folds, summarise_lots
from recycler.model.evaluation.methods import Method, Predictor
from recycler.model.evaluation.product import product_method
from recycler.model.evaluation.scoring import (
    LEVELS,
    Score,
    crps_of_draws,
    score_fold,
    vote_weights,
)
from recycler.model.evaluation.summary import MODEL, SHARES, factor_order, summarise
from recycler.model.evaluation.targets import PRESENCE, STAGE_YIELD, Target

BASELINES = {
    "overall_mean": overall_mean,
    "category_mean": category_mean,
    "quantile_forest": quantile_forest,
    "mapie": mapie,
}
"""What the model is compared with, by the name in the scores."""

__all__ = [
    "BASELINES",
    "LEVELS",
    "MODEL",
    "PRESENCE",
    "PUBLISHED",
    "SHARES",
    "STAGE_YIELD",
    "UNSEEN",
    "Choice",
    "Fold",
    "Method",
    "Part",
    "Predictor",
    "Score",
    "Target",
    "alternatives",
    "candidate",
    "category_mean",
    "choose",
    "chosen",
    "content_folds",
    "crps_of_draws",
    "factor_order",
    "folds",
    "from_csv",
    "lot_folds",
    "mapie",
    "noise_floor",
    "overall_mean",
    "presence_folds",
    "product_method",
    "quantile_forest",
    "score_fold",
    "stage_yield_folds",
    "summarise",
    "summarise_lots",
    "to_csv",
    "vote_weights",
    "with_choices",
]
