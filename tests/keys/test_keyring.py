"""What a process knows of keys: recent, cheap to ask, and never more generous than it was."""

import hmac
import logging
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from recycler.assays import DatabaseUnavailableError
from recycler.keys import Keyring, KeyStore, KeysUnavailableError, keyring

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
GRACE_S = 300.0


class Shelf:
    """Keys in memory, which can be away, and which counts how often it is asked."""

    name = "shelf"

    def __init__(self) -> None:
        self.keys = {}
        self.away = ""
        self.asked = 0
        self.noted = []

    def all_keys(self):
        """Give what is there."""
        self.asked += 1
        if self.away:
            raise DatabaseUnavailableError(self.away)
        return tuple(self.keys.values())

    def add(self, key):
        """Keep a key."""
        self.keys[key.key_id] = key

    def note_uses(self, uses):
        """Keep what was told."""
        self.noted.append(uses)

    def close(self):
        """Nothing is open."""


class Clock:
    """Seconds that pass when they are told to; `now` passes with them."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds

    def now(self) -> datetime:
        """The moment."""
        return NOW + timedelta(seconds=self.seconds - 1000)


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ring(shelf, clock):
    """A ring that looks when it is told to, and never by itself."""
    ring = Keyring(shelf, check_s=3600, grace_s=GRACE_S, clock=clock, now=clock.now)
    yield ring
    ring.close()


def test_the_holder_of_a_key_is_told_and_nobody_else(ring, shelf, make):
    text, key = make()
    shelf.add(key)

    assert ring.holder_of(text) is key
    wrong = (
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        make()[0],
        text.upper(),
        text + "0",
        text[:-1],
        key.key_id,
        "",
        "ä" * 100,
        f"rcy_{key.key_id}_{key.digest.hex()}",
    )
    assert [ring.holder_of(sent) for sent in wrong] == [None] * len(wrong)


def test_an_id_that_there_is_not_takes_the_same_steps_as_one_that_there_is(ring, shelf, make):
    """The same hash and the same comparison of as many bytes, in constant time."""
    text, key = make()
    shelf.add(key)
    steps = []

    def compared(kept, sent):
        steps.append((len(kept), len(sent)))
        return kept == sent

    with patch.object(keyring, "compare_digest", compared):
        for sent in (text, text[:-1] + "x", make()[0], "nonsense", ""):
            ring.holder_of(sent)

    assert steps == [(32, 32)] * 5


def test_comparing_takes_constant_time():
    """The function that is known for it, not an equality."""
    assert keyring.compare_digest is hmac.compare_digest


def test_a_key_is_refused_once_it_has_expired_without_another_look(ring, shelf, clock, make):
    text, key = make(expires_at=NOW + timedelta(seconds=10))
    shelf.add(key)
    assert ring.holder_of(text)

    clock.seconds += 10
    assert ring.holder_of(text) is None


def test_keys_count_and_count_no_more_from_the_next_look_on(ring, shelf, make):
    text, key = make()
    assert ring.holder_of(text) is None
    shelf.add(key)
    ring.look()
    assert ring.holder_of(text) is key

    del shelf.keys[key.key_id]
    ring.look()
    assert ring.holder_of(text) is None


def test_made_up_keys_are_no_work_for_the_database(ring, shelf, make):
    for _ in range(100):
        ring.holder_of(make()[0])

    assert shelf.asked == 1


def test_keys_that_are_known_let_in_for_the_grace_time_and_then_nobody_is_let_in(
    ring, shelf, clock, make
):
    text, key = make()
    shelf.add(key)
    ring.look()
    shelf.away = "The shelf is away."
    for _ in range(3):
        clock.seconds += GRACE_S / 3
        ring.look()
        assert ring.holder_of(text) is key
        assert ring.holder_of(make()[0]) is None

    clock.seconds += 1
    for sent in (text, make()[0], "nonsense"):
        with pytest.raises(KeysUnavailableError, match="cannot be read now"):
            ring.holder_of(sent)
    shelf.away = ""
    ring.look()
    assert ring.holder_of(text) is key


def test_without_a_single_good_look_nobody_is_let_in(ring, shelf, make):
    shelf.away = "The shelf is away."

    with pytest.raises(KeysUnavailableError):
        ring.holder_of(make()[0])


def test_what_is_wrong_is_logged_once_and_so_is_its_end(ring, shelf, caplog):
    caplog.set_level(logging.INFO)
    shelf.away = "The shelf is away."
    for _ in range(3):
        ring.look()
    shelf.away = ""
    for _ in range(3):
        ring.look()

    assert [record.getMessage() for record in caplog.records] == [
        "keys cannot be read; those known are good for 300 s: The shelf is away.",
        "keys are read again",
    ]


def test_a_look_that_fails_in_a_way_nobody_thought_of_is_logged_and_not_the_last(
    ring, shelf, caplog, make
):
    text, key = make()
    shelf.add(key)
    with patch.object(shelf, "all_keys", side_effect=ZeroDivisionError):
        ring.look()
    assert "ZeroDivisionError" in caplog.text
    ring.look()
    assert ring.holder_of(text) is key


def test_no_message_holds_a_key_that_was_sent(ring, shelf, make, caplog):
    caplog.set_level(logging.DEBUG)
    sent = make()[0]
    ring.holder_of(sent)
    shelf.away = "The shelf is away."
    ring.look()

    assert sent.split("_")[2] not in caplog.text


def test_uses_are_told_at_most_once_a_minute(ring, shelf, clock, make):
    text, key = make()
    shelf.add(key)
    for _ in range(90):
        ring.holder_of(text)
        clock.seconds += 2
        ring.look()

    assert len(shelf.noted) == 3
    assert shelf.noted[0].keys() == {key.key_id}


def test_a_use_that_another_process_has_just_told_is_not_told_again(ring, shelf, make):
    text, key = make()
    shelf.add(replace(key, last_used_at=NOW - timedelta(seconds=30)))
    ring.holder_of(text)
    ring.look()

    assert shelf.noted == []


def test_a_read_only_database_keeps_nobody_out(tmp_path, make, caplog):
    text, key = make()
    writer = KeyStore(f"sqlite:///{tmp_path}/assays.db", timeout_s=1)
    writer.add(key)
    reader = KeyStore(f"sqlite:///{tmp_path}/assays.db", timeout_s=0.1)
    ring = Keyring(reader, check_s=3600, grace_s=GRACE_S)
    with closing(sqlite3.connect(tmp_path / "assays.db")) as other:
        other.execute("BEGIN IMMEDIATE")  # nobody else can write, as in a database for reading
        assert ring.holder_of(text)
        for _ in range(3):
            ring.look()
            assert ring.holder_of(text)
        other.rollback()

    assert caplog.text.count("when keys were last used is not recorded") == 1
    ring.close()
    writer.close()


def test_it_looks_by_itself_from_the_first_question_on(shelf, make):
    """A key that was made counts within the time that is set; here, some hundredths of a second."""
    text, key = make()
    ring = Keyring(shelf, check_s=0.05, grace_s=GRACE_S)
    assert shelf.asked == 0
    assert ring.holder_of(text) is None
    shelf.add(key)
    deadline = time.monotonic() + 10
    while ring.holder_of(text) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ring.close()


def test_a_database_that_hangs_holds_up_the_first_question_alone(shelf, make, monkeypatch):
    monkeypatch.setattr(keyring, "_PATIENCE_S", 0.05)
    free = threading.Event()
    monkeypatch.setattr(shelf, "all_keys", lambda: (free.wait(), ())[1])
    ring = Keyring(shelf, check_s=0.05, grace_s=GRACE_S)
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(KeysUnavailableError):
            ring.holder_of(make()[0])

    assert 0.05 <= time.monotonic() - begun < 0.5
    free.set()
    ring.close()
