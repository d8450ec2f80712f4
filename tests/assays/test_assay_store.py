"""What the store promises, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Barrier, Thread
from typing import Any

import pytest
from assay_samples import NOON, backwards, clock_at, lots, make_lot
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis

from recycler.assays import (
    AssayStore,
    DeletedAssayError,
    Deletion,
    DuplicateLotError,
    Filters,
    Imported,
    InvalidCursorError,
    KeyReusedError,
    Page,
    Revision,
    StaleVersionError,
    StoredLot,
    UnknownAssayError,
    UnstorableLotError,
)
from recycler.batch import LineItem

LATER = NOON + timedelta(hours=1)


def found(store: AssayStore, **filters: Any) -> list[str]:
    """lot_ids of what is found, in order."""
    return [stored.lot.lot_id for stored in store.find(Filters(**filters), limit=100).lots]


def all_pages(store: AssayStore, limit: int, **filters: Any) -> list[str]:
    """lot_ids of all pages, in order."""
    lot_ids: list[str] = []
    page = Page((), None)
    while page.next or not lot_ids:
        page = store.find(Filters(**filters), limit=limit, after=page.next)
        lot_ids += [stored.lot.lot_id for stored in page.lots]
        assert len(page.lots) == limit or page.next is None
    return lot_ids


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


# Importing


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


# Finding


def test_lots_are_found_in_the_order_of_their_arrival_whatever_the_clock_says(open_store):
    store = open_store(backwards())
    for name in ("c", "a", "b"):
        store.add(make_lot(name))
    store.add_all([make_lot("e"), make_lot("d")])

    times = [stored.created_at for stored in store.find(Filters(), limit=9).lots]
    assert found(store) == ["c", "a", "b", "e", "d"]
    assert times == sorted(times, reverse=True), "the clock did go backwards"


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_hold_everything_once_and_in_order(store, limit):
    store.add_all(make_lot(f"lot-{i}") for i in range(7))

    assert all_pages(store, limit) == [f"lot-{i}" for i in range(7)]


def test_pages_stay_whole_while_lots_come_and_go(store):
    first, *_ = [store.add(make_lot(f"lot-{i}"))[0] for i in range(4)]
    page = store.find(Filters(), limit=2)
    store.delete(first.assay_id, who="ada", why="typo")
    store.add(make_lot("lot-4"))

    rest = store.find(Filters(), limit=9, after=page.next)
    assert [stored.lot.lot_id for stored in rest.lots] == ["lot-2", "lot-3", "lot-4"]


def test_pages_of_a_filter_hold_what_it_lets_through(store):
    store.add_all(make_lot(f"lot-{i}", plant="even" if i % 2 == 0 else "odd") for i in range(9))

    assert all_pages(store, 2, plant="odd") == ["lot-1", "lot-3", "lot-5", "lot-7"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "äöü", "YWZ0ZXI6", "YWZ0ZXI6LTE", "YWZ0ZXI6MDE", "YWZ0ZXI6MQ==", "\0"]
)
def test_a_cursor_that_no_page_gave_is_refused(store, cursor):
    with pytest.raises(InvalidCursorError, match="no place to go on from"):
        store.find(Filters(), limit=1, after=cursor)


def test_each_filter_lets_through_what_it_names(store):
    phone = LineItem("phone", "smartphone", count=5)
    store.add(make_lot("a", measured_on=date(2026, 1, 31)))
    store.add(make_lot("b", plant="south", method="XRF", measured_on=date(2026, 2, 1)))
    store.add(make_lot("c", line=phone, estimate_id="ef" * 16, measured_on=date(2026, 2, 28)))

    assert found(store, plant="south") == ["b"]
    assert found(store, category="magnet") == ["a", "b"]
    assert found(store, subtype="smartphone") == ["c"]
    assert found(store, method="XRF") == ["b"]
    assert found(store, estimate_id="ef" * 16) == ["c"]
    assert found(store, measured_from=date(2026, 2, 1)) == ["b", "c"]
    assert found(store, measured_to=date(2026, 2, 1)) == ["a", "b"]
    assert found(store, category="magnet", method="ICP-OES") == ["a"]
    assert found(store, plant="'; DROP TABLE lots; --") == []
    assert found(store) == ["a", "b", "c"]


def test_everything_is_iterated_by_the_bytes_of_plant_and_lot_id(store):
    names = [("é", "a"), ("b", "lot-10"), ("B", "z"), ("a b", "1"), ("ab", "1"), ("b", "Lot-9")]
    store.add_all(make_lot(lot_id, plant=plant) for plant, lot_id in names)

    iterated = [(stored.lot.plant, stored.lot.lot_id) for stored in store.iterate()]
    assert iterated == sorted(names, key=lambda name: [part.encode() for part in name])


def test_iterating_shows_one_moment_and_holds_up_nobody(store, open_store):
    store.add_all(make_lot(f"lot-{i:04}") for i in range(1200))
    iterating = store.iterate()
    first = next(iterating)
    other = open_store(timeout_s=2)
    other.add(make_lot("lot-9999"))
    last = other.find(Filters(), limit=1200).lots[-1]
    other.delete(last.assay_id, who="ada", why="typo")

    assert [first, *iterating][-1].assay_id == last.assay_id
    assert len(list(store.iterate())) == 1200


def test_iterating_takes_filters(store):
    store.add_all([make_lot("a"), make_lot("b", plant="south")])

    assert [stored.lot.lot_id for stored in store.iterate(Filters(plant="south"))] == ["b"]


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
    assert [revision.lot for revision in store.history(stored.assay_id)] == [make_lot()]


# Quarantine


def test_a_quarantine_replaces_the_one_before(store):
    a, b, c = (store.add(make_lot(name))[0].assay_id for name in "abc")
    store.set_quarantine({a: "far off", b: "far off"}, by="training")
    store.set_quarantine({b: "still far off", c: "unit mixed up"}, by="training")

    quarantined = {s.lot.lot_id: s.quarantined for s in store.iterate(Filters(quarantined=True))}
    assert quarantined == {"b": "still far off", "c": "unit mixed up"}
    assert found(store, quarantined=False) == ["a"]
    assert found(store) == ["a", "b", "c"]
    assert store.get(a).version == 1


def test_a_quarantine_that_names_an_unknown_lot_changes_nothing(store):
    a = store.add(make_lot("a"))[0].assay_id
    store.set_quarantine({a: "far off"}, by="training")

    with pytest.raises(UnknownAssayError):
        store.set_quarantine({"nobody": "far off"}, by="training")

    assert store.get(a).quarantined == "far off"


def test_a_quarantine_of_many_lots_is_one_step(store):
    store.add_all(make_lot(f"lot-{i}") for i in range(1100))
    reasons = {stored.assay_id: "all of them" for stored in store.iterate()}
    store.set_quarantine(reasons, by="training")

    assert found(store, quarantined=False) == []
    store.set_quarantine({}, by="training")
    assert found(store, quarantined=True) == []


def test_who_set_lots_aside_and_released_them_stays_on_record(open_store):
    store = open_store(clock_at(NOON))
    a, b = (store.add(make_lot(name))[0].assay_id for name in "ab")
    store.set_quarantine({a: "far off", b: "far off"}, by="training 1")
    store.set_quarantine({b: "far off"}, by="training 2")

    with store._database.reading() as connection:
        log = connection.exec_driver_sql(
            "SELECT assay_id, reason, decided_by FROM quarantines ORDER BY position"
        ).all()
    assert sorted(log[:2]) == sorted([(a, "far off", "training 1"), (b, "far off", "training 1")])
    assert log[2:] == [(a, None, "training 2")], "b stayed as it was"


# Times


def test_moments_are_kept_in_utc_to_the_microsecond(open_store):
    local = datetime(2026, 11, 27, 13, 0, 0, 123456, timezone(timedelta(hours=5, minutes=30)))
    stored, _ = open_store(clock_at(local)).add(make_lot())
    read = open_store().get(stored.assay_id)

    assert read.created_at == local
    assert read.created_at.utcoffset() == timedelta(0)
    assert stored.created_at.tzinfo is UTC
