"""Lots are set aside and released in one step that stays on record, on both databases."""

import pytest
from assay_samples import NOON, clock_at, found, make_lot

from recycler.assays import Filters, UnknownAssayError


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
