"""Folds are honest: nothing of what is held out is learned, or looked at."""

from dataclasses import replace

import numpy as np
import pytest

from recycler.model.evaluation import BASELINES, MODEL, Part, content_folds, presence_folds
from recycler.model.evaluation.conformal import KinOut
from recycler.model.factors.observations import ELEMENT_CONTENT, MAGNET_MASS, ND_FRACTION


def test_no_fold_trains_on_a_primary_source_that_it_holds_out(tables):
    for fold in content_folds(tables):
        held = {primary for target in fold.held_out for primary in target.at.primaries}
        assert not any(held & found.primaries for found in fold.training)
        assert not any(held & target.at.primaries for target in fold.known)


def test_no_presence_fold_trains_on_the_product_that_it_holds_out(tables):
    for fold in presence_folds(tables):
        held = {target.subtype for target in fold.held_out}
        assert held == {fold.left_out}
        assert not any(row.subtype in held for row in fold.training)
        assert not any(target.subtype in held for target in fold.known)


def test_what_other_methods_may_learn_is_what_the_model_may_learn(tables):
    """The known figures are the exact ones of the observations to train on, no more and no less."""
    for fold in content_folds(tables):
        exact = {found.row_id for found in fold.training if not found.side}
        assert {target.row_id for target in fold.known} <= exact


@pytest.mark.parametrize("name", [MODEL, *BASELINES])
def test_no_method_looks_at_what_a_fold_holds_out(made, methods, name):
    """Another truth in the held-out figures changes no prediction."""
    for part in (Part.CONTENT, Part.PRESENCE):
        fold = next(f for f in made if f.part is part and len(f.held_out) == 3)
        lies = tuple(replace(t, value=t.value + 5, at=lying(t.at)) for t in fold.held_out)
        honest, lied = methods[name](fold), methods[name](replace(fold, held_out=lies))
        for target, lie in zip(fold.held_out, lies, strict=True):
            np.testing.assert_array_equal(honest(target), lied(lie))


def lying(at):
    return at and replace(at, value=at.value + 5)


def test_the_conformal_baseline_calibrates_on_sources_that_it_did_not_train_on(made):
    fold = made[0]
    known = fold.known
    tested = []
    for train, test in KinOut(known).split():
        kin = set().union(*(known[i].kin for i in test))
        assert not any(known[i].kin & kin for i in train)
        tested += test.tolist()
    assert sorted(tested) == list(range(len(known)))


def test_every_figure_is_held_out_at_most_once(made):
    held = [(t.factor, t.row_id, t.element) for fold in made for t in fold.held_out]
    assert len(held) == len(set(held))
    assert {"presence", "magnet_mass", "element_content", "ratio:Dy"} <= {h[0] for h in held}


def test_bounds_and_excluded_rows_are_never_targets(tables):
    held = [target.at for fold in content_folds(tables) for target in fold.held_out]
    by_table = (
        (tables.contents, {o.row_id for o in held if o.factor == ELEMENT_CONTENT}),
        (tables.magnet_masses, {o.row_id for o in held if o.factor == MAGNET_MASS}),
        (tables.compositions, {o.row_id for o in held if o.terms[0] == ND_FRACTION}),
    )
    for rows, targets in by_table:
        assert targets
        assert not targets & {row.row_id for row in rows if row.excluded}
    assert all(found.side == 0 for found in held)
