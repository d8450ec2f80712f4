"""The evaluation: honest folds, right scores, and coverage where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logit
from scipy.stats import norm

from recycler.model.evaluation import (
    BASELINES,
    LEVELS,
    MODEL,
    STAGE_YIELD,
    Fold,
    Part,
    Score,
    Target,
    content_folds,
    crps_of_draws,
    folds,
    from_csv,
    noise_floor,
    presence_folds,
    product_method,
    score_fold,
    summarise,
    to_csv,
)
from recycler.model.evaluation.conformal import KinOut
from recycler.model.evaluation.methods import midpoints
from recycler.model.evaluation.scoring import pinball_loss, probabilities, quantiles
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import ELEMENT_CONTENT, MAGNET_MASS, ND_FRACTION, observe

GRID = midpoints(4000)


@pytest.fixture(scope="module")
def made(tables):
    return folds(tables)


@pytest.fixture(scope="module")
def methods(tables):
    return {MODEL: product_method(tables), **BASELINES}


@pytest.fixture(scope="module")
def scores(made, methods):
    """Scores of every method in two small folds on contents and one on presence."""
    content = [fold for fold in made if fold.part is Part.CONTENT and len(fold.held_out) == 3]
    presence = [fold for fold in made if fold.part is Part.PRESENCE]
    return [s for fold in (*content[:2], presence[-1]) for s in score_fold(fold, methods)]


def a_target(value=0.0, source="smith2020", subtype="smartphone", factor="magnet_mass"):
    return Target(
        factor, "", "phone", subtype, value, source, frozenset({source}), f"{source}-1", -1.8
    )


def a_fold(*values):
    known = tuple(a_target(value, f"source{i}") for i, value in enumerate(values))
    return Fold(Part.CONTENT, "smith2020", (), known, (a_target(),))


def a_score(measured=0.0, source="smith2020", **changes):
    given = {
        "method": MODEL,
        "left_out": source,
        "factor": "magnet_mass",
        "element": "",
        "category": "phone",
        "subtype": "smartphone",
        "source": source,
        "row_id": "row-1",
        "measured": measured,
        "median": 0.0,
        "bounds": ((-1.0, 1.0), (-2.0, 2.0), (-3.0, 3.0)),
        "crps": 0.3,
    }
    point = changes.pop("probability", 0.5)
    return Score(**({"below": point, "upto": point} | given | changes))


def test_no_fold_trains_on_a_primary_source_that_it_holds_out(tables):
    for fold in content_folds(tables):
        held = {primary for target in fold.held_out for primary in target.at.primaries}
        assert not any(held & found.primaries for found in fold.training)
        assert not any(held & target.at.primaries for target in fold.known)


def test_no_presence_fold_trains_on_the_product_that_it_holds_out(tables):
    for fold in presence_folds(tables):
        held = {target.subtype for target in fold.held_out}
        assert held == {fold.left_out}
        assert not any(row.subtype in held for row in fold.training)
        assert not any(target.subtype in held for target in fold.known)


def test_what_other_methods_may_learn_is_what_the_model_may_learn(tables):
    """The known figures are the exact ones of the observations to train on, no more and no less."""
    for fold in content_folds(tables):
        exact = {found.row_id for found in fold.training if not found.side}
        assert {target.row_id for target in fold.known} <= exact


@pytest.mark.parametrize("name", [MODEL, *BASELINES])
def test_no_method_looks_at_what_a_fold_holds_out(made, methods, name):
    """Another truth in the held-out figures changes no prediction."""
    for part in (Part.CONTENT, Part.PRESENCE):
        fold = next(f for f in made if f.part is part and len(f.held_out) == 3)
        lies = tuple(replace(t, value=t.value + 5, at=lying(t.at)) for t in fold.held_out)
        honest, lied = methods[name](fold), methods[name](replace(fold, held_out=lies))
        for target, lie in zip(fold.held_out, lies, strict=True):
            np.testing.assert_array_equal(honest(target), lied(lie))


def lying(at):
    return at and replace(at, value=at.value + 5)


def test_the_conformal_baseline_calibrates_on_sources_that_it_did_not_train_on(made):
    fold = made[0]
    known = fold.known
    tested = []
    for train, test in KinOut(known).split():
        kin = set().union(*(known[i].kin for i in test))
        assert not any(known[i].kin & kin for i in train)
        tested += test.tolist()
    assert sorted(tested) == list(range(len(known)))


def test_every_figure_is_held_out_at_most_once(made):
    held = [(t.factor, t.row_id, t.element) for fold in made for t in fold.held_out]
    assert len(held) == len(set(held))
    assert {"presence", "magnet_mass", "element_content", "ratio:Dy"} <= {h[0] for h in held}


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


def test_a_table_with_other_columns_is_refused():
    with pytest.raises(ValueError, match="columns method, left_out"):
        from_csv("a,b\n1,2\n")


def test_bounds_and_excluded_rows_are_never_targets(tables):
    held = [target.at for fold in content_folds(tables) for target in fold.held_out]
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
