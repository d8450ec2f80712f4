"""Coverage, histogram and bias of simulated histories whose truth is known."""

from collections.abc import Callable
from itertools import pairwise
from math import exp, inf, log

import numpy as np
import pytest
from outcome_samples import history, outcome

from recycler.lot import Measure, Outcome
from recycler.monitoring.bias import biases
from recycler.monitoring.coverage import Coverage, coverages, periods
from recycler.monitoring.pit import pit_histogram
from recycler.monitoring.verdict import is_off

HISTORIES = 150


def share_of(holds: Callable[[list[Outcome]], bool], lots: int, **truth: float) -> float:
    """Share of many histories of which something holds."""
    return float(np.mean([holds(history(lots, seed, **truth)) for seed in range(HISTORIES)]))


def pooled(outcomes: list[Outcome]) -> Coverage:
    return next(coverages(outcomes))


def excludes_promise(outcomes: list[Outcome]) -> bool:
    level = pooled(outcomes).judged
    return not level.lower <= level.level <= level.upper


@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("lots", [15, 50])
def test_error_bars_of_coverage_hold_however_alike_figures_of_a_lot_are(lots, likeness):
    assert share_of(excludes_promise, lots, likeness=likeness) <= 0.1


def test_error_bars_that_took_figures_for_independent_would_not_hold():
    """The lots of this test do fool whoever counts figures."""

    def fooled(outcomes):
        alone = [
            outcome(f"{o.lot_id}-{i}", log(o.measured / o.median)) for i, o in enumerate(outcomes)
        ]
        return excludes_promise(alone)

    assert share_of(fooled, 50, likeness=0.95) > 0.2


@pytest.mark.parametrize("wrong", [{"true_spread": 0.7}, {"log_bias": 0.35}])
def test_intervals_that_break_their_promise_are_found_in_fifty_lots(wrong):
    assert share_of(lambda outcomes: is_off(pooled(outcomes)), 50, **wrong) > 0.8


@pytest.mark.parametrize(("true_spread", "is_found"), [(0.15, True), (0.35, False)])
def test_intervals_are_too_wide_once_that_is_beyond_doubt(true_spread, is_found):
    """Twice and more as wide as need be, in a hundred lots; a little too wide is no alarm."""
    found = share_of(lambda outcomes: is_off(pooled(outcomes)), 100, true_spread=true_spread)

    assert found == pytest.approx(float(is_found), abs=0.1)


def test_coverage_is_told_by_plant_by_figure_and_by_category():
    outcomes = history(12, plants=("north", "south"))
    rows = list(coverages(outcomes))

    assert [row.plant for row in rows if row.plant] == ["north", "south"]
    assert [row.category for row in rows if row.category] == ["motor", "phone"]
    assert [(row.measure, row.element) for row in rows if row.measure] == [
        (Measure.MASS_FRACTION, "Nd"),
        (Measure.MASS_FRACTION, "Pr"),
        (Measure.MASS_FRACTION, "Dy"),
        (Measure.MAGNET_MASS, ""),
        (Measure.RECOVERED, "Nd"),
        (Measure.RECOVERED, "Dy"),
    ]
    assert (rows[0].lots, rows[0].figures) == (12, 72)
    assert sum(row.lots for row in rows if row.plant) == 12


def test_lots_of_one_name_in_two_plants_are_two():
    outcomes = [outcome("lot-1", 0.0, plant=plant) for plant in ("north", "south")]

    assert pooled(outcomes).lots == 2


def test_a_figure_on_the_bound_of_its_interval_lies_inside():
    figure = outcome("lot-1", 0.0)
    edge = Outcome(**{**_fields(figure), "measured": figure.bounds[2][1]})

    assert [level.inside for level in pooled([edge]).levels] == [0, 0, 1]


def test_periods_follow_one_another_and_hold_every_lot_once():
    found = list(periods(history(57)))

    assert sum(period.lots for period in found) == 57
    assert min(period.lots for period in found) >= 10
    assert all(a.last <= b.first for a, b in pairwise(found))


@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.9])
def test_the_band_of_the_histogram_holds_right_predictions(likeness):
    outside = share_of(lambda found: bool(pit_histogram(found).outside), 60, likeness=likeness)

    assert outside <= 0.11


@pytest.mark.parametrize(
    ("wrong", "too_full"),
    [({"true_spread": 0.7}, 0), ({"true_spread": 0.15}, 4), ({"log_bias": 0.4}, 9)],
)
def test_the_histogram_shows_what_is_wrong(wrong, too_full):
    found = pit_histogram(history(60, 1, likeness=0.3, **wrong))

    assert too_full in found.outside
    assert found.counts[too_full] > found.most[too_full]


def test_the_histogram_counts_every_figure_also_at_the_ends():
    figures = [outcome("a", 0.0), outcome("b", -50.0), outcome("c", 50.0)]

    assert pit_histogram(figures).counts == (1, 0, 0, 0, 0, 1, 0, 0, 0, 1)


def test_bias_is_the_geometric_mean_of_measured_over_predicted():
    rows = biases([outcome("a", log(2)), outcome("b", log(0.5)), outcome("c", log(8))])
    (row,) = rows

    assert row.bias_pct == pytest.approx(100)
    assert (row.measure, row.element, row.category, row.lots) == ("mass_fraction", "Nd", None, 3)


def test_the_error_bar_of_bias_holds_the_truth():
    def misses(outcomes):
        row = next(biases(outcomes))
        return not row.lower_pct <= 100 * (exp(0.2) - 1) <= row.upper_pct

    assert share_of(misses, 20, log_bias=0.2) <= 0.1


def test_a_lean_is_told_from_a_skew():
    """Skewed predictions that are right have a mean log ratio other than 0, but lean nowhere."""
    generator = np.random.default_rng(7)

    def figure(lot: int) -> Outcome:
        probability = generator.random()
        off = -log(1 - probability) - log(2)  # an exponential about its median
        return Outcome(**{**_fields(outcome(f"{lot}", off)), "below": probability})

    (row,) = biases([figure(lot) for lot in range(400)])

    assert row.lower_pct > 0
    assert row.p_value > 0.05


def test_figures_of_nothing_have_no_ratio():
    nothing = Outcome(**{**_fields(outcome("a", 0.0)), "measured": 0.0})

    (row,) = biases([nothing, outcome("b", log(1.5))])

    assert row.lots == 1
    assert list(biases([nothing])) == []


def test_under_three_figures_there_is_no_error_bar():
    (row,) = biases([outcome("a", 0.1), outcome("b", 0.2)])

    assert (row.lower_pct, row.upper_pct, row.p_value) == (None, None, None)


def test_categories_are_told_where_there_are_several():
    names = [row.category for row in biases(history(4))][:3]
    alone = [row.category for row in biases(history(4, categories=("hdd",)))]

    assert names == [None, "motor", "phone"]
    assert set(alone) == {None}


def _fields(figure: Outcome) -> dict:
    return {name: getattr(figure, name) for name in Outcome.__slots__}


def test_an_error_bar_that_no_number_holds_ends_at_one_that_does():
    """Lots may say anything from 1e-9 kg to 1e9 kg."""
    wild = [outcome(f"{i}", log_ratio) for i, log_ratio in enumerate((-200.0, 0.0, 400.0))]

    assert all(bias.upper_pct is not None and 1e250 < bias.upper_pct < inf for bias in biases(wild))
