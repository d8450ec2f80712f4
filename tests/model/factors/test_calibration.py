"""How far spreads are stretched: by errors on sources left out, and by nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from recycler.model.factors.calibration import LEVELS, left_out, stretches
from recycler.model.factors.observations import ND_FRACTION, Observation, observe, ratio_term


def figure(source: str, value: float, *, row: str = "1", element: str = "Nd") -> Observation:
    """A mass fraction of one magnet."""
    terms = (ND_FRACTION,) if element == "Nd" else (ND_FRACTION, ratio_term(element))
    return Observation(
        row_id=f"{source}_{row}",
        factor=terms[-1],
        element=element,
        terms=terms,
        value=value,
        category="hdd",
        subtype="hdd_mixed",
        log_product_mass=0.0,
        source=source,
        source_id=source,
        primaries=frozenset({source}),
        sample=f"{source}_{row}",
    )


def alike(count: int, spread: float) -> tuple[list[Observation], np.ndarray]:
    """One figure from each of so many sources, and a covariance that promises a spread of 1."""
    numbers = np.random.default_rng(5).normal(scale=spread, size=count)
    return [figure(f"source{i}", float(n)) for i, n in enumerate(numbers)], np.eye(count)


def test_spreads_that_hold_are_left_alone():
    figures, covariance = alike(300, spread=1.0)
    found = stretches(figures, covariance, lambda *_: 1.0)
    assert found[ND_FRACTION] == pytest.approx(1.0, abs=0.1)


def test_spreads_that_promise_too_much_are_stretched_by_as_much():
    figures, covariance = alike(300, spread=2.0)
    found = stretches(figures, covariance, lambda *_: 1.0)
    assert found[ND_FRACTION] == pytest.approx(2.0, rel=0.15)


def test_spreads_are_never_narrowed():
    """Errors may be small by luck; the fitted spread is the least that is promised."""
    figures, covariance = alike(300, spread=0.3)
    assert stretches(figures, covariance, lambda *_: 1.0)[ND_FRACTION] == 1.0


def test_few_sources_stretch_a_little_even_if_they_err_as_promised():
    """The one to come may be the worst of all: one more error counts as larger."""
    figures, covariance = alike(3, spread=0.0)
    assert 1.0 < stretches(figures, covariance, lambda *_: 1.0)[ND_FRACTION] < 1.5


def test_a_source_has_one_vote_however_often_it_prints():
    """Thirty figures of the source that is far off stretch as far as one of it does."""
    figures, _ = alike(40, spread=1.0)
    far = figure("far", 4.0)
    again = [replace(far, row_id=f"far_{i}") for i in range(30)]
    once, often = [*figures, far], [*figures, *again]
    assert stretches(once, np.eye(len(once)), lambda *_: 1.0) == pytest.approx(
        stretches(often, np.eye(len(often)), lambda *_: 1.0)
    )


def test_a_source_is_predicted_from_others_alone():
    """Two figures of a source that agree perfectly do not vouch for one another."""
    figures = [figure("a", 3.0), figure("a", 3.0, row="2"), figure("b", 0.0)]
    covariance = np.eye(3) + np.array([[1.0, 1.0, 0], [1.0, 1.0, 0], [0, 0, 1.0]])
    found = {miss.found.row_id: miss.z for miss in left_out(figures, covariance)}
    assert found["a_1"] == pytest.approx(3.0 / np.sqrt(2.0))


def test_a_shared_primary_publication_is_left_out_with_the_source():
    """What a compilation repeats does not speak for the publication that it goes back to."""
    copy = replace(figure("b", 3.0), primaries=frozenset({"a"}))
    figures, covariance = [figure("a", 3.0), copy], np.ones((2, 2)) + np.eye(2)
    assert not list(left_out(figures, covariance))


def test_other_elements_are_judged_by_their_ratio_to_the_neodymium_beside_them():
    """Nd and Dy of one sample err together: their ratio is what the analysis tells of Dy."""
    figures = [figure("a", 2.0), figure("a", 2.5, element="Dy"), figure("b", 0.0)]
    covariance = np.diag([1.0, 1.25, 1.0]) + np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 0]])
    found = {miss.terms: miss.z for miss in left_out(figures, covariance)}
    assert found[ratio_term("Dy"),] == pytest.approx(0.5 / np.sqrt(0.25))


def test_errors_beyond_all_measure_stretch_as_far_as_is_looked_for():
    figures = [figure(f"source{i}", 1e6 * (-1) ** i) for i in range(60)]
    found = stretches(figures, np.eye(60), lambda *_: 1.0)[ND_FRACTION]
    assert 5.0 < found < 8.0


def test_two_neodymium_figures_of_one_sample_are_no_ratio():
    """Their difference tells nothing of how sources differ."""
    figures = [figure("a", 2.0), replace(figure("a", 2.0), row_id="a_2"), figure("b", 0.0)]
    found = [miss.z for miss in left_out(figures, np.eye(3)) if miss.found.source == "a"]
    assert found == pytest.approx([2.0, 2.0])


def test_the_published_figures_ask_for_little(model, tables):
    """Stretches of the fitted model: between none and half as much again."""
    found = model.factors_.content.stretches_
    terms = {term for figure in observe(tables) for term in figure.terms}
    assert set(found) <= terms
    assert all(1.0 <= stretch < 1.5 for stretch in found.values())
    assert LEVELS == (0.8, 0.9)
