"""A model fitted once for all tests of this folder, and short ways to ask it."""

from collections.abc import Callable

import pytest

from recycler.batch import Batch, LineItem
from recycler.estimate import Prediction
from recycler.model.recovery import RecoveryModel
from recycler.reference import Tables, load_tables


@pytest.fixture(scope="session")
def tables() -> Tables:
    return load_tables()


@pytest.fixture(scope="session")
def model(tables: Tables) -> RecoveryModel:
    return RecoveryModel().fit(tables)


@pytest.fixture(scope="session")
def estimate(model: RecoveryModel) -> Callable[..., Prediction]:
    """Estimate a batch of the given lines."""

    def ask(*items: LineItem, **batch) -> Prediction:
        return model.estimate(Batch(items=items, **batch))

    return ask
