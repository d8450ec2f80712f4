"""Unknown years of sale: ages at discard, led back from the year of collection."""

from dataclasses import replace
from math import gamma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import weibull_min

from recycler.batch import DeclaredMagnet, LineItem, MagnetType
from recycler.model.factors.lifetime import OLDEST, follows_sales, years_of_sale
from recycler.model.factors.presence import PresenceModel
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import load_tables

TABLES = load_tables()
LIFETIMES = sorted(
    {
        (p.lifetime_scale_years, p.lifetime_shape)
        for p in TABLES.products
        if p.lifetime_scale_years is not None
    }
)

lifetimes = st.tuples(st.floats(1.0, 30.0), st.floats(0.8, 4.0))


@pytest.fixture(scope="module")
def presence() -> PresenceModel:
    return PresenceModel(spread=0.4).fit(TABLES.presences)


def test_the_tables_hold_many_lifetimes():
    assert len(LIFETIMES) > 30


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_weights_are_differences_of_the_weibull_law_over_any_day_of_sale(lifetime):
    """P(k years) is the mean over u in (0, 1) of F(k + u) - F(k - 1 + u)."""
    scale, shape = lifetime
    ages = weibull_min(shape, scale=scale)
    _, weights = years_of_sale(2020, scale, shape)
    for years in (0, 1, 2, 7, 20):
        expected, _ = quad(lambda u, k=years: ages.cdf(k + u) - ages.cdf(k - 1 + u), 0, 1)
        assert weights[years] == pytest.approx(expected, rel=1e-3, abs=1e-9)


@given(lifetimes)
def test_probabilities_add_up_to_one_and_none_is_negative(lifetime):
    years, weights = years_of_sale(2020, *lifetime)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() >= -1e-12
    assert years[0] == 2020
    assert years[-1] == 2020 - OLDEST


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_the_mean_age_is_that_of_the_weibull_law(lifetime):
    """Smartphones: scale 6.26 and shape 1.56 give 6.26 Gamma(1 + 1 / 1.56) = 5.63 years."""
    scale, shape = lifetime
    years, weights = years_of_sale(2020, scale, shape)
    assert weights @ (2020 - years) == pytest.approx(scale * gamma(1 + 1 / shape), rel=5e-3)


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_of_no_product_a_thousandth_is_older_than_the_oldest_year(lifetime):
    scale, shape = lifetime
    assert weibull_min(shape, scale=scale).sf(OLDEST) < 1e-3


def test_years_agree_with_pieces_followed_one_by_one():
    """Sold on any day, discarded at an age of the law: the calendar years between the two."""
    generator = np.random.default_rng(1)
    sold = generator.uniform(0, 1, 200_000)
    ages = weibull_min(1.56, scale=6.26).rvs(200_000, random_state=generator)
    years_on = np.floor(sold + ages).astype(int)
    _, weights = years_of_sale(2020, 6.26, 1.56)
    counted = np.bincount(years_on, minlength=OLDEST + 1)[:30] / len(years_on)
    assert counted == pytest.approx(weights[:30], abs=0.003)


@pytest.mark.parametrize("subtype", sorted({row.subtype for row in TABLES.presences}))
def test_the_share_is_the_integral_of_the_published_curve_over_the_ages(subtype):
    """A curve straight between years is met exactly: the share is E[curve(collected - age)]."""
    exact = PresenceModel(spread=0.0).fit(TABLES.presences)
    sold, weights = years_of_sale(2016, 9.0, 1.6)
    drawn = exact.draw(subtype, subtype, sold, weights, CommonNumbers(1, 10))
    years, shares = exact.curves_[subtype]
    edges = np.arange(0.0, 100.0, 0.01)
    dying = np.diff(weibull_min(1.6, scale=9.0).cdf(edges))
    curve = np.interp(2016 - edges[:-1] - 0.005, years, shares)
    expected = dying @ np.clip(curve, 0.003, 0.997)  # printed 0 and 1 are rounded shares
    assert drawn == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("subtype", sorted({row.subtype for row in TABLES.presences}))
def test_of_a_growing_share_a_later_collection_never_holds_less(presence, subtype):
    _, shares = presence.curves_[subtype]
    growing = bool((np.diff(shares) >= 0).all())
    numbers = CommonNumbers(1, 50)
    found = np.stack(
        [
            presence.draw(subtype, subtype, *years_of_sale(year, 9.0, 1.6), numbers)
            for year in range(1995, 2036, 4)
        ]
    )
    if growing:
        assert (np.diff(found, axis=0) >= -1e-12).all()
    else:
        assert found.min() >= 0


@settings(max_examples=40)
@given(lifetimes, st.integers(1990, 2040), st.integers(1, 30))
def test_later_collected_pieces_were_sold_as_much_later(lifetime, collected, later):
    first, second = (years_of_sale(year, *lifetime) for year in (collected, collected + later))
    assert second[0] == pytest.approx(first[0] + later)
    assert second[1] == pytest.approx(first[1])


def test_a_year_that_is_given_beats_the_lifetime(estimate):
    """However late it is collected, a washing machine of 2005 is one of 2005."""
    line = LineItem("appliance", "washing_machine_motor", count=1000, year=2005)
    early, late = (estimate(line, collected_year=year) for year in (2008, 2026))
    assert early.totals == late.totals
    unknown = replace(line, year=None)
    early, late = (estimate(unknown, collected_year=year) for year in (2008, 2026))
    assert early.totals.total_ree.contained_kg.mean < late.totals.total_ree.contained_kg.mean


def year_basis(prediction):
    return next((b for b in prediction.items[0].basis if b.factor == "year_of_sale"), None)


def test_an_unknown_year_rests_on_a_published_lifetime_and_assumed_sales(estimate):
    basis = year_basis(estimate(LineItem("phone", "smartphone", count=10)))
    assert basis.basis == "assumed"
    assert "the same in every year" in basis.assumption
    assert [use.source_id for use in basis.sources] == ["vannielen2020"]


def test_a_product_without_a_published_lifetime_says_that_its_lifetime_is_assumed(estimate):
    basis = year_basis(estimate(LineItem("other", count=10, unit_mass_kg=1.0)))
    assert basis.basis == "assumed"
    assert "15 years" in basis.assumption
    assert basis.sources == ()


def test_a_year_that_is_given_is_declared(estimate):
    assert year_basis(estimate(LineItem("phone", "smartphone", count=9, year=2015))).basis == (
        "declared"
    )


@pytest.mark.parametrize(
    "line",
    [
        LineItem("magnet", mass_kg=1.0),
        LineItem("phone", "smartphone", count=5, magnet=DeclaredMagnet(MagnetType.NDFEB)),
        *(
            LineItem(p.category, p.subtype, count=1)
            for p in TABLES.products
            if not follows_sales(p) and p.category != "magnet"
        ),
    ],
)
def test_where_the_year_of_sale_changes_nothing_nothing_rests_on_it(estimate, line):
    assert year_basis(estimate(line)) is None
    early, late = (estimate(line, collected_year=year) for year in (1995, 2030))
    assert early.totals == late.totals
