"""Folds of the tables, and what every method scores on some of them."""

import pytest

from recycler.model.evaluation import BASELINES, MODEL, Part, folds, product_method, score_fold


@pytest.fixture(scope="session")
def made(tables):
    """Every fold."""
    return folds(tables)


@pytest.fixture(scope="session")
def methods(tables):
    """The model and its baselines, by name."""
    return {MODEL: product_method(tables), **BASELINES}


@pytest.fixture(scope="session")
def scores(made, methods):
    """Scores of every method in two small folds on contents and one on presence."""
    content = [fold for fold in made if fold.part is Part.CONTENT and len(fold.held_out) == 3]
    presence = [fold for fold in made if fold.part is Part.PRESENCE]
    return [s for fold in (*content[:2], presence[-1]) for s in score_fold(fold, methods)]
