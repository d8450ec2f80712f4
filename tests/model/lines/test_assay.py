"""Bayes on draws and the likelihood of readings, held to closed forms and to counting."""

from itertools import permutations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from recycler.batch import Reading
from recycler.model.lines.assay import Rules, by_element, read, variance_of_mean
from recycler.model.lines.conditioning import Evidence, condition, posterior

RULES = Rules(laboratory=0.03, zero=1e-4)
SPREAD = 0.6


def stratified(seed: int, draws: int = 20_000):
    order = np.random.default_rng(seed).permutation(draws)
    return ndtri((order + 0.5) / draws)


def gaussian(centre: float, spread: float) -> Evidence:
    return Evidence(lambda logs: norm(centre, spread).logpdf(logs), centre, spread)


def below(limit: float) -> Reading:
    return Reading(limit, below_detection=True)


def after(readings, prior, seed: int = 3):
    return posterior(prior, [read(readings, SPREAD, RULES).evidence()], stratified(seed))


@pytest.mark.parametrize(("at", "spread"), [(0.3, 0.2), (2.5, 0.05), (-4.0, 1.5)])
def test_normal_evidence_gives_the_conjugate_posterior(at, spread):
    prior = -0.5 + 0.8 * stratified(1)
    found = posterior(prior, [gaussian(at, spread)], stratified(2))
    gain = 0.8**2 / (0.8**2 + spread**2)
    assert found.mean() == pytest.approx(-0.5 + gain * (at + 0.5), abs=0.01)
    assert found.std() == pytest.approx(0.8 * (1 - gain) ** 0.5, rel=0.02)


def test_independent_evidence_adds_up():
    prior, error = 0.8 * stratified(1), stratified(2)
    twice = posterior(prior, [gaussian(1.0, 0.4), gaussian(1.0, 0.4)], error)
    sharp = posterior(prior, [gaussian(1.0, 0.4 / 2**0.5)], error)
    assert np.allclose(twice, sharp, atol=0.01)


def test_other_elements_follow_as_far_as_they_go_along():
    """The regression of a bivariate normal law, and its conditional spread."""
    first, own = stratified(1), stratified(2)
    logs = {"Nd": 0.2 * first, "Dy": 0.6 * (0.8 * first + 0.6 * own)}
    found = condition(logs, "Nd", [gaussian(0.3, 1e-3)], stratified(4))
    assert found["Dy"].mean() == pytest.approx(0.6 * 0.8 * 0.3 / 0.2, abs=0.02)
    assert found["Dy"].std() == pytest.approx(0.6 * 0.6, rel=0.03)


def test_what_evidence_leaves_open_stays_shared():
    """Covariance with anything else falls by the part of the variance that is explained."""
    prior = 0.8 * stratified(1)
    other = prior + 0.5 * stratified(2)
    found = posterior(prior, [gaussian(0.0, 0.8)], stratified(3))
    assert np.cov(found, other)[0, 1] == pytest.approx(0.5 * np.cov(prior, other)[0, 1], rel=0.03)


def test_no_readings_tell_nothing():
    prior = 0.8 * stratified(1)
    vague = Evidence(lambda logs: np.zeros_like(logs), 0.0, 1.0)
    assert np.allclose(posterior(prior, [vague], stratified(2)), prior, atol=0.03)


def test_the_mean_of_pieces_is_log_normal_with_the_fenton_variance():
    generator = np.random.default_rng(5)
    single = np.exp(SPREAD * generator.standard_normal((40_000, 8)) - SPREAD**2 / 2)
    means = np.log(single.mean(axis=1))
    assert means.var() == pytest.approx(variance_of_mean(SPREAD, 8), rel=0.05)
    assert means.mean() == pytest.approx(-variance_of_mean(SPREAD, 8) / 2, abs=0.005)


def test_the_order_of_readings_does_not_matter():
    readings = [Reading(0.01), Reading(0.03), below(0.02), Reading(0.0)]
    prior = np.log(0.02) + 0.8 * stratified(1)
    found = [after(order, prior) for order in permutations(readings)]
    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_an_assays_own_scatter_replaces_the_assumed():
    alike = read([Reading(0.02)] * 30, SPREAD, RULES)
    unlike = read([Reading(0.002), Reading(0.04)] * 15, SPREAD, RULES)
    assert alike.spread < 0.4 * SPREAD
    assert unlike.spread > SPREAD
    assert read([Reading(0.02)], SPREAD, RULES).spread == pytest.approx(SPREAD, rel=0.2)


def test_the_laboratorys_error_does_not_shrink_with_pieces():
    assert read([Reading(0.02)] * 1000, SPREAD, RULES).variance == pytest.approx(0.03**2, rel=0.05)


def test_readings_below_detection_bound_the_lot_and_more_of_them_more():
    prior = np.log(0.02) + 0.9 * stratified(1)
    uppers = [np.quantile(after([below(0.005)] * k, prior), 0.95) for k in (1, 3, 10, 30)]
    assert uppers == sorted(uppers, reverse=True)
    assert uppers[-1] < np.log(0.005) < uppers[0]


def test_a_limit_far_above_all_that_is_expected_tells_nothing():
    prior = np.log(0.001) + 0.3 * stratified(1)
    assert np.allclose(after([below(0.3)] * 3, prior), prior, atol=0.02)


def test_a_reading_below_detection_is_neither_zero_nor_the_limit():
    """Beside readings above it stands with what a log-normal law has below the limit."""
    generator = np.random.default_rng(6)
    true = 0.02 * np.exp(SPREAD * generator.standard_normal(400) - SPREAD**2 / 2)
    censored = [Reading(v) if v > 0.015 else below(0.015) for v in true.tolist()]
    found = read(censored, SPREAD, RULES)
    assert found.log_means is not None
    assert np.exp(found.typical(found.log_means)) == pytest.approx(true.mean(), rel=0.02)


@pytest.mark.parametrize("noise", [5e-324, 2e-311, 1e-160, 9e-13])
def test_a_figure_too_small_to_be_found_is_a_printed_zero(noise):
    """Its square, or that of a mean of such, is no number any more."""
    prior = -6 + 0.5 * stratified(1)

    assert np.array_equal(after([Reading(noise)], prior), after([Reading(0.0)], prior))


def test_a_thousand_distinct_limits_are_bounded_by_the_higher_ones():
    limits = [0.001 + 0.00001 * i for i in range(1000)]
    found = read([below(limit) for limit in limits], SPREAD, RULES)
    assert len(found.limits.logs) <= 8
    assert found.limits.numbers.sum() == 1000
    assert np.exp(found.limits.logs[-1]) == pytest.approx(max(limits))


def test_each_element_has_the_readings_of_the_samples_that_report_it():
    samples = ({"Nd": Reading(0.2)}, {"Nd": Reading(0.3), "Dy": Reading(0.01)}, {"Dy": below(0.01)})
    assert by_element(samples) == {
        "Nd": [Reading(0.2), Reading(0.3)],
        "Dy": [Reading(0.01), below(0.01)],
    }
