"""Stage yields on studies left out: honest folds, and complete yields scored as such."""

import numpy as np
import pytest
from scipy.special import logit

from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    product_method,
    score_fold,
    stage_yield_folds,
)
from recycler.model.evaluation.scoring import probability_below
from recycler.model.evaluation.stage_yields import at_most_complete
from recycler.model.stage_yield import is_figure
from recycler.reference import Bound

HIGHEST = logit(0.99)


@pytest.fixture(scope="module")
def made(tables):
    return stage_yield_folds(tables)


@pytest.fixture(scope="module")
def scores(made, tables):
    means = {name: BASELINES[name] for name in ("overall_mean", "category_mean")}
    methods = {MODEL: product_method(tables), **means}
    return [score for fold in made for score in score_fold(fold, methods)]


def of(scores, method: str):
    return [score for score in scores if score.method == method]


def test_no_fold_learns_from_a_study_that_it_holds_out(made):
    for fold in made:
        held = {primary for target in fold.held_out for primary in target.kin}
        assert not any(held & row.primaries for row in fold.training)
        assert not any(held & target.kin for target in fold.known)


def test_bounds_are_learned_from_but_not_predicted(made, tables):
    held = {target.row_id for fold in made for target in fold.held_out}
    bounds = {row.row_id for row in tables.stage_yields if row.bound is not Bound.EXACT}
    assert not held & bounds
    assert any(row.row_id in bounds for row in made[0].training)


def test_every_exact_yield_of_a_stage_that_dissolves_is_predicted_once(made, tables):
    held = [target.row_id for fold in made for target in fold.held_out]
    expected = [
        row.row_id
        for row in tables.stage_yields
        if is_figure(row) and row.bound is Bound.EXACT and row.stage != "liberation"
    ]
    assert sorted(held) == sorted(expected)
    assert len(held) > 25


def test_a_prediction_above_99_percent_is_one_of_complete():
    """40 % of the draws there: "complete" is the 60 to 100 % quantiles, in the middle 80 %."""
    draws = np.concatenate([np.linspace(0, HIGHEST - 0.1, 600), np.full(400, HIGHEST + 3)])
    clipped = np.sort(at_most_complete(draws))
    assert clipped.max() == pytest.approx(HIGHEST, abs=1e-5)
    assert np.array_equal(clipped[:600], draws[:600])
    assert probability_below(clipped, HIGHEST) == pytest.approx(0.8, abs=2e-3)


def test_predictions_without_any_above_stay_as_they_are():
    draws = np.linspace(-2, 2, 100)
    assert np.array_equal(at_most_complete(draws), draws)


def test_intervals_hold_what_they_promise_on_studies_left_out(scores):
    """Few figures: 90 % must hold 80 to 100 %, two binomial standard errors either way."""
    inside = [abs(score.probability - 0.5) <= 0.45 for score in of(scores, MODEL)]
    assert 0.8 <= np.mean(inside) <= 1.0


def test_the_model_is_no_worse_than_the_means_of_published_yields(scores):
    crps = {m: np.mean([s.crps for s in of(scores, m)]) for m in {s.method for s in scores}}
    assert crps[MODEL] < crps["overall_mean"]
    assert crps[MODEL] < crps["category_mean"]
