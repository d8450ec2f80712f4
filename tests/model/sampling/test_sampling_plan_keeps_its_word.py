"""Simulated lots, assayed as planned and estimated by the real conditioning.

The simulation is that of benchmarks/sampling_plan.py.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

from recycler.plan import ASSURANCE

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "sampling_plan.py"


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("sampling_plan_simulation", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_most_lots_come_out_no_wider_than_planned(simulation, model):
    """40 lots of 30 magnets: fewer than 26 below the plan is one chance in a hundred."""
    batch, element, target = simulation.CASES["30 magnets, Dy 30 %"]
    found = simulation.play(model, batch, element, target, lots=40, seed=3)
    assert found.plan.reachable
    assert found.kept >= 26 / 40


@pytest.mark.slow
def test_every_case_keeps_its_word_in_four_lots_of_five(simulation, model):
    """100 lots a case: 70 % is 80 less two and a half errors of so many.

    Nor are pieces wasted: the median lot comes out at more than half of the width planned.
    """
    found = {
        name: simulation.play(model, *case, lots=100, seed=5)
        for name, case in simulation.CASES.items()
    }
    kept = {name: result.kept for name, result in found.items()}
    assert min(kept.values()) >= ASSURANCE - 0.1, kept
    assert sum(kept.values()) / len(kept) >= ASSURANCE, kept
    assert all(sorted(r.widths)[50] > r.plan.after * 0.5 for r in found.values())
