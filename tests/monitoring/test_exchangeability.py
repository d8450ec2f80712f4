"""Whether lots fare alike at all times: a permutation test, and evidence at any look."""

from datetime import timedelta

import numpy as np
import pytest
from mapie.exchangeability_testing import OnlineMartingaleTest
from mapie.exchangeability_testing.permutations import MaxSplitMeanDifferenceTestStatistic
from outcome_samples import FIRST_DAY, history, outcome

from recycler.monitoring.exchangeability import change_statistic, exchangeability
from recycler.monitoring.lots import in_time_order
from recycler.monitoring.martingale import (
    THRESHOLD,
    conformal_p_values,
    evidence,
    simple_jumper,
)


def test_the_statistic_is_mapies():
    scores = np.random.default_rng(1).random((5, 40))

    found = change_statistic(scores).max(axis=-1)

    reference = MaxSplitMeanDifferenceTestStatistic()
    assert found == pytest.approx([reference(own) for own in scores])


def test_the_martingale_is_mapies():
    p_values = np.random.default_rng(2).random(200) ** 2
    reference = OnlineMartingaleTest(jump_size=0.01)

    expected = [reference.update_simple_jumper_martingale(float(p)) for p in p_values]

    assert simple_jumper(p_values) == pytest.approx(expected)


def test_conformal_p_values_are_mapies_where_nothing_ties():
    scores = np.random.default_rng(3).random(100)
    reference = OnlineMartingaleTest(random_state=0)
    found = conformal_p_values(scores, np.random.default_rng(0))

    low = [np.sum(scores[:i] > scores[i]) / (i + 1) for i in range(100)]
    assert np.all((low <= found) & (found <= np.array(low) + 1 / np.arange(1, 101)))
    assert low[-1] <= reference.compute_p_value(scores[-1], scores[:-1]) <= low[-1] + 0.01


def test_conformal_p_values_of_lots_all_alike_are_uniform():
    found = conformal_p_values(np.zeros(4000), np.random.default_rng(0))

    assert np.histogram(found, 4, (0, 1))[0] == pytest.approx([1000] * 4, rel=0.1)


def test_evidence_rarely_ever_reaches_the_threshold_if_lots_are_exchangeable():
    """However often one looks: in at most 1 history of 20."""
    generator = np.random.default_rng(4)
    reached = [
        evidence(generator.random((2, 150)), generator).max() >= THRESHOLD for _ in range(300)
    ]

    assert np.mean(reached) <= 0.05


def test_a_drift_of_the_centre_is_found_with_its_moment():
    found = exchangeability(history(60, 1, drift_from=40, log_drift=0.5))

    assert found.p_value is not None
    assert found.p_value < 0.01
    assert abs(found.changes_on - (FIRST_DAY + timedelta(days=40))) <= timedelta(days=3)
    assert found.recent.above_median > 0.8 > 0.6 > found.earlier.above_median
    assert found.earlier.lots + found.recent.lots == found.lots == 60


def test_a_drift_of_the_width_is_found():
    narrow, wide = history(40, 2, true_spread=0.2), history(80, 3, true_spread=0.9)
    later = [o for o in wide if o.measured_on >= FIRST_DAY + timedelta(days=40)]

    found = exchangeability([*narrow, *later])

    assert found.p_value < 0.01
    assert found.earlier.inside > 0.98 > 0.8 > found.recent.inside


def test_great_drift_is_evidence_at_any_look():
    assert exchangeability(history(60, 1, drift_from=25, log_drift=1.2)).highest > THRESHOLD


def test_the_same_lots_give_the_same_answer():
    outcomes = history(30, 5)

    assert exchangeability(outcomes) == exchangeability(list(outcomes))


@pytest.mark.parametrize("lots", [1, 2, 4])
def test_of_few_lots_nothing_is_said(lots):
    found = exchangeability(history(lots))

    assert found.p_value is None
    assert found.recent is None
    assert len(found.course) == lots


def test_of_lots_that_all_fare_exactly_alike_nothing_is_said():
    alike = [outcome(f"lot-{n}", 0.1, measured_on=FIRST_DAY + timedelta(days=n)) for n in range(20)]

    assert exchangeability(alike).p_value is None


def test_a_long_course_is_thinned_and_keeps_its_ends():
    course = exchangeability(history(700)).course

    assert len(course) == 200
    assert (course[0].lots, course[-1].lots) == (1, 700)


def test_lots_are_in_the_order_of_their_days_then_of_their_names():
    given = [
        outcome("b", 0, measured_on=FIRST_DAY),
        outcome("a", 0, measured_on=FIRST_DAY + timedelta(days=1)),
        outcome("a", 0, measured_on=FIRST_DAY),
    ]

    ordered = [(o.lot_id, o.measured_on) for o in in_time_order(given)]

    assert ordered == [
        ("a", FIRST_DAY),
        ("b", FIRST_DAY),
        ("a", FIRST_DAY + timedelta(days=1)),
    ]
