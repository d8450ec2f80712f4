"""The estimators behave as scikit-learn's: parameters in, clones out, pickles that answer alike."""

import pickle

import pytest
from sklearn.base import clone

from recycler.batch import Batch, LineItem
from recycler.model.factors.composition import SamariumCobaltModel
from recycler.model.factors.content import ContentModel
from recycler.model.factors.presence import PresenceModel
from recycler.model.factors.stage_yield import StageYieldModel
from recycler.model.recovery import RecoveryModel
from recycler.model.statistics.mixed_effects import MixedEffectsRegressor

BATCH = Batch((LineItem("phone", count=30), LineItem("magnet", mass_kg=2.0)))


@pytest.mark.parametrize(
    "estimator",
    [
        RecoveryModel(seed=5, draws=300),
        ContentModel(parent_spread=0.3),
        PresenceModel(spread=0.2),
        StageYieldModel(),
        SamariumCobaltModel(),
        MixedEffectsRegressor(blocks=["a"], tolerance=1e-6),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_parameters_survive_cloning(estimator):
    copy = clone(estimator)
    assert copy is not estimator
    assert copy.get_params() == estimator.get_params()
    assert type(estimator)(**estimator.get_params()).get_params() == estimator.get_params()


def test_a_pickled_model_answers_alike(model):
    before = model.estimate(BATCH)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.estimate(BATCH) == before


def test_draws_are_not_part_of_the_artefact(model):
    """What a process has drawn stays with it: estimating does not make the artefact larger."""
    size = len(pickle.dumps(clone(model).set_params(draws=50)))
    fresh = len(pickle.dumps(model))
    model.estimate(BATCH)
    assert len(pickle.dumps(model)) == fresh > size


def test_another_seed_draws_other_numbers_around_the_same_answer(tables, model):
    other = RecoveryModel(seed=1).fit(tables)
    here, there = (m.estimate(BATCH).totals.total_ree.contained_kg for m in (model, other))
    assert here != there
    assert here.median == pytest.approx(there.median, rel=0.06)
    assert here.upper == pytest.approx(there.upper, rel=0.15)


def test_an_unfitted_model_says_so():
    with pytest.raises(ValueError, match="not fitted"):
        RecoveryModel().estimate(BATCH)
