"""The evaluation: honest folds, right scores, and coverage where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from recycler.model.content import ContentModel
from recycler.model.evaluation import (
    crps_of_draws,
    crps_of_normal,
    folds,
    score_fold,
    score_presence,
    summarise,
)
from recycler.model.observations import ELEMENT_CONTENT, MAGNET_MASS, ND_FRACTION, observe


@pytest.fixture(scope="module")
def made(tables):
    return folds(tables)


def test_no_fold_trains_on_a_primary_source_that_it_holds_out(made):
    for fold in made:
        held = {primary for target in fold.held_out for primary in target.at.primaries}
        assert not any(held & found.primaries for found in fold.training)


def test_every_figure_is_held_out_at_most_once(made):
    held = [(t.factor, t.at.row_id, t.element) for fold in made for t in fold.held_out]
    assert len(held) == len(set(held))
    assert {"magnet_mass", "element_content", "nd_fraction", "ratio:Dy"} <= {h[0] for h in held}


def test_crps_of_draws_is_the_closed_form():
    draws = norm(1.0, 2.0).ppf((np.arange(4000) + 0.5) / 4000)
    for truth in (-3.0, 1.0, 2.5):
        assert crps_of_draws(draws, truth) == pytest.approx(
            crps_of_normal(1.0, 2.0, truth), rel=0.01
        )


def test_crps_of_a_normal_is_the_integral_that_defines_it():
    def squared(x: float) -> float:
        return (norm.cdf(x) - (x >= 0.7)) ** 2

    expected = quad(squared, -8, 0.7)[0] + quad(squared, 0.7, 8)[0]
    assert crps_of_normal(0.0, 1.0, 0.7) == pytest.approx(expected, rel=1e-6)


def test_scores_have_the_agreed_shape(made, tables):
    fold = min(made, key=lambda fold: len(fold.held_out))
    summary = summarise([*score_fold(fold), *score_presence(tables)])
    assert set(summary) == {"factors", "pooled"}
    for scores in (*summary["factors"].values(), summary["pooled"]):
        assert set(scores) == {"n", "sources", "coverage", "crps", "baselines"}
        assert set(scores["coverage"]) == {"0.5", "0.8", "0.9"}
        assert {"overall_mean", "category_mean"} <= set(scores["baselines"])


def test_bounds_and_excluded_rows_are_never_targets(made, tables):
    held = [target.at for fold in made for target in fold.held_out]
    by_table = (
        (tables.contents, {o.row_id for o in held if o.factor == ELEMENT_CONTENT}),
        (tables.magnet_masses, {o.row_id for o in held if o.factor == MAGNET_MASS}),
        (tables.compositions, {o.row_id for o in held if o.terms[0] == ND_FRACTION}),
    )
    for rows, targets in by_table:
        assert targets
        assert not targets & {row.row_id for row in rows if row.excluded}
    assert all(found.side == 0 for found in held)


@pytest.mark.slow
def test_coverage_holds_where_the_model_is_true(tables):
    """Figures drawn from the fitted model's own structure: 90 % intervals hold 85 to 95 %."""
    real = observe(tables)
    inside = []
    for seed in range(4):
        generator = np.random.default_rng(seed)
        fake = _simulated(real, generator)
        sources = generator.choice(sorted({found.source for found in fake}), 20, replace=False)
        for source in sources:
            inside += list(_covered(fake, source))
    assert len(inside) > 120
    assert 0.85 < np.mean(inside) < 0.95


def _simulated(real, generator):
    """The same rows with values of a known truth: products, source effects and noise."""
    effects: dict[tuple, float] = {}

    def effect(scale: float, *key: str) -> float:
        return effects.setdefault(key, scale * generator.standard_normal())

    def value(found) -> float:
        total = 0.0
        for term in found.terms:
            size = 0.15 if term == ND_FRACTION else 0.5
            total += effect(size, term, "category", found.category)
            total += effect(size, term, "subtype", found.subtype)
            total += effect(size, term, "source", found.subtype, found.source)
        return total + 0.1 * generator.standard_normal()

    return [
        replace(found, value=value(found), side=0) for found in real if found.element != "total_ree"
    ]


def _covered(observations, source):
    held = [found for found in observations if found.source == source]
    seen = held[0].primaries
    model = ContentModel(tolerance=1e-7).fit([o for o in observations if not o.primaries & seen])
    for found in held:
        law = model.joint_law(
            model.law(term, found.category, found.subtype, found.log_product_mass)
            for term in found.terms
        )
        mean, spread = model.mean_and_spread(law)
        sd = np.linalg.norm([spread, *(part.scale for part in law.parts)])
        yield abs(found.value - mean) < norm.ppf(0.95) * sd
