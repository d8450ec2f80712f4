"""Plants that differ from the literature: their own lots put the model right."""

from dataclasses import replace

import numpy as np
import pytest

from recycler.lot import Measure
from recycler.model.evaluation.simulated_plants import simulated_plant, summary
from recycler.model.recovery import RecoveryModel

DYSPROSIUM, RECOVERED = "mass_fraction:Dy", "recovered_kg:Dy"


@pytest.fixture(scope="module")
def outcomes(tables, model):
    """Of plants with half the dysprosium and 0.6 of the yields, before and after 50 lots each."""
    before, after = [], []
    for number in range(6):
        generator = np.random.default_rng([11, number])
        plant = simulated_plant("own", model, generator, {"ratio:Dy": 0.5}, 0.6)
        own, further = plant.lots(50, generator), plant.lots(60, generator)
        before += model.outcomes(further)
        after += RecoveryModel().fit(tables, own).outcomes(further)
    return before, after


@pytest.mark.slow
def test_fifty_lots_take_the_bias_away(outcomes):
    before, after = ({name: bias for name, bias, _, _ in summary(found)} for found in outcomes)
    assert before[DYSPROSIUM] > 0.5
    assert before[RECOVERED] > 0.5
    assert all(abs(bias) < 0.05 for bias in after.values()), after


@pytest.mark.slow
@pytest.mark.parametrize("measure", Measure)
def test_after_fifty_lots_intervals_hold_what_they_promise(outcomes, measure):
    _, after = outcomes
    assert 0.85 <= inside(o for o in after if o.measure == measure) <= 0.97


def inside(outcomes):
    """Share of the figures that lie in their 90 % interval."""
    return np.mean([o.bounds[-1][0] <= o.measured <= o.bounds[-1][1] for o in outcomes])


@pytest.mark.slow
def test_intervals_narrow_to_what_the_plant_knows(outcomes):
    before, after = (
        np.median([o.bounds[-1][1] / o.bounds[-1][0] for o in found if o.element == "Dy"])
        for found in outcomes
    )
    assert after < before / 3


def test_a_plant_that_nobody_has_learned_from_gets_the_answer_of_any_other(model, tables):
    """Naming a plant changes nothing until the model has seen lots of it."""
    generator = np.random.default_rng(5)
    plant = simulated_plant("own", model, generator, {"ratio:Dy": 0.5})
    lots = plant.lots(12, generator)
    trained = RecoveryModel().fit(tables, lots)
    strange, known = (
        [
            o.median
            for o in trained.outcomes(plant_of(lots, name))
            if (o.measure, o.element) == (Measure.MASS_FRACTION, "Dy")
        ]
        for name in ("elsewhere", "own")
    )
    assert np.mean(strange) > 1.3 * np.mean(known)


def plant_of(lots, name):
    """The same lots, said to be of another plant."""
    return [replace(lot, plant=name) for lot in lots]
