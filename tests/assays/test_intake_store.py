"""Counts of lines that came in, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest

from recycler.assays import AssayStore, DatabaseUnavailableError, IntakeStore
from recycler.intake import IntakeCount, IntakeKind

TODAY = date(2026, 11, 27)


@pytest.fixture
def intake(database_url: str, store: AssayStore) -> Iterator[IntakeStore]:
    """Counts beside the lots of a store."""
    store.migrate()
    opened = IntakeStore(database_url, timeout_s=10)
    yield opened
    opened.close()


def kind(category: str = "phone", day: date = TODAY) -> IntakeKind:
    return IntakeKind(
        day, category, "", "2015-2019", "", "NdFeB", "mass", in_domain=True, unexpected=False
    )


def test_what_is_added_adds_up_by_kind(intake):
    intake.add([IntakeCount(kind(), 2, 30), IntakeCount(kind("motor"), 1, 0)])
    intake.add([IntakeCount(kind(), 3, 5)])

    assert intake.counts(TODAY) == (
        IntakeCount(kind("motor"), 1, 0),
        IntakeCount(kind(), 5, 35),
    )


def test_kinds_differ_by_every_word_and_flag(intake):
    plain = kind()
    kinds = [
        plain,
        *(plain._replace(**{name: "x"}) for name in IntakeKind._fields[1:7]),
        plain._replace(in_domain=False),
        plain._replace(unexpected=True),
        plain._replace(day=TODAY - timedelta(days=1)),
    ]
    intake.add([IntakeCount(each, 1, 1) for each in kinds])

    assert {count.kind for count in intake.counts(date(2000, 1, 1))} == set(kinds)


def test_days_before_are_left_out(intake):
    intake.add([IntakeCount(kind(day=TODAY - timedelta(days=ago)), 1, 1) for ago in (0, 1, 2)])

    found = intake.counts(TODAY - timedelta(days=1))

    assert [count.kind.day for count in found] == [TODAY - timedelta(days=1), TODAY]


def test_many_kinds_and_many_times_one_kind_are_written_at_once(intake):
    counts = [IntakeCount(kind(f"category-{n}"), 1, 1) for n in range(1200)]
    intake.add([*counts, *counts])

    assert {count.lines for count in intake.counts(TODAY)} == {2}


def test_writers_at_once_lose_nothing(intake, database_url):
    """Eight processes' worth of stores, forty writes each."""

    def write() -> None:
        own = IntakeStore(database_url, timeout_s=30)
        for _ in range(40):
            own.add([IntakeCount(kind(), 1, 2), IntakeCount(kind("motor"), 1, 0)])
        own.close()

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(count.lines, count.pieces) for count in intake.counts(TODAY)] == [(320, 0), (320, 640)]


def test_a_count_of_nothing_is_refused_with_all_that_came_with_it(intake):
    with pytest.raises(Exception, match="refuses a value"):
        intake.add([IntakeCount(kind(), 1, 1), IntakeCount(kind("motor"), 0, 0)])

    assert intake.counts(TODAY) == ()


def test_lots_and_counts_do_not_touch_one_another(intake, store):
    intake.add([IntakeCount(kind(), 1, 1)])

    assert list(store.iterate()) == []
    assert store.is_current()


def test_a_file_is_there_once_an_assay_store_has_made_it(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    intake, store = IntakeStore(url, timeout_s=1), AssayStore(url, timeout_s=1)

    before = intake.is_there()
    store.migrate()

    assert (before, intake.is_there()) == (False, True)
    store.close()


def test_a_database_that_cannot_be_used_says_so(tmp_path: Path):
    gone = IntakeStore(f"sqlite:///{tmp_path}/gone/assays.db", timeout_s=1)

    with pytest.raises(DatabaseUnavailableError, match="cannot be used"):
        gone.add([IntakeCount(kind(), 1, 1)])
    with pytest.raises(DatabaseUnavailableError, match="cannot be used"):
        gone.counts(TODAY)
