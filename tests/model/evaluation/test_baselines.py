"""What the model is measured against: each baseline learns what it can, and gives draws."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_samples import a_fold, a_target

from recycler.model.evaluation import BASELINES, MODEL, Fold, Part
from recycler.model.evaluation.scoring import quantiles


def test_a_mean_baseline_is_the_normal_law_of_what_is_known():
    draws = BASELINES["overall_mean"](a_fold(1.0, 2.0, 3.0, 6.0))(a_target())
    assert np.mean(draws) == pytest.approx(3.0)
    assert np.std(draws) == pytest.approx(np.std([1.0, 2.0, 3.0, 6.0], ddof=1), rel=1e-2)


def test_the_category_mean_needs_three_figures_of_the_category():
    fold = a_fold(1.0, 2.0, 3.0, 6.0)
    other = tuple(replace(t, category="motor", value=t.value + 9) for t in fold.known)
    predict = BASELINES["category_mean"](replace(fold, known=(*fold.known, *other)))
    assert np.mean(predict(a_target())) == pytest.approx(3.0)
    few = replace(fold, known=(*fold.known[:2], *other))
    assert np.mean(BASELINES["category_mean"](few)(a_target())) > 5


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gives_finite_draws_for_every_figure(scores, name):
    own = [score for score in scores if score.method == name]
    assert len(own) == sum(score.method == MODEL for score in scores)
    assert np.isfinite([[s.median, s.crps, *np.ravel(s.bounds)] for s in own]).all()


@pytest.mark.parametrize("name", ["quantile_forest", "mapie"])
def test_a_learning_baseline_learns_what_sets_products_apart(name):
    """Two products a factor e^4 apart, seen by twelve sources: predictions are as far apart."""
    generator = np.random.default_rng(3)
    known = tuple(
        a_target(centre + 0.1 * generator.standard_normal(), f"source{i}", subtype)
        for i in range(12)
        for centre, subtype in ((0.0, "smartphone"), (4.0, "feature_phone"))
    )
    predict = BASELINES[name](Fold(Part.CONTENT, "smith2020", (), known, (a_target(),)))
    assert np.median(predict(a_target())) == pytest.approx(0.0, abs=0.3)
    assert np.median(predict(a_target(subtype="feature_phone"))) == pytest.approx(4.0, abs=0.3)


def test_conformal_intervals_hold_for_unseen_sources_where_sources_differ():
    """Sources differ by 1, figures of a source by 0.1: rows alone would promise too much."""
    generator = np.random.default_rng(5)
    inside = []
    for _ in range(12):
        known = tuple(
            a_target(effect + 0.1 * generator.standard_normal(), f"source{i}")
            for i, effect in enumerate(generator.standard_normal(25))
            for _ in range(3)
        )
        predict = BASELINES["mapie"](Fold(Part.CONTENT, "smith2020", (), known, ()))
        lower, upper = quantiles(predict(a_target()), [0.05, 0.95])
        inside += [lower <= effect <= upper for effect in generator.standard_normal(50)]
    assert 0.82 < np.mean(inside) < 0.97
