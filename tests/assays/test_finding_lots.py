"""Lots are found by pages, by filters and all at one moment, on both databases."""

from datetime import date
from typing import Any

import pytest
from assay_samples import backwards, found, make_lot

from recycler.assays import AssayStore, Filters, InvalidCursorError, Page
from recycler.batch import LineItem


def all_pages(store: AssayStore, limit: int, **filters: Any) -> list[str]:
    """lot_ids of all pages, in order."""
    lot_ids: list[str] = []
    page = Page((), None)
    while page.next or not lot_ids:
        page = store.find(Filters(**filters), limit=limit, after=page.next)
        lot_ids += [stored.lot.lot_id for stored in page.lots]
        assert len(page.lots) == limit or page.next is None
    return lot_ids


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
