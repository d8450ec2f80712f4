"""The mixed model: a well-behaved estimator that pools, censors and knows its scales."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from recycler.model.statistics.marginal_likelihood import MarginalLikelihood
from recycler.model.statistics.mixed_effects import FIXED, MixedEffectsRegressor

# Weights are precisions: a row of weight 2 is one figure known better, not two figures.
NOT_COUNTS = {"check_sample_weight_equivalence_on_dense_data": "weights are precisions, not counts"}


def test_keeps_scikit_learns_contract():
    """All of scikit-learn's own checks, but for those of optional libraries."""
    results = check_estimator(
        MixedEffectsRegressor(), expected_failed_checks=NOT_COUNTS, on_skip=None, on_fail=None
    )
    failed = [f"{r['check_name']}: {r['exception']}" for r in results if r["status"] == "failed"]
    assert not failed
    assert sum(result["status"] == "passed" for result in results) > 50


def grouped(groups: int, rows: int, between: float, within: float, seed: int = 0):
    """One-hot design of groups, and a target with known scales around 3."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), rows)
    effects = between * generator.standard_normal(groups)
    y = 3.0 + effects[group] + within * generator.standard_normal(groups * rows)
    return np.eye(groups)[group], y, effects


def test_finds_the_scales_that_made_the_data():
    X, y, _ = grouped(groups=60, rows=8, between=0.8, within=0.3)
    fitted = MixedEffectsRegressor(blocks=["group"] * 60).fit(X, y)
    assert fitted.scales_["group"] == pytest.approx(0.8, rel=0.25)
    assert fitted.noise_scale_ == pytest.approx(0.3, rel=0.1)
    assert fitted.intercept_ == pytest.approx(3.0, abs=0.3)


def test_a_group_with_few_rows_shrinks_towards_the_others():
    X, y, _ = grouped(groups=20, rows=5, between=0.3, within=1.0)
    fitted = MixedEffectsRegressor(blocks=["group"] * 20).fit(X, y)
    means = X.T @ (y - fitted.intercept_) / 5
    shares = fitted.coef_ / means
    assert np.all((shares > 0) & (shares < 1))


def test_fixed_columns_are_not_shrunk():
    generator = np.random.default_rng(1)
    x = generator.standard_normal((40, 1))
    y = 5.0 * x[:, 0] + 0.01 * generator.standard_normal(40)
    fitted = MixedEffectsRegressor(blocks=[FIXED]).fit(x, y)
    assert fitted.coef_[0] == pytest.approx(5.0, abs=0.01)


def test_scales_that_only_their_sum_is_known_of_combine_to_that_sum():
    """Two blocks with the same columns: the data tell their sum, not the parts."""
    X, y, _ = grouped(groups=80, rows=4, between=0.8, within=0.2)
    twice = MixedEffectsRegressor(blocks=["a"] * 80 + ["b"] * 80).fit(np.hstack([X, X]), y)
    assert twice.combined_scale(["a", "b"]) == pytest.approx(0.8, rel=0.25)
    assert twice.combined_scale(["a"]) / twice.scales_["a"] > 1.03


def test_intervals_of_the_mean_hold():
    """Over many data sets the 90 % interval of a group's effect covers it nine times in ten."""
    inside = []
    for seed in range(40):
        X, y, effects = grouped(groups=30, rows=3, between=0.5, within=0.5, seed=seed)
        fitted = MixedEffectsRegressor(blocks=["group"] * 30).fit(X, y)
        mean, sd = fitted.predict(np.eye(30), return_std=True)
        inside.append(np.abs(mean - 3.0 - effects) < norm.ppf(0.95) * sd)
    assert 0.85 < np.mean(inside) < 0.95


def test_known_gradient_is_the_slope_of_the_objective():
    X, y, _ = grouped(groups=6, rows=3, between=0.5, within=0.4)
    estimator = MixedEffectsRegressor(
        blocks=["a", "a", "b", "b", "b", FIXED], parents={"b": "a"}, fit_intercept=False
    )
    groups = ["one"] * 9 + ["two"] * 9
    weight = np.linspace(0.5, 2.0, 18)
    problem = MarginalLikelihood(X, weight, estimator._layout(6, groups, 1.0), with_intercept=False)
    at = np.array([-0.5, -1.0, -0.7, -0.2])
    slope = approx_fprime(at, lambda s: problem._objective(s, y, np.zeros(18))[0], 1e-6)
    assert problem._objective(at, y, np.zeros(18))[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_a_child_scale_without_data_of_its_own_follows_its_parent():
    X, y, _ = grouped(groups=40, rows=4, between=0.9, within=0.2)
    blocks = ["common"] * 39 + ["own"]
    fitted = MixedEffectsRegressor(blocks, parents={"own": "common"}, parent_spread=0.1).fit(X, y)
    assert fitted.scales_["own"] == pytest.approx(fitted.scales_["common"], rel=0.15)
    assert fitted.combined_scale(["own"]) / fitted.scales_["own"] > 1.0


def test_how_far_a_scale_may_leave_its_parent_can_differ_from_block_to_block():
    """Forty groups hardly differ, five of their own do a lot: who may leave, leaves."""
    X, y, _ = grouped(groups=45, rows=4, between=0.0, within=0.2)
    y += X[:, 40:] @ np.linspace(-2.0, 2.0, 5)
    blocks = ["common"] * 40 + ["own"] * 5
    found = {
        freedom: MixedEffectsRegressor(
            blocks, parents={"own": "common"}, parent_spread={"own": freedom}
        ).fit(X, y)
        for freedom in (0.05, 2.0)
    }
    assert found[2.0].scales_["own"] > 2 * found[0.05].scales_["own"]


def test_a_weak_prior_does_not_send_the_search_out_of_bounds():
    """Of a block with one level and one row nothing is known: its scale stays finite."""
    X, y, _ = grouped(groups=6, rows=1, between=1.0, within=0.1)
    fitted = MixedEffectsRegressor(blocks=list("abcdef"), prior_spread=50.0).fit(X, y)
    assert np.isfinite(list(fitted.scales_.values())).all()
    assert np.isfinite(fitted.coef_).all()


def test_a_bound_moves_the_mean_only_to_its_side():
    X, y = np.zeros((21, 1)), np.r_[np.random.default_rng(3).standard_normal(20), 1.5]
    sides = np.r_[np.zeros(20), 0]
    model = MixedEffectsRegressor()
    value = model.fit(X, y, bounds=sides).intercept_
    lower = clone(model).fit(X, y, bounds=np.r_[np.zeros(20), 1]).intercept_
    upper = clone(model).fit(X, y, bounds=np.r_[np.zeros(20), -1]).intercept_
    ignored = clone(model).fit(X[:20], y[:20]).intercept_
    assert upper <= ignored < value < lower


def test_a_bound_that_is_surely_met_says_nothing():
    generator = np.random.default_rng(4)
    X, y = np.zeros((31, 1)), np.r_[generator.standard_normal(30), -30.0]
    told = MixedEffectsRegressor().fit(X, y, bounds=np.r_[np.zeros(30), 1])
    untold = MixedEffectsRegressor().fit(X[:30], y[:30])
    assert told.intercept_ == pytest.approx(untold.intercept_, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"sample_weight": [1.0]}, "3 rows"),
        ({"bounds": [0, 1]}, "3 rows"),
        ({"sample_weight": [0.0, 0.0, 0.0]}, "sample_weight"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        MixedEffectsRegressor().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], **arguments)


def test_blocks_must_name_every_column():
    with pytest.raises(ValueError, match="2 columns, X has 1"):
        MixedEffectsRegressor(blocks=["a", "b"]).fit([[0.0], [1.0]], [0.0, 1.0])
