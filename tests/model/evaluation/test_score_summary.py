"""Scores summed up: one vote for each source, and the floor that no method gets below."""

import numpy as np
import pytest
from evaluation_samples import a_score, a_target
from scipy.stats import norm

from recycler.model.evaluation import (
    BASELINES,
    LEVELS,
    MODEL,
    Fold,
    Part,
    from_csv,
    noise_floor,
    score_fold,
    summarise,
    to_csv,
)
from recycler.model.evaluation.methods import midpoints


def test_scores_have_the_agreed_shape(scores):
    summary = summarise(scores)
    assert set(summary) == {"factors", "categories", "elements", "pooled", "floor"}
    told = [*summary["factors"].values(), *summary["categories"].values(), summary["pooled"]]
    for found in told:
        assert {"n", "figures", "sources", "coverage", "crps", "baselines"} <= set(found)
        assert set(found["coverage"]) == set(found["coverage_error"]) == set(map(str, LEVELS))
        assert set(found["pinball"]) == {"0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"}
        assert set(found["baselines"]) == set(found["baselines_detail"]) == set(BASELINES)


def test_a_summary_is_that_of_its_figures():
    near, farther = a_score(1.5, "b", probability=0.8), a_score(2.5, "c", probability=0.93)
    far = a_score(5.0, "d", probability=0.06, crps=0.5, median=1.0)
    found = summarise([a_score(0.0, "a"), near, farther, far])["pooled"]
    assert (found["n"], found["figures"], found["sources"]) == (4, 4, 4)
    assert found["coverage"] == {"0.5": 0.25, "0.8": 0.5, "0.9": 1.0}
    assert found["coverage_error"]["0.9"] == pytest.approx((0.9 * 0.1 / 4) ** 0.5, rel=1e-5)
    assert found["crps"] == pytest.approx(0.35)
    assert found["bias"] == pytest.approx((0 - 1.5 - 2.5 - 4) / 4)
    assert found["width"] == pytest.approx(np.exp(6.0), rel=1e-5)
    assert found["pinball"]["0.5"] == pytest.approx(np.mean([0, 0.75, 1.25, 2.0]))


def test_a_source_has_one_vote_however_often_it_prints():
    """Three figures of one source on one product count as one of another source."""
    much = [a_score(9.0, "prolific", crps=3.0, probability=1.0) for _ in range(3)]
    found = summarise([*much, a_score(0.0, "terse", crps=1.0)])["pooled"]
    assert (found["n"], found["crps"], found["coverage"]["0.9"]) == (2, 2.0, 0.5)
    assert found["bias"] == pytest.approx(-4.5)
    figures = found["by_figure"]
    assert found["figures"] == figures["n"] == 4
    assert (figures["crps"], figures["coverage"]["0.9"]) == (2.5, 0.25)


@pytest.mark.parametrize(("tops", "median"), [((1.0, 3.0), 2.0), ((1.0, 2.0, 9.0), 2.0)])
def test_the_width_of_an_even_number_of_votes_is_between_the_middle_two(tops, median):
    scores = [
        a_score(0.0, f"source{top}", bounds=((-1.0, 1.0), (-2.0, 2.0), (0.0, top))) for top in tops
    ]
    width = summarise(scores)["pooled"]["width"]
    assert width == pytest.approx(np.exp(median), rel=1e-5)


def test_shares_are_in_no_category_because_they_are_on_another_scale():
    summary = summarise([a_score(), a_score(factor="presence", category="camera")])
    assert set(summary["factors"]) == {"presence", "magnet_mass"}
    assert set(summary["categories"]) == {"phone"}
    assert summary["pooled"]["n"] == 2


def test_the_floor_is_the_crps_of_the_true_law():
    """Sources scatter normally with sd 0.8: no prediction of the next one beats 0.8 / sqrt(pi)."""
    generator = np.random.default_rng(2)
    scores = [
        a_score(effect, f"source{product}-{i}", subtype=f"product{product}")
        for product in range(200)
        for i, effect in enumerate(0.8 * generator.standard_normal(4))
    ]
    floor = noise_floor(scores)["magnet_mass"]
    assert floor["across_sources"]["floor"] == pytest.approx(0.8 / np.sqrt(np.pi), rel=0.05)
    assert floor["across_sources"]["spread"] == pytest.approx(np.exp(0.8), rel=0.05)
    assert (floor["across_sources"]["n"], floor["across_sources"]["products"]) == (800, 200)
    assert floor["within_source"] is None


def test_sources_that_share_a_primary_one_are_not_two_sources():
    scores = [a_score(0.0, "smith2020"), a_score(4.0, "jones2021+smith2020")]
    assert noise_floor(scores) == {}
    assert (
        noise_floor([*scores, a_score(1.0, "lee2022")])["magnet_mass"]["across_sources"]["n"] == 3
    )


def test_a_predictor_that_knew_every_sources_mean_is_left_with_the_scatter_within():
    generator = np.random.default_rng(4)
    scores = [
        a_score(effect + 0.1 * noise, f"source{i}")
        for i, effect in enumerate(generator.standard_normal(200))
        for noise in generator.standard_normal(5)
    ]
    within = noise_floor(scores)["magnet_mass"]["within_source"]
    assert within["floor"] == pytest.approx(0.1 / np.sqrt(np.pi), rel=0.08)


def test_the_model_that_knows_the_law_has_the_floor_and_no_baseline_gets_below():
    """The true law itself as the method: its CRPS is the floor, those of the baselines are not."""
    generator = np.random.default_rng(6)
    found = []
    for i in range(60):
        known = tuple(a_target(v, f"source{i}-{j}") for j, v in enumerate(generator.normal(size=5)))
        held = a_target(float(generator.standard_normal()), f"held{i}")
        fold = Fold(Part.CONTENT, held.source, (), known, (held,))
        truth = {MODEL: lambda _: lambda _: norm.ppf(midpoints(500))}
        found += score_fold(fold, {**truth, "overall_mean": BASELINES["overall_mean"]})
    pooled = summarise(found)["pooled"]
    assert pooled["crps"] == pytest.approx(1 / np.sqrt(np.pi), rel=0.12)
    assert pooled["baselines"]["overall_mean"] > pooled["crps"]


def test_scores_survive_the_round_trip_to_csv(scores):
    again = from_csv(to_csv(scores))
    assert to_csv(again) == to_csv(scores)
    assert [(s.method, s.row_id, s.factor) for s in again] == [
        (s.method, s.row_id, s.factor) for s in scores
    ]
    told, once = summarise(again)["pooled"], summarise(scores)["pooled"]
    assert told["coverage"] == once["coverage"]
    assert told["crps"] == pytest.approx(once["crps"], rel=1e-5)


def test_a_table_with_other_columns_is_refused():
    with pytest.raises(ValueError, match="columns method, left_out"):
        from_csv("a,b\n1,2\n")
