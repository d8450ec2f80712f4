"""A batch holds what its sender said, and an error names every field that is wrong."""

from dataclasses import FrozenInstanceError

import pytest

from recycler.batch import (
    Batch,
    CoercivityClass,
    FieldError,
    InvalidBatchError,
    LineItem,
    Origin,
    Reading,
)


def test_what_was_not_said_stays_unsaid():
    line = LineItem(category="phone", count=3)
    said = {"category": "phone", "count": 3, "origin": Origin.END_OF_LIFE}
    assert {name: getattr(line, name) for name in line.__slots__} == dict.fromkeys(
        line.__slots__
    ) | said


def test_a_batch_cannot_be_changed_after_it_was_sent():
    batch = Batch(items=(LineItem(category="phone", count=3),))
    with pytest.raises(FrozenInstanceError):
        batch.level = 0.5


def test_equal_batches_are_equal_and_look_the_same():
    """An estimate's id is a digest of the batch as it is written out."""
    batch, again = (Batch(items=(LineItem("magnet", mass_kg=1.5),), level=0.8) for _ in range(2))
    assert batch == again
    assert repr(batch) == repr(again)


def test_a_reading_below_detection_is_not_the_limit_itself():
    assert Reading(0.0005, below_detection=True) != Reading(0.0005)


def test_coercivity_classes_rise():
    assert "".join(CoercivityClass) == "noneMHSHUHEHAH"


def test_an_invalid_batch_names_every_field():
    error = InvalidBatchError(
        FieldError(pointer, message)
        for pointer, message in (("/level", "is 2"), ("/items/0/count", "is missing"))
    )
    assert [e.pointer for e in error.errors] == ["/level", "/items/0/count"]
    assert str(error) == "/level: is 2; /items/0/count: is missing"
