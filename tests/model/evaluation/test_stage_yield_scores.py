"""Stage yields on studies left out: honest folds, and complete yields scored as such."""

import numpy as np
import pytest

from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    product_method,
    score_fold,
    stage_yield_folds,
    vote_weights,
)
from recycler.model.factors.stage_yield import is_figure
from recycler.reference import Bound


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


def test_intervals_hold_what_they_promise_on_studies_left_out(scores):
    own = of(scores, MODEL)
    inside = np.average([score.inside[-1] for score in own], weights=vote_weights(own))
    assert 0.85 <= inside <= 0.95


def test_the_model_is_no_worse_than_the_means_of_published_yields(scores):
    crps = {m: np.mean([s.crps for s in of(scores, m)]) for m in {s.method for s in scores}}
    assert crps[MODEL] < crps["overall_mean"]
    assert crps[MODEL] < crps["category_mean"]
