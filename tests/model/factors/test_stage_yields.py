"""Stage yields: what counts as a figure, how much, and what heavy rare earths lose beside light."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import beta

from recycler.batch import FeedState
from recycler.elements import ELEMENTS
from recycler.model.estimation.route import RouteYields
from recycler.model.factors.plant_yields import NO_LOTS
from recycler.model.factors.stage_yield import StageYieldModel, is_figure
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import Bound

WET = "hydrometallurgy"
DISSOLVING = [(WET, "leaching"), (WET, "separation"), ("molten_salt", "separation")]


@pytest.fixture(scope="module")
def yields(tables) -> StageYieldModel:
    return StageYieldModel().fit(tables.stage_yields)


@pytest.fixture(scope="module")
def numbers() -> CommonNumbers:
    return CommonNumbers(1, 2000)


@pytest.fixture(scope="module")
def routes(tables, yields, numbers) -> RouteYields:
    return RouteYields(tables.routes, yields, tables.assumptions, numbers, NO_LOTS)


@pytest.fixture(scope="module")
def sample(tables):
    """Four studies of one stage with exact yields of 80 to 95 %."""
    row = next(r for r in tables.stage_yields if is_figure(r) and r.stage == "precipitation")
    return [
        replace(
            row,
            row_id=f"made_{i}",
            source_id=f"study_{i}",
            primaries=frozenset({f"study_{i}"}),
            elements=("Nd",),
            yield_fraction=value,
            bound=Bound.EXACT,
            weight=1.0,
        )
        for i, value in enumerate((0.80, 0.85, 0.90, 0.95))
    ]


def mean_of(rows) -> float:
    return StageYieldModel().fit(rows).mean_and_spread(WET, "precipitation", heavy=False)[0]


def test_a_bound_is_no_value(sample):
    """At least 60 % says little beside 80 to 95 %; 60 % sharp pulls the mean down."""
    told = replace(sample[0], row_id="x", primaries=frozenset({"x"}), yield_fraction=0.6)
    sharp, at_least, at_most = (
        mean_of([*sample, replace(told, bound=bound)])
        for bound in (Bound.EXACT, Bound.LOWER, Bound.UPPER)
    )
    assert at_most < sharp < at_least
    assert at_least == pytest.approx(mean_of(sample), abs=0.1)


def test_complete_says_at_least_99_percent_however_it_is_printed(sample):
    printed = [
        mean_of([*sample, replace(sample[0], primaries=frozenset({"x"}), yield_fraction=y)])
        for y in (0.995, 0.999, 1.0)
    ]
    assert printed == pytest.approx([printed[0]] * 3)
    assert printed[0] > mean_of(sample)


def test_second_hand_figures_and_claims_weigh_less(sample):
    told = replace(sample[0], primaries=frozenset({"x"}), yield_fraction=0.3)
    plain, claimed = (mean_of([*sample, replace(told, weight=w)]) for w in (1.0, 0.3))
    assert plain < claimed < mean_of(sample)


def test_rows_that_are_not_used_change_nothing(tables, yields):
    """Overall yields, collection, duplicates and what is no yield of magnets stay outside."""
    left_out = [row for row in tables.stage_yields if not row.used]
    assert {"overall", "collection"} <= {row.stage for row in left_out}
    without = StageYieldModel().fit([row for row in tables.stage_yields if row.used])
    assert np.array_equal(without.regressor_.coef_, yields.regressor_.coef_)
    assert not {"gem2024", "eurostat_phones"} & {s for u in yields.sources_.values() for s in u}


def test_heavy_rare_earths_lose_as_much_more_as_published_pairs_say(yields):
    """Dy against Nd of one feed: about -0.85 logit, from -2.4 to +0.5."""
    offset = yields.heavy_offset()
    assert offset.mean == pytest.approx(-0.85, abs=0.15)
    reach = 1.645 * np.hypot(offset.spread, offset.of_stage)
    assert offset.mean - reach < -2.3
    assert offset.mean + reach > 0.5


@pytest.mark.parametrize(("route", "stage"), DISSOLVING)
def test_the_offset_holds_wherever_the_alloy_dissolves(yields, route, stage):
    light, narrow = yields.mean_and_spread(route, stage, heavy=False)
    heavy, wide = yields.mean_and_spread(route, stage, heavy=True)
    assert heavy - light == pytest.approx(yields.heavy_offset().mean)
    assert wide > narrow


@pytest.mark.parametrize("route", ["hydrogen_hpms", "shredding"])
def test_there_is_none_where_the_alloy_stays_whole(yields, numbers, route):
    assert yields.mean_and_spread(route, "liberation", heavy=True) == yields.mean_and_spread(
        route, "liberation", heavy=False
    )
    drawn = [yields.draw(route, "liberation", e, numbers, borrowed=0.0) for e in ("Nd", "Dy", "Fe")]
    assert np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[0], drawn[2])


def test_conditions_that_light_and_heavy_share_do_not_blur_their_difference(sample):
    """Both yields of a run follow its conditions; their difference is the same in all runs."""
    pairs = []
    for light in sample:
        heavy = float(expit(logit(light.yield_fraction) - 1.0))
        pairs += [light, replace(light, elements=("Dy",), yield_fraction=heavy)]
    offset = StageYieldModel().fit(pairs).heavy_offset()
    assert offset.mean == pytest.approx(-1.0, abs=0.2)


def test_the_same_pair_at_99_and_100_percent_says_nothing_of_the_offset(sample):
    complete = [replace(row, yield_fraction=1.0) for row in sample]
    both = [*sample, *(replace(row, elements=("Dy",)) for row in complete)]
    pairs = [*complete, *(replace(row, elements=("Dy",)) for row in complete)]
    assert StageYieldModel().fit(pairs).heavy_offset().mean == 0.0
    assert StageYieldModel().fit(both).heavy_offset().mean > 0.5


def test_one_plant_has_one_error_for_all_its_light_elements(yields, numbers):
    drawn = {e: yields.draw(WET, "leaching", e, numbers, borrowed=0.0) for e in ("Nd", "Pr", "Dy")}
    assert np.array_equal(drawn["Nd"], drawn["Pr"])
    alike = np.corrcoef(logit(drawn["Nd"]), logit(drawn["Dy"]))[0, 1]
    assert 0.5 < alike < 0.99


def test_elements_without_figures_borrow_dysprosiums_and_are_wider(routes):
    elements = ("Nd", "Dy", "Tb", "Gd", "Ho")
    stages = {stage.name: stage for stage in routes.stages(WET, FeedState.WHOLE, elements)}
    logits = dict(zip(elements, logit(stages["leaching"].yields), strict=True))
    for element in ("Tb", "Gd", "Ho"):
        assert logits[element].mean() == pytest.approx(logits["Dy"].mean(), abs=0.02)
        assert logits[element].std() > 1.01 * logits["Dy"].std()
        assert (logits[element] - logits["Dy"]).std() == pytest.approx(0.5, rel=0.02)
    assert stages["leaching"].basis.assumed_for == ("Tb", "Gd", "Ho")


def test_what_has_figures_of_its_own_borrows_nothing(tables, yields):
    printed = {e for row in tables.stage_yields if is_figure(row) for e in row.elements}
    for element in ("Nd", "Pr", "Dy", "Sm"):
        assert element in printed
        assert not yields.borrows(WET, "leaching", element)
    for element in ("Tb", "Gd", "Ho", "Y", "Ce", "La"):
        assert element not in printed
        assert yields.borrows(WET, "leaching", element)


def test_companions_have_yields_only_where_somebody_measured_them(tables, yields):
    measured = {(r.stage, e) for r in tables.stage_yields if r.used for e in r.elements}
    for symbol, element in ELEMENTS.items():
        if not element.is_rare_earth:
            for stage in ("leaching", "separation", "precipitation"):
                assert yields.borrows(WET, stage, symbol) == ((stage, symbol) not in measured)
    assert not yields.borrows(WET, "leaching", "Co")
    assert yields.borrows(WET, "leaching", "Ni")


def test_an_unmeasured_companion_is_anybodys_guess(routes, tables):
    assumed = tables.assumptions["companion_yield"]
    stages = routes.stages(WET, FeedState.WHOLE, ("Nd", "Ni"))
    leaching = next(stage for stage in stages if stage.name == "leaching")
    nickel = logit(leaching.yields[1])
    assert nickel.mean() == pytest.approx(logit(assumed.value), abs=0.05)
    assert nickel.std() == pytest.approx(assumed.spread, rel=0.02)
    assert leaching.basis.assumed_for == ("Ni",)
    assert assumed.statement in leaching.basis.assumption


def test_one_hidden_loss_per_batch_of_mean_085_and_sd_008(routes):
    """Where one paper prints both, the whole chain gives about 0.77 of what its stages promise."""
    stages = routes.stages(WET, FeedState.MAGNETS, ("Nd", "Dy"))
    hidden = stages[-1]
    assert hidden.name == "hidden_loss"
    assert hidden.yields.shape == (1, 2000)
    assert hidden.yields.mean() == pytest.approx(0.85, abs=1e-3)
    assert hidden.yields.std() == pytest.approx(0.08, abs=1e-3)
    size = 0.85 * 0.15 / 0.08**2 - 1
    expected = beta(0.85 * size, 0.15 * size).ppf([0.05, 0.5, 0.95])
    assert np.quantile(hidden.yields, [0.05, 0.5, 0.95]) == pytest.approx(expected, abs=2e-3)


def test_the_hidden_loss_is_the_same_plants_on_every_route(routes, tables):
    losses = [routes.stages(route, FeedState.WHOLE, ("Nd",))[-1].yields for route in tables.routes]
    assert all(np.array_equal(losses[0], other) for other in losses)


def test_stages_of_the_same_figures_are_the_same_plants_on_every_route(routes):
    wet, ionic = (
        {stage.name: stage.yields for stage in routes.stages(route, FeedState.WHOLE, ("Nd",))}
        for route in (WET, "ionic_liquid")
    )
    assert np.array_equal(wet["leaching"], ionic["leaching"])
    assert not np.array_equal(wet["separation"], ionic["separation"])


def test_sources_of_a_stage_are_those_of_its_figures(yields, tables):
    for (route, stage), sources in yields.sources_.items():
        rows = [
            r.source_id
            for r in tables.stage_yields
            if is_figure(r) and (r.route, r.stage) == (route, stage)
        ]
        assert sources == {source: rows.count(source) for source in rows}
