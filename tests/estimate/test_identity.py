"""The id of an answer: the same for the same question and model, another one for any other."""

from dataclasses import fields, replace

import numpy as np
import pytest

from recycler.batch import (
    Assay,
    Batch,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Origin,
    Reading,
)
from recycler.estimate.identity import identify

LINE = LineItem(
    "motor",
    count=3,
    magnet=DeclaredMagnet(composition={"Nd": 0.25}),
    assay=Assay(({"Nd": Reading(0.25), "Dy": Reading(0.001, below_detection=True)},)),
)
BATCH = Batch((LINE,))

OTHER_LINES = {
    "category": "speaker",
    "subtype": "ebike_motor",
    "count": 4,
    "mass_kg": 3.0,
    "year": 2017,
    "unit_mass_kg": 1.5,
    "rated_power_kw": 0.25,
    "state": FeedState.SHREDDED,
    "origin": Origin.SWARF,
    "magnet": DeclaredMagnet(MagnetType.NDFEB, composition={"Nd": 0.25}),
    "assay": Assay(({"Nd": Reading(0.25), "Dy": Reading(0.001)},)),
    "line_id": "a",
}
OTHER_BATCHES = {
    "items": (LINE, LINE),
    "route": "hydrogen_decrepitation",
    "level": 0.8,
    "collected_year": 2026,
    "batch_id": "a",
    "plant": "north",
}


def test_the_same_question_has_the_same_id():
    assert identify(replace(BATCH), "v1") == identify(BATCH, "v1")
    assert len(identify(BATCH, "v1")) == 32


def test_the_cases_below_are_all_fields_that_there_are():
    assert OTHER_LINES.keys() == {field.name for field in fields(LineItem)}
    assert OTHER_BATCHES.keys() == {field.name for field in fields(Batch)}


@pytest.mark.parametrize("name", OTHER_LINES)
def test_a_line_that_differs_in_any_field_has_another_id(name):
    other = replace(BATCH, items=(replace(LINE, **{name: OTHER_LINES[name]}),))
    assert identify(other, "v1") != identify(BATCH, "v1")


@pytest.mark.parametrize("name", OTHER_BATCHES)
def test_a_batch_that_differs_in_any_field_has_another_id(name):
    other = replace(BATCH, **{name: OTHER_BATCHES[name]})
    assert identify(other, "v1") != identify(BATCH, "v1")


def test_another_model_and_another_question_have_other_ids():
    told = [("v1",), ("v2",), ("v1", "Nd 0.1"), ("v1", "Nd 0.2"), ("v1", "Nd", "0.1")]
    assert len({identify(BATCH, *one) for one in told}) == len(told)


def test_numbers_of_numpy_are_the_numbers_that_they_are():
    told = replace(BATCH, items=(LineItem("motor", mass_kg=np.float64(2.5), year=np.int64(2017)),))
    plain = replace(BATCH, items=(LineItem("motor", mass_kg=2.5, year=2017),))
    assert identify(told, "v1") == identify(plain, "v1")
