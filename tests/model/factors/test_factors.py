"""Presence, lifetimes, stage yields and quantiles, each against what is known of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from recycler.batch import FeedState, LineItem
from recycler.model.factors.presence import PresenceModel
from recycler.model.factors.stage_yield import StageYieldModel
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.model.statistics.quantiles import interval, significant


@pytest.fixture(scope="module")
def presence(tables) -> PresenceModel:
    return PresenceModel(spread=0.4).fit(tables.presences)


@pytest.fixture(scope="module")
def yields(tables) -> StageYieldModel:
    return StageYieldModel().fit(tables.stage_yields)


def test_shares_follow_straight_lines_between_published_years(presence):
    """Dishwashers: 0.0944 in 2006 and 0.236 in 2010, so 0.1652 in 2008."""
    assert presence.logits("dishwasher_motor", np.array([2008.0])) == pytest.approx(logit(0.1652))


@pytest.mark.parametrize(("year", "same_as"), [(1950.0, 1990.0), (2035.0, 2020.0)])
def test_outside_the_published_years_the_nearest_one_stands(presence, year, same_as):
    outside = presence.logits("camera", np.array([year]))
    assert outside == presence.logits("camera", np.array([same_as]))


def test_an_unknown_product_is_like_one_of_the_published_ones(presence):
    """Every draw is the curve of one product, whole: a mean of them would be like none."""
    years = np.array([1995.0, 2015.0])
    drawn = presence.unknown_logits("speaker", years, CommonNumbers(1, 2000))
    curves = {tuple(presence.logits(subtype, years)) for subtype in presence.curves_}
    assert set(map(tuple, drawn.T)) <= curves


@pytest.mark.parametrize(("category", "expected"), [("speaker", 4 / 8), ("drone", 0.0)])
def test_an_unknown_product_is_most_like_its_own_category(presence, category, expected):
    """Four speakers stand beside all products, which count for four; no drone was published."""
    year = np.array([2010.0])
    drawn = presence.unknown_logits(category, year, CommonNumbers(1, 4000))[0]
    own = [presence.logits(subtype, year)[0] for subtype in presence.categories_["speaker"]]
    alike = np.isin([presence.logits(subtype, year)[0] for subtype in presence.curves_], own).mean()
    found = np.isin(drawn, own).mean()
    assert found == pytest.approx(expected + alike * (1 - expected), abs=0.02)


def test_an_unknown_year_mixes_the_years_of_sale(presence):
    numbers = CommonNumbers(1, 500)
    years, weights = np.array([1995.0, 2015.0]), np.array([0.25, 0.75])
    mixed = presence.draw("headphone", "headphone", years, weights, numbers)
    old, new = (
        presence.draw("headphone", "headphone", years[[i]], np.ones(1), numbers) for i in (0, 1)
    )
    assert mixed == pytest.approx(0.25 * old + 0.75 * new)


def test_heavy_rare_earths_are_won_back_less(yields):
    light, _ = yields.mean_and_spread("hydrometallurgy", "precipitation", heavy=False)
    heavy, _ = yields.mean_and_spread("hydrometallurgy", "precipitation", heavy=True)
    assert -2.4 < heavy - light < 0.0  # the range of published pairs goes down to -2.4 logit


def test_routes_that_keep_the_alloy_whole_treat_all_elements_alike(estimate):
    found = estimate(LineItem("magnet", mass_kg=10.0), route="hydrogen_hpms").totals
    shares = [e.recoverable_kg.mean / e.contained_kg.mean for e in found.elements]
    assert max(shares) - min(shares) < 0.01


def test_shredding_loses_most_of_the_magnet(yields):
    """Habibzadeh et al. (2024): 73.9 % lost against manual disassembly."""
    mean, spread = yields.mean_and_spread("shredding", "liberation", heavy=False)
    assert mean == pytest.approx(logit(0.261), abs=0.1)
    assert spread > 0.7  # one study


def test_rows_that_are_no_stage_yields_are_left_out(yields, tables):
    used = {source for sources in yields.sources_.values() for source in sources}
    only_collection = {r.source_id for r in tables.stage_yields if r.stage == "collection"} - {
        r.source_id for r in tables.stage_yields if r.stage != "collection"
    }
    assert only_collection
    assert not used & only_collection


def test_chains_reach_the_published_overall_yields(estimate, tables):
    """The 90 % interval of the whole chain holds most overall yields printed for magnets."""
    found = estimate(LineItem("magnet", mass_kg=1.0)).totals.elements[0]
    contained = found.contained_kg.median
    low, high = found.recoverable_kg.lower / contained, found.recoverable_kg.upper / contained
    overall = [
        row.yield_fraction
        for row in tables.stage_yields
        if row.route == "hydrometallurgy" and row.stage == "overall" and row.weight == 1.0
    ]
    assert len(overall) >= 8
    assert np.mean([low <= value <= high for value in overall]) >= 0.6


@pytest.mark.parametrize("state", FeedState)
def test_every_route_answers_for_every_state(estimate, tables, state):
    for route in tables.routes:
        found = estimate(LineItem("hdd", count=10, state=state), route=route)
        stages = [loss.stage for loss in found.losses]
        assert stages == [*(stage.stage for stage in tables.routes[route]), "hidden_loss"]


def test_assumed_stages_say_so(estimate):
    found = estimate(LineItem("phone", count=10))
    bases = {loss.stage: loss.basis for loss in found.losses}
    assert bases["calcination"] == bases["demagnetisation"] == bases["liberation"] == "assumed"
    assert bases["leaching"] == "published"


@given(st.integers(0, 2**32), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
def test_intervals_are_numpys_quantiles(seed, level):
    rows = np.random.default_rng(seed).lognormal(size=(3, 501))
    expected = np.quantile(rows, [0.5, (1 - level) / 2, (1 + level) / 2], axis=1).T
    assert interval(rows, level) == pytest.approx(expected)


@given(st.floats(1e-250, 1e250))
def test_six_significant_digits_are_kept(value):
    assert significant(np.array([value]))[0] == pytest.approx(value, rel=1e-5)
    assert significant(np.array([0.0]))[0] == 0.0


def test_common_numbers_depend_on_the_name_alone():
    numbers, others = CommonNumbers(3, 1000), CommonNumbers(3, 1000)
    others.normal("something else first")
    assert np.array_equal(numbers.normal("a"), others.normal("a"))
    assert not np.array_equal(numbers.normal("a"), numbers.normal("b"))
    assert numbers.normal("a").std() == pytest.approx(1.0, abs=0.01)
    assert abs(np.corrcoef(numbers.normal("a"), numbers.normal("b"))[0, 1]) < 0.1
