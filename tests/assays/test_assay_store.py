"""What the store promises of each lot, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier, Thread

import pytest
from assay_samples import NOON, clock_at, found, lots, make_lot
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis

from recycler.assays import (
    DeletedAssayError,
    Deletion,
    DuplicateLotError,
    Filters,
    Imported,
    KeyReusedError,
    Revision,
    StaleVersionError,
    StoredLot,
    UnknownAssayError,
    UnstorableLotError,
)
from recycler.batch import LineItem

LATER = NOON + timedelta(hours=1)


# Adding


def test_an_added_lot_is_found_under_its_assay_id(open_store):
    stored, new = open_store(clock_at(NOON)).add(make_lot())

    assert new
    assert stored == StoredLot(stored.assay_id, 1, make_lot(), NOON, NOON)
    assert open_store().get(stored.assay_id) == stored


@hypothesis(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lot=lots)
def test_whatever_a_lot_says_comes_back_exactly(store, lot):
    stored, _ = store.add(lot)
    read = store.get(stored.assay_id)
    store.delete(stored.assay_id, who="tests", why="the next may have the same name")

    assert read == stored
    assert read.lot == lot


def test_the_same_key_and_content_again_makes_nothing_and_gives_the_first(open_store):
    first, _ = open_store(clock_at(NOON)).add(make_lot(), key="k-1")
    again, new = open_store(clock_at(LATER)).add(make_lot(), key="k-1")

    assert (again, new) == (first, False)
    assert found(open_store()) == ["lot-1"]


def test_a_repeated_key_is_answered_as_at_first_whatever_became_of_the_lot(store):
    first, _ = store.add(make_lot(), key="k-1")
    store.replace(first.assay_id, make_lot(nd=0.3), expected=1)
    assert store.add(make_lot(), key="k-1") == (first, False)

    store.delete(first.assay_id, who="ada", why="typo")
    assert store.add(make_lot(), key="k-1") == (first, False)
    assert found(store) == []


def test_a_key_with_other_content_is_refused(store):
    stored, _ = store.add(make_lot(), key="k-1")

    with pytest.raises(KeyReusedError, match=r"'k-1' was used") as refused:
        store.add(make_lot(nd=0.2), key="k-1")

    assert (refused.value.key, refused.value.assay_id) == ("k-1", stored.assay_id)
    assert store.get(stored.assay_id) == stored


def test_a_plant_has_a_lot_id_once_and_another_plant_may_have_it(store):
    stored, _ = store.add(make_lot())
    store.add(make_lot(plant="south"))

    with pytest.raises(DuplicateLotError, match="'north' has a lot 'lot-1' already") as refused:
        store.add(make_lot(), key="k-1")

    assert refused.value.assay_id == stored.assay_id
    assert refused.value.position is None


def test_a_key_whose_lot_was_refused_is_free(store):
    store.add(make_lot())
    with pytest.raises(DuplicateLotError):
        store.add(make_lot(), key="k-1")

    assert store.add(make_lot("lot-2"), key="k-1")[1]


def test_threads_that_send_the_same_at_once_make_one_lot(store):
    store.migrate()
    start = Barrier(8)
    answers: list[tuple[StoredLot, bool]] = []

    def send() -> None:
        start.wait()
        answers.append(store.add(make_lot(), key="k-1"))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({stored.assay_id for stored, _ in answers}) == 1
    assert sorted(new for _, new in answers) == [False] * 7 + [True]


def test_a_value_that_the_database_refuses_is_said_and_nothing_is_stored(store):
    with pytest.raises(UnstorableLotError, match="refuses a value"):
        store.add(make_lot(plant=""))

    assert found(store) == []


def test_what_is_not_there_is_unknown(store):
    for ask in (
        lambda: store.get("nobody"),
        lambda: store.history("nobody"),
        lambda: store.replace("nobody", make_lot(), expected=1),
        lambda: store.delete("nobody", who="ada", why="typo"),
        lambda: store.set_quarantine({"nobody": "odd"}, by="training"),
    ):
        with pytest.raises(UnknownAssayError, match="'nobody'"):
            ask()


@pytest.mark.parametrize("assay_id", ["", "\0", "\ud800", "ä" * 36, "a" * 37, "0" * 36])
def test_whatever_text_is_no_assay_id_is_unknown(store, assay_id):
    with pytest.raises(UnknownAssayError):
        store.get(assay_id)


# Replacing


def test_a_replaced_lot_has_the_next_version_and_a_history(open_store):
    store = open_store(clock_at(NOON, LATER))
    first, _ = store.add(make_lot())
    second = store.replace(first.assay_id, make_lot(nd=0.3), expected=1)

    assert second == replace(first, version=2, lot=make_lot(nd=0.3), updated_at=LATER)
    assert store.get(first.assay_id) == second
    assert store.history(first.assay_id) == (Revision(1, make_lot(), NOON),)


def test_a_version_that_is_not_the_present_one_replaces_nothing(store):
    first, _ = store.add(make_lot())
    second = store.replace(first.assay_id, make_lot(nd=0.3), expected=1)

    for expected in (1, 3):
        with pytest.raises(StaleVersionError) as refused:
            store.replace(first.assay_id, make_lot(nd=0.4), expected=expected)
        assert refused.value.present == 2
        with pytest.raises(StaleVersionError):
            store.delete(first.assay_id, who="ada", why="typo", expected=expected)
    assert store.get(first.assay_id) == second


def test_of_two_who_replace_the_same_version_one_is_told(store):
    stored, _ = store.add(make_lot())
    start = Barrier(2)
    ended: list[object] = []

    def correct(nd: float) -> None:
        start.wait()
        try:
            ended.append(store.replace(stored.assay_id, make_lot(nd=nd), expected=1).version)
        except StaleVersionError as error:
            ended.append(type(error))

    threads = [Thread(target=correct, args=(nd,)) for nd in (0.2, 0.3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended, key=str) == [2, StaleVersionError]


def test_the_same_content_makes_no_new_version(store):
    stored, _ = store.add(make_lot())

    assert store.replace(stored.assay_id, make_lot(), expected=1) == stored
    assert store.history(stored.assay_id) == ()


def test_a_replaced_lot_is_found_by_what_it_says_now(store):
    stored, _ = store.add(make_lot())
    changed = make_lot("lot-2", plant="south", line=LineItem("phone", count=3))
    store.replace(stored.assay_id, changed, expected=1)

    assert found(store, category="magnet") == []
    assert found(store, category="phone", plant="south") == ["lot-2"]
    assert store.add(make_lot())[1], "the name that it had is free"


def test_a_lot_cannot_take_the_name_of_another(store):
    other, _ = store.add(make_lot("lot-2"))
    stored, _ = store.add(make_lot())

    with pytest.raises(DuplicateLotError) as refused:
        store.replace(stored.assay_id, make_lot("lot-2"), expected=1)

    assert refused.value.assay_id == other.assay_id
    assert store.get(stored.assay_id) == stored


# Deleting


def test_a_deleted_lot_says_when_by_whom_and_why(open_store):
    store = open_store(clock_at(NOON, LATER))
    stored, _ = store.add(make_lot())
    deleted = store.delete(stored.assay_id, who="ada", why="mixed up", expected=1)

    assert deleted == replace(stored, deleted=Deletion(LATER, "ada", "mixed up"))
    for change in (
        lambda: store.get(stored.assay_id),
        lambda: store.replace(stored.assay_id, make_lot(nd=0.1), expected=1),
        lambda: store.delete(stored.assay_id, who="bob", why="again"),
    ):
        with pytest.raises(DeletedAssayError, match="by ada: mixed up") as refused:
            change()
        assert refused.value.deletion == deleted.deleted


def test_a_deleted_lot_is_found_only_if_asked_for(store):
    stored, _ = store.add(make_lot())
    deleted = store.delete(stored.assay_id, who="ada", why="mixed up")

    assert found(store) == []
    assert list(store.iterate()) == []
    assert store.find(Filters(with_deleted=True), limit=9).lots == (deleted,)
    assert list(store.iterate(Filters(with_deleted=True))) == [deleted]


def test_a_deleted_lots_name_is_free_again_and_its_history_stays(store):
    stored, _ = store.add(make_lot())
    store.replace(stored.assay_id, make_lot(nd=0.3), expected=1)
    store.delete(stored.assay_id, who="ada", why="mixed up")
    again, new = store.add(make_lot())

    assert new
    assert again.assay_id != stored.assay_id
    assert store.add_all([make_lot()]) == Imported(added=0, unchanged=1)
    history = store.history(stored.assay_id)
    assert [(found.version, found.lot) for found in history] == [
        (1, make_lot()),
        (2, make_lot(nd=0.3)),
    ], "the last version of a deleted lot is found nowhere else"


# Times


def test_moments_are_kept_in_utc_to_the_microsecond(open_store):
    local = datetime(2026, 11, 27, 13, 0, 0, 123456, timezone(timedelta(hours=5, minutes=30)))
    stored, _ = open_store(clock_at(local)).add(make_lot())
    read = open_store().get(stored.assay_id)

    assert read.created_at == local
    assert read.created_at.utcoffset() == timedelta(0)
    assert stored.created_at.tzinfo is UTC
