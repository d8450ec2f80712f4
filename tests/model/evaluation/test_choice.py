"""Priors are chosen by what they predict, and no source has a say in how it is predicted itself."""

from collections import defaultdict

import numpy as np
import pytest

from recycler.model.evaluation import (
    MODEL,
    UNSEEN,
    Part,
    Score,
    alternatives,
    candidate,
    choose,
    chosen,
    presence_folds,
    product_method,
    score_fold,
    with_choices,
)
from recycler.model.factors.priors import ALTERNATIVES, USUAL, Priors

VALUES = ALTERNATIVES["parent_spread"]


def score_of(method: str, left_out: str, crps: float, **changes) -> Score:
    """A score of which only the CRPS matters."""
    given = {
        "method": method,
        "left_out": left_out,
        "factor": "magnet_mass",
        "element": "",
        "category": "phone",
        "subtype": "smartphone",
        "source": left_out,
        "row_id": "row-1",
        "measured": 0.0,
        "median": 0.0,
        "bounds": ((-1.0, 1.0), (-2.0, 2.0), (-3.0, 3.0)),
        "below": 0.5,
        "upto": 0.5,
        "crps": crps,
    }
    return Score(**(given | changes))


def scores_of(crps: dict[str, tuple[float, ...]]) -> list[Score]:
    """What a fold left out -> CRPS of each alternative there, beside a baseline."""
    return [
        score_of(method, left_out, value)
        for left_out, values in crps.items()
        for method, value in zip((*map(candidate, VALUES), "mean"), (*values, 1.0), strict=True)
    ]


def test_the_best_by_all_folds_is_chosen():
    choice = choose(Part.CONTENT, scores_of({"a": (0.2, 0.5), "b": (0.9, 0.3)}))
    assert choice.crps == pytest.approx({0.7: 0.55, 1.4: 0.4})
    assert chosen([choice]) == Priors(parent_spread=1.4)


def test_a_fold_has_no_say_in_its_own_choice():
    """Source a alone likes 0.7, and only a is predicted without it."""
    choice = choose(Part.CONTENT, scores_of({"a": (0.0, 2.0), "b": (0.5, 0.4), "c": (0.5, 0.4)}))
    assert choice.by_fold == {"a": 1.4, "b": 0.7, "c": 0.7}


def test_folds_that_share_a_source_have_no_say_either():
    choice = choose(
        Part.CONTENT,
        scores_of({"a": (0.5, 0.5), "a+b": (0.0, 9.0), "c": (0.5, 0.4)}),
    )
    assert choice.by_fold["a"] == 1.4
    assert choice.by_fold["c"] == 0.7


def test_a_source_that_prints_much_has_one_vote():
    much = [
        score_of(candidate(value), "a", crps, row_id=f"row-{row}")
        for row in range(50)
        for value, crps in zip(VALUES, (0.1, 0.2), strict=True)
    ]
    choice = choose(Part.CONTENT, [*much, *scores_of({"b": (0.9, 0.2)})])
    assert choice.value == 1.4


def test_the_chosen_alternative_stands_for_the_model_and_baselines_stay():
    scores = scores_of({"a": (0.0, 2.0), "b": (0.5, 0.4)})
    found = with_choices(scores, [choose(Part.CONTENT, scores)])
    assert [(s.method, s.left_out, s.crps) for s in found] == [
        (MODEL, "a", 2.0),
        ("mean", "a", 1.0),
        (MODEL, "b", 0.5),
        ("mean", "b", 1.0),
    ]


def test_a_single_fold_leaves_nothing_to_choose_by():
    assert choose(Part.CONTENT, scores_of({"a": (0.9, 0.1)})).by_fold == {"a": 0.7}


def test_other_parts_are_left_to_their_own_choice():
    """Yields and presence have beliefs of their own."""
    scores = [
        *scores_of({"a": (0.2, 0.3), "b": (0.2, 0.3)}),
        *(score_of(candidate(v), "p", 0.1, factor="presence") for v in (0.5, 1.0, 2.0, 4.0, 8.0)),
    ]
    assert choose(Part.CONTENT, scores).by_fold.keys() == {"a", "b"}


def test_what_is_told_of_a_choice_counts_the_folds():
    told = choose(Part.CONTENT, scores_of({"a": (0.0, 2.0), "b": (0.5, 0.4)})).told()
    assert told["value"] == 0.7
    assert told["folds"] == {"0.7": 1, "1.4": 1}
    assert list(told["crps"]) == ["0.7", "1.4"]


def test_the_usual_priors_are_among_the_alternatives():
    for belief, values in ALTERNATIVES.items():
        assert getattr(USUAL, belief) in values
    assert all(USUAL in alternatives(part).values() for part in UNSEEN)


def test_alternatives_predict_differently(tables):
    """Each belief reaches the part of the model that it is about."""
    fold = next(f for f in presence_folds(tables) if f.held_out[0].category == "appliance")
    methods = {
        candidate(value): product_method(tables, priors=priors)
        for value, priors in alternatives(Part.PRESENCE).items()
    }
    crps: dict[str, float] = defaultdict(float)
    for score in score_fold(fold, methods):
        crps[score.method] += score.crps
    assert len(set(crps.values())) == len(methods)
    assert np.ptp(list(crps.values())) > 0.05
