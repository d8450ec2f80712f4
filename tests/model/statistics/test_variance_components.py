"""Sparse sums of variance components against the dense matrices that they stand for."""

import numpy as np
import pytest

from recycler.model.statistics.variance_components import VarianceComponents

ROWS, EFFECTS, SCALES = 7, 9, 4


@pytest.fixture
def problem():
    """A design with few effects a row, their scales (the last effect has none), and groups."""
    generator = np.random.default_rng(3)
    design = generator.standard_normal((ROWS, EFFECTS))
    design[generator.random((ROWS, EFFECTS)) < 0.6] = 0.0
    owner = np.array([0, 0, 1, 1, 1, 2, 2, 0, SCALES])
    group = np.array([2, 3, 3, 3, 2, 3, 3])
    weight = generator.uniform(0.3, 1.0, ROWS)
    return design, owner, group, weight


def dense(problem) -> list[np.ndarray]:
    """The matrix of each scale."""
    design, owner, group, weight = problem
    return [
        design[:, owner == scale] @ design[:, owner == scale].T
        + np.diag(np.where(group == scale, 1 / weight, 0.0))
        for scale in range(SCALES)
    ]


def test_the_sum_is_that_of_the_matrices(problem):
    variances = np.array([0.5, 2.0, 1.5, 0.3])
    expected = sum(v * m for v, m in zip(variances, dense(problem), strict=True))
    found = VarianceComponents(*problem, SCALES).sum(variances)
    assert np.allclose(np.tril(found), np.tril(expected))


def test_traces_are_those_with_each_matrix_and_only_the_lower_half_counts(problem):
    half = np.random.default_rng(4).standard_normal((ROWS, ROWS))
    symmetric = np.tril(half) + np.tril(half, -1).T
    expected = [np.trace(symmetric @ matrix) for matrix in dense(problem)]
    components = VarianceComponents(*problem, SCALES)
    assert components.traces(symmetric) == pytest.approx(expected)
    assert components.traces(np.tril(symmetric)) == pytest.approx(expected)
