"""Error bars of shares, when figures come in lots that are right or wrong together."""

import numpy as np
import pytest
from scipy.stats import binomtest

from recycler.monitoring.shares import clustered_share, design_effect


def lots_of(sizes: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def test_figures_that_all_fare_like_their_lot_are_worth_as_much_as_the_lots():
    of_lots = np.arange(40) % 10 > 0
    alone = clustered_share(of_lots, np.arange(40))
    in_fives = clustered_share(np.repeat(of_lots, 5), lots_of([5] * 40))

    assert in_fives.share == alone.share
    assert in_fives.effective_figures == pytest.approx(alone.effective_figures, rel=0.06)
    assert in_fives.lower == pytest.approx(alone.lower, abs=0.01)


def test_figures_each_in_a_lot_of_its_own_have_the_bar_of_clopper_and_pearson():
    hits = np.arange(60) % 6 > 0
    found = clustered_share(hits, np.arange(60))
    exact = binomtest(int(hits.sum()), 60).proportion_ci(0.95, "exact")

    assert (found.lower, found.upper) == pytest.approx((exact.low, exact.high), abs=0.01)


@pytest.mark.parametrize("hit", [True, False])
def test_a_bar_does_not_shrink_to_nothing_when_all_figures_fare_alike(hit):
    found = clustered_share(np.full(60, hit), lots_of([6] * 10))
    exact = binomtest(10 * hit, 10).proportion_ci(0.95, "exact")

    assert (found.lower, found.upper) == pytest.approx((exact.low, exact.high))


def test_figures_of_one_lot_are_worth_one():
    found = clustered_share(np.array([True, False, True]), np.zeros(3, dtype=np.int64))

    assert found.effective_figures == 1
    assert found.upper - found.lower > 0.9


def test_the_p_value_is_that_of_the_exact_test():
    hits = np.arange(50) % 5 > 0
    found = clustered_share(hits, np.arange(50))
    wrong = clustered_share(np.arange(50) < 20, np.arange(50))

    one_sided = binomtest(40, 50, 0.9, alternative="less").pvalue
    assert found.p_value(0.9) == pytest.approx(2 * one_sided, rel=0.1)
    assert found.p_value(0.8) == pytest.approx(1, abs=0.1)
    assert wrong.p_value(0.9) < 1e-6


def test_the_p_value_agrees_with_the_bar():
    generator = np.random.default_rng(5)
    for _ in range(50):
        found = clustered_share(generator.random(120) < 0.82, lots_of([4] * 30))
        excluded = not found.lower <= 0.9 <= found.upper
        assert (found.p_value(0.9) < 0.05) == excluded


def test_the_design_effect_is_that_of_figures_alike_in_their_lots():
    """1 + (figures of a lot - 1) x correlation (Kish 1965)."""
    generator = np.random.default_rng(3)
    lots, figures, alike = 4000, 5, 0.4
    same = generator.random((lots, figures)) < alike
    common = generator.random((lots, 1)) < 0.5
    hits = np.where(same, common, generator.random((lots, figures)) < 0.5)

    found = design_effect(hits.ravel().astype(float), lots_of([figures] * lots))

    assert found == pytest.approx(1 + (figures - 1) * alike**2, rel=0.06)
