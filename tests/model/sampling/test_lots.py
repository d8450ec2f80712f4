"""An assay in closed form: what it takes off a lot's spread, and what it leaves alone."""

from math import expm1, inf

import numpy as np
import pytest

from recycler.model.sampling.lots import Lot
from recycler.model.statistics.common_numbers import CommonNumbers

DRAWS = 4000
NUMBERS = CommonNumbers(7, DRAWS)
SPREAD = 0.8
LOGS = SPREAD * NUMBERS.normal("the lot")


def lot(**changes) -> Lot:
    given = {
        "item": 0,
        "kg": np.exp(LOGS),
        "logs": LOGS,
        "scatter": 0.5,
        "laboratory": 0.03,
        "pieces": inf,
        "assayed": 0,
        "available": 100,
        "numbers": NUMBERS,
    }
    return Lot(**(given | changes))


def error(pieces: float, scatter: float = 0.5, laboratory: float = 0.03) -> float:
    return np.log1p(expm1(scatter**2) / pieces) + laboratory**2


@pytest.mark.parametrize("pieces", [1, 3, 10, 30, 100])
def test_the_share_taken_is_that_of_a_normal_update(pieces):
    expected = SPREAD**2 / (SPREAD**2 + error(pieces))
    assert lot().gain(pieces) == pytest.approx(expected, rel=1e-3)


def test_the_spread_left_is_that_of_a_normal_update_where_the_error_is_known():
    """Without scatter of pieces nothing is to be learned but the laboratory's error."""
    exact = lot(scatter=1e-6, laboratory=0.4)
    left = (exact.logs + exact.centre(5)).var()
    assert left == pytest.approx(SPREAD**2 * 0.4**2 / (SPREAD**2 + 0.4**2), rel=0.06)


def test_scatter_that_is_not_known_leaves_more_than_if_it_were():
    unsure = lot(laboratory=1e-3)
    left = (unsure.logs + unsure.centre(10)).var()
    known = SPREAD**2 * (1 - unsure.gain(10))
    assert 1.1 * known < left < 3 * known


def test_more_pieces_leave_less():
    left = [(LOGS + lot().centre(pieces)).std() for pieces in (1, 3, 10, 30, 100)]
    assert left == sorted(left, reverse=True)


def test_a_lot_assayed_to_the_last_piece_is_known_but_for_the_laboratory():
    whole = lot(pieces=10.0, available=10)
    assert whole.gain(10) == pytest.approx(SPREAD**2 / (SPREAD**2 + 0.03**2), rel=1e-6)
    assert (whole.logs + whole.centre(10)).std() == pytest.approx(0.03, rel=0.1)


def test_two_assays_take_what_one_of_all_their_pieces_takes():
    """Precisions add up: the first five pieces leave V5, and five more make ten of it."""
    once = SPREAD**2 * (1 - lot().gain(10))
    after_five = SPREAD**2 * (1 - lot().gain(5))
    rest = lot(logs=LOGS * np.sqrt(after_five) / SPREAD, assayed=5)
    assert after_five * (1 - rest.gain(5)) == pytest.approx(once, rel=1e-3)


def test_correlation_with_other_lines_falls_by_the_share_that_is_taken():
    other = LOGS + NUMBERS.normal("another lot")
    exact = lot(scatter=1e-6, laboratory=0.8)
    taken = exact.gain(1)
    left = np.mean((exact.logs + exact.centre(1)) * other) / np.mean(LOGS * other)
    assert left == pytest.approx(1 - taken, abs=0.04)


def test_lots_played_find_what_the_model_expects():
    """The assay's mean has the lot's variance and the error's, over all lots that could be."""
    exact = lot(scatter=1e-6, laboratory=0.4)
    mean, _ = exact.learned(4, np.arange(DRAWS))
    assert mean.var() == pytest.approx(SPREAD**2 + 0.4**2, rel=0.06)


def test_lots_played_scatter_differently_and_an_assay_tells():
    mean, seen = lot().learned(50, np.arange(DRAWS))
    assert mean.std() > SPREAD
    ratio = np.quantile(seen, [0.1, 0.5, 0.9]) / expm1(0.25)
    assert ratio[0] < 0.65 < 1.0 < ratio[1] < 1.4 < 2.5 < ratio[2]
    width = [(LOGS + change).std() for change in lot().updated(50, np.zeros(2), seen[:2])]
    assert (width[0] < width[1]) == (seen[0] < seen[1])


def test_a_single_piece_tells_nothing_of_scatter():
    _, seen = lot().learned(1, np.arange(10))
    assert seen == pytest.approx(np.full(10, expm1(0.25)))
