"""Shares of the variance: what an interval owes its width to."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recycler.batch import Assay, Batch, DeclaredMagnet, LineItem, MagnetType, Reading
from recycler.model.estimation.variance import Part, line_shares, log_factors, total_shares
from recycler.reference import load_tables

PRODUCTS = [(p.category, p.subtype) for p in load_tables().products]

lines = st.builds(
    lambda product, size, by_mass: LineItem(
        *product, count=None if by_mass else size, mass_kg=float(size) if by_mass else None
    ),
    st.sampled_from(PRODUCTS),
    st.integers(1, 10**6),
    st.booleans(),
)
often = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def made_up(draws: int = 50_000, noise: float = 0.5):
    """A mass whose factors have log-sds 0.1, 0.4, 0.2 and 0.3, and pieces `noise`."""
    random = np.random.default_rng(1)
    presence, magnet, fraction, kept = np.exp(
        np.array([[0.1], [0.4], [0.2], [0.3]]) * random.standard_normal((4, draws))
    )
    contained = (presence * magnet * fraction)[None]
    scatter = contained * noise * random.standard_normal((1, draws))
    return log_factors(presence, presence * magnet, contained, kept[None], scatter)


def test_independent_factors_share_by_their_variances():
    found = line_shares(made_up(), pieces=1e12)
    expected = np.array([0.01, 0.16, 0.04, 0.09, 0.0]) / 0.30
    assert astuple(found) == pytest.approx(expected, abs=0.01)


def test_scatter_of_pieces_counts_as_the_log_normal_of_its_variance():
    for pieces in (1, 4, 100):
        scatter = np.log1p(0.25 / pieces)
        found = line_shares(made_up(), pieces).unit_scatter
        assert found == pytest.approx(scatter / (0.30 + scatter), abs=0.01)


def test_shares_of_two_alike_lines_are_those_of_one_with_the_pieces_of_both():
    factors = made_up()
    together = total_shares([Part(factors, 3.0, 30.0), Part(factors, 3.0, 30.0)])
    assert astuple(together) == pytest.approx(astuple(line_shares(factors, 60.0)), abs=2e-3)


def test_nothing_that_varies_has_no_shares():
    ones = np.ones(10)
    fixed = log_factors(ones, ones, ones[None], ones[None], 0 * ones[None])
    assert line_shares(fixed, 1.0) is None
    assert log_factors(ones, ones, 0 * ones[None], ones[None], 0 * ones[None]) is None
    assert line_shares(None, 1.0) is None
    assert total_shares([Part(None, 1.0, 1.0)]) is None


@often
@given(st.lists(lines, min_size=1, max_size=4))
def test_shares_add_up_to_one(model, items):
    prediction = model.estimate(Batch(tuple(items)))
    for part in (prediction.totals, *prediction.items):
        assert sum(astuple(part.variance_shares)) == pytest.approx(1.0, abs=3e-4)


@often
@given(lines)
def test_a_batch_of_one_line_has_the_shares_of_its_line(model, line):
    """Up to the rounding of the number of pieces that a line's scatter is taken for."""
    prediction = model.estimate(Batch((line,)))
    of_line, of_batch = prediction.items[0].variance_shares, prediction.totals.variance_shares
    assert astuple(of_line) == pytest.approx(astuple(of_batch), abs=0.02)


def test_magnets_without_rare_earths_have_no_shares(estimate):
    found = estimate(LineItem("speaker", count=5, magnet=DeclaredMagnet(MagnetType.FERRITE)))
    assert found.totals.variance_shares is found.items[0].variance_shares is None


def test_a_batch_has_shares_although_one_of_its_lines_has_none(estimate):
    ferrite = LineItem("speaker", count=5, magnet=DeclaredMagnet(MagnetType.FERRITE))
    phones = LineItem("phone", "smartphone", count=500)
    mixed = estimate(ferrite, phones).totals.variance_shares
    assert mixed == estimate(phones).totals.variance_shares


def test_a_declared_mass_sends_the_share_of_the_mass_down(estimate):
    line = LineItem("motor", "ev_traction_motor", count=100)
    told = replace(line, magnet=DeclaredMagnet(MagnetType.NDFEB, mass_g=1500.0))
    before, after = (estimate(found).totals.variance_shares for found in (line, told))
    assert after.magnet_mass < before.magnet_mass / 5


def test_a_declared_type_leaves_nothing_to_presence(estimate):
    line = LineItem("appliance", "washing_machine_motor", count=1000, year=2005)
    told = replace(line, magnet=DeclaredMagnet(MagnetType.NDFEB))
    before, after = (estimate(found).totals.variance_shares for found in (line, told))
    assert before.presence > 0.1
    assert after.presence == 0.0


def test_an_assay_sends_the_share_of_the_composition_down(estimate):
    line = LineItem("magnet", mass_kg=100.0)
    sample = {"Nd": Reading(0.24), "Pr": Reading(0.06), "Dy": Reading(0.02)}
    told = replace(line, assay=Assay((sample,) * 10))
    before, after = (estimate(found).totals.variance_shares for found in (line, told))
    assert after.composition < before.composition / 2


def test_scatter_of_single_pieces_matters_for_few_only(estimate):
    shares = [
        estimate(LineItem("phone", "smartphone", count=count)).totals.variance_shares.unit_scatter
        for count in (1, 10, 100, 10_000)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 100 * shares[-1]


def test_weighed_magnets_owe_nothing_to_mass_or_presence(estimate):
    found = estimate(LineItem("magnet", mass_kg=100.0)).totals.variance_shares
    assert found.magnet_mass == found.presence == 0.0
