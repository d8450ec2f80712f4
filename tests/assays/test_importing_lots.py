"""An import stores all lots or none, on both databases."""

import pytest
from assay_samples import found, make_lot

from recycler.assays import DuplicateLotError, Imported


def test_an_import_adds_all_and_counts_what_was_there(store):
    store.add(make_lot("b"))
    given = [make_lot(name) for name in "abc"]

    assert store.add_all(given) == Imported(added=2, unchanged=1)
    assert store.add_all(iter(given)) == Imported(added=0, unchanged=3)
    assert found(store) == ["b", "a", "c"]


def test_a_lot_that_comes_twice_in_one_import_is_added_once(store):
    assert store.add_all([make_lot(), make_lot()]) == Imported(added=1, unchanged=1)


@pytest.mark.parametrize("wrong_at", [0, 3, 700])
def test_a_lot_with_other_content_stops_an_import_and_nothing_of_it_stays(store, wrong_at):
    stored, _ = store.add(make_lot("taken"))
    given = [make_lot(f"lot-{i}") for i in range(800)]
    given.insert(wrong_at, make_lot("taken", nd=0.1))

    with pytest.raises(DuplicateLotError, match=f"^Lot {wrong_at + 1} of those") as refused:
        store.add_all(given)

    assert (refused.value.position, refused.value.assay_id) == (wrong_at, stored.assay_id)
    assert found(store) == ["taken"]


@pytest.mark.parametrize("between", [0, 700])
def test_one_name_with_two_contents_in_one_import_is_refused(store, between):
    given = [make_lot(), *(make_lot(f"x-{i}") for i in range(between)), make_lot(nd=0.1)]

    with pytest.raises(DuplicateLotError) as refused:
        store.add_all(given)

    assert refused.value.position == between + 1
    assert found(store) == []


def test_an_import_whose_source_fails_leaves_nothing(store):
    def failing():
        for i in range(1000):
            yield make_lot(f"lot-{i}")
        raise RuntimeError("the file ended early")

    with pytest.raises(RuntimeError, match="ended early"):
        store.add_all(failing())

    assert found(store) == []
    assert store.add_all([make_lot()]) == Imported(added=1, unchanged=0)


def test_importing_nothing_is_no_error(store):
    assert store.add_all([]) == Imported(added=0, unchanged=0)
