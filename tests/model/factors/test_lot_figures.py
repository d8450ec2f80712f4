"""Lots of one plant become one mean and a scatter: rules on figures whose truth is known."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from recycler.model.factors.lot_figures import LotFigure, pool, prior_scatter, single

BLANK = LotFigure("", "plant:own", "motor", "ev_traction_motor", 1.0, "ratio:Dy", 0.0, 0.01)


def figures(values, **changes):
    """One lot per value."""
    return [replace(BLANK, lot=str(i), value=v, **changes) for i, v in enumerate(values)]


def test_no_lots_say_nothing():
    observations, scatter = pool([])
    assert observations == []
    assert scatter.spreads == {}


def test_the_mean_of_a_plant_and_its_scatter_are_found():
    rng = np.random.default_rng(1)
    values = -2.0 + 0.3 * rng.standard_normal(400)
    (found,), scatter = pool(figures(values, variance=1e-6))
    assert found.value == pytest.approx(values.mean(), abs=1e-3)
    assert found.variance == pytest.approx(values.var() / 400, rel=0.1)
    assert scatter.spreads["ratio:Dy"] == pytest.approx(0.3, rel=0.1)
    assert (found.source, found.lots, found.terms) == ("plant:own", 400, ("ratio:Dy",))


def test_what_measurements_leave_open_is_no_scatter_of_lots():
    rng = np.random.default_rng(2)
    noisy = -2.0 + np.hypot(0.2, 0.4) * rng.standard_normal(400)
    _, scatter = pool(figures(noisy, variance=0.4**2))
    assert scatter.spreads["ratio:Dy"] == pytest.approx(0.2, abs=0.07)


def test_a_single_lot_leaves_the_scatter_near_what_was_thought():
    _, scatter = pool(figures([-2.0]))
    assert scatter.spreads["ratio:Dy"] == pytest.approx(prior_scatter("ratio:Dy"), rel=0.5)


def test_lots_below_detection_pull_the_mean_down_as_far_as_they_should():
    """Half of the lots lie below a limit: the mean comes out as if all had been measured."""
    rng = np.random.default_rng(3)
    truth = -3.0 + 0.4 * rng.standard_normal(300)
    seen = [replace(f, value=max(f.value, -3.0), below=f.value < -3.0) for f in figures(truth)]
    (found,), _ = pool(seen)
    assert found.side == 0
    assert found.value == pytest.approx(-3.0, abs=0.08)


def test_where_all_lots_lie_below_detection_only_a_bound_is_known():
    (found,), _ = pool(figures([log(0.002)] * 12, below=True))
    assert found.side == -1
    assert found.value == pytest.approx(log(0.002))


def test_plants_and_products_have_means_of_their_own_but_one_scatter():
    other = figures([-1.0, -1.1, -0.9], source="plant:other")
    observations, scatter = pool([*figures([-2.0, -2.1, -1.9]), *other])
    assert [round(found.value, 6) for found in observations] == [-1.0, -2.0]
    assert list(scatter.spreads) == ["ratio:Dy"]


def test_far_tails_stretch_the_law_of_lots():
    rng = np.random.default_rng(4)
    heavy = 0.1 * rng.standard_t(1.5, 200)
    _, scatter = pool(figures(heavy, variance=1e-6))
    _, calm = pool(figures(0.1 * rng.standard_normal(200), variance=1e-6))
    assert calm.stretches["ratio:Dy"] < 1.1
    assert calm.stretches["ratio:Dy"] >= 1.0
    assert scatter.spreads["ratio:Dy"] > 2 * calm.spreads["ratio:Dy"]


def test_a_lot_by_itself_is_an_observation_of_one_lot():
    found = single(BLANK)
    assert (found.lots, found.element, found.variance) == (1, "Dy", 0.01)
