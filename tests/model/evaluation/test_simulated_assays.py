"""Intervals after an assay hold the truth as often as they say, in lots whose truth is known."""

import numpy as np
import pytest

from recycler.model.evaluation.simulated_assays import LEVELS, simulate

MEASURED = ("Nd", "Pr", "Dy", "Tb")
LIMITS = {"Dy": 0.02, "Tb": 0.005}


def pooled(outcomes) -> dict[float, float]:
    return {level: np.mean([outcomes[e].coverage[level] for e in MEASURED]) for level in LEVELS}


@pytest.mark.parametrize("limits", [{}, LIMITS], ids=["values", "censored"])
def test_intervals_hold_after_an_assay(model, limits):
    """A small sample of the slow check below: 4 elements of 40 lots, 4 standard errors wide."""
    held = pooled(simulate(model, 3, 40, limits=limits))
    for level in LEVELS:
        assert held[level] == pytest.approx(level, abs=4 * (level * (1 - level) / 160) ** 0.5)


def test_intervals_narrow_with_every_piece(model):
    widths = [simulate(model, k, 25)["Dy"].widths for k in (0, 1, 3, 10, 30)]
    medians = [float(np.median(found)) for found in widths]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] < 0.35 * medians[0]


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{}, LIMITS], ids=["values", "censored"])
@pytest.mark.parametrize("pieces", [1, 3, 10, 30])
def test_coverage_holds_at_every_number_of_pieces(model, pieces, limits):
    """90 % intervals hold 85 to 95 %, and 50 and 80 % ones as nearly."""
    held = pooled(simulate(model, pieces, 300, limits=limits, seed=7))
    assert held[0.5] == pytest.approx(0.5, abs=0.06)
    assert held[0.8] == pytest.approx(0.8, abs=0.05)
    assert 0.85 < held[0.9] < 0.95


@pytest.mark.slow
def test_medians_are_not_off_on_average(model):
    for pieces in (1, 10, 30):
        found = simulate(model, pieces, 300, seed=8)
        for element in MEASURED:
            errors = found[element].errors
            assert abs(errors.mean()) < 4 * errors.std() / len(errors) ** 0.5 + 0.02
