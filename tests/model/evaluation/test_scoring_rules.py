"""Scores of one figure: CRPS, quantiles, and what lies inside an interval."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_samples import a_score, a_target
from scipy.integrate import quad
from scipy.special import logit
from scipy.stats import norm

from recycler.model.evaluation import (
    LEVELS,
    MODEL,
    STAGE_YIELD,
    Fold,
    Part,
    crps_of_draws,
    score_fold,
)
from recycler.model.evaluation.methods import midpoints
from recycler.model.evaluation.scoring import pinball_loss, probabilities, quantiles

GRID = midpoints(4000)


def test_crps_of_draws_is_the_closed_form():
    """Of a normal law: Gneiting and Raftery 2007, section 4.2."""
    draws = norm(1.0, 2.0).ppf(GRID)
    for truth in (-3.0, 1.0, 2.5):
        z = (truth - 1.0) / 2.0
        expected = 2 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        assert crps_of_draws(draws, truth) == pytest.approx(expected, rel=0.01)


def test_crps_is_the_integral_of_the_squared_error_of_the_distribution():
    def squared(x: float) -> float:
        return (norm.cdf(x) - (x >= 0.7)) ** 2

    expected = quad(squared, -8, 0.7)[0] + quad(squared, 0.7, 8)[0]
    assert crps_of_draws(norm.ppf(GRID), 0.7) == pytest.approx(expected, rel=1e-3)


def test_crps_is_twice_the_mean_pinball_loss_of_the_quantiles():
    """So methods that give intervals are scored as those that give draws."""
    found = np.sort(np.random.default_rng(0).standard_normal(100))
    losses = [
        pinball_loss(np.array([q]), np.array([0.4]), p)[0]
        for q, p in zip(found, midpoints(100), strict=True)
    ]
    assert crps_of_draws(found, 0.4) == pytest.approx(2 * np.mean(losses), rel=1e-9)


def test_quantiles_and_probabilities_are_each_others_inverse():
    draws = np.sort(np.random.default_rng(1).standard_normal(500))
    for probability in (0.05, 0.25, 0.5, 0.95):
        value = quantiles(draws, [probability])[0]
        below, upto = probabilities(draws, value)
        assert below == pytest.approx(probability, abs=1e-3)
        assert below <= upto <= below + 1 / 500
    assert probabilities(draws, -99.0) == (0.0, 0.0)
    assert probabilities(draws, 99.0) == (1.0, 1.0)


def test_every_method_predicts_yields_up_to_what_is_printed_as_complete():
    """A yield of 99.9 % counts as complete, and so does a prediction of it."""
    complete = float(logit(0.99))
    held = replace(a_target(complete), factor=STAGE_YIELD)
    fold = Fold(Part.STAGE_YIELD, "smith2020", (), (), (held,))
    (found,) = score_fold(fold, {MODEL: lambda _: lambda _: np.full(100, complete + 3)})
    assert found.median == pytest.approx(complete, abs=1e-5)
    assert found.crps == pytest.approx(0.0, abs=1e-5)
    assert (found.below, found.upto) == (0.0, 1.0)
    assert found.inside == pytest.approx(LEVELS)


def test_an_interval_holds_what_lies_between_its_bounds(scores):
    """Where it equals none of them, its probability tells the same as the bounds."""
    clear = [s for s in scores if not np.isclose(s.bounds, s.measured).any()]
    assert len(clear) > len(scores) / 2
    for score in clear:
        between = tuple(lower <= score.measured <= upper for lower, upper in score.bounds)
        assert score.inside == between


def test_draws_that_equal_a_figure_are_the_probability_of_the_figure_itself():
    draws = np.array([1.0, 2.0, 2.0, 2.0, 3.0])
    assert probabilities(draws, 2.0) == (0.2, 0.8)
    assert probabilities(draws, 1.0) == (0.0, 0.2)


@pytest.mark.parametrize(
    ("below", "upto", "inside"),
    [
        (0.2, 0.2, 0.0),  # a point outside the middle half
        (0.3, 0.3, 1.0),
        (0.0, 0.5, 0.5),  # a piece, half of which lies in it
        (0.4, 0.6, 1.0),
        (0.7, 1.0, 1 / 6),
        (0.8, 1.0, 0.0),
    ],
)
def test_a_figure_with_a_probability_of_its_own_counts_by_the_part_that_lies_inside(
    below, upto, inside
):
    assert a_score(below=below, upto=upto).inside_of(0.5) == pytest.approx(inside)


def test_intervals_hold_what_they_promise_of_figures_at_the_end_of_their_scale():
    """Truth and prediction are one law with 40 % at its end: 80 % hold 80 %, not more."""
    generator = np.random.default_rng(5)
    draws = np.sort(np.minimum(generator.standard_normal(4000), 0.25))
    inside = [
        a_score(**dict(zip(("below", "upto"), probabilities(draws, truth), strict=True))).inside[1]
        for truth in np.minimum(generator.standard_normal(4000), 0.25)
    ]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.02)
