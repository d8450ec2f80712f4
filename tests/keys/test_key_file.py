"""A file of keys: private, whole or not there, and refused in a sentence if it is damaged."""

import json
import logging
import stat
import threading

import pytest

from recycler.keys import KeyFile, KeyFileError
from recycler.keys.key_file import LARGEST


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


def test_only_its_owner_may_read_it_whatever_it_was_before(file, path, make):
    file.add(make()[1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o644)
    file.add(make()[1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_others_may_use_is_warned_about_once(file, path, make, caplog):
    file.add(make()[1])
    assert len(file.all_keys()) == 1
    assert not caplog.records

    path.chmod(0o640)
    for _ in range(3):
        file.all_keys()

    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == f"file {path} may be used by others than its owner: chmod 600 it."


def test_keys_that_are_added_at_once_are_all_there(path, make):
    keys = [make(f"desk {n}")[1] for n in range(20)]
    threads = [threading.Thread(target=KeyFile(path).add, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(KeyFile(path).all_keys()) == set(keys)


def test_a_write_that_fails_leaves_what_was_there(file, path, make, monkeypatch):
    file.add(make()[1])
    before = path.read_bytes()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recycler.whole_file.os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        file.add(make()[1])

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def changed(document, **fields):
    return {**document, "keys": [{**document["keys"][0], **fields}]}


DAMAGES = {
    "not JSON": lambda _: "{",
    "not an object": lambda _: "[]",
    "another format": lambda d: {**d, "format": 2},
    "no keys": lambda _: {"format": 1},
    "an unknown scope": lambda d: changed(d, scopes=["everything"]),
    "scopes that are no list": lambda d: changed(d, scopes=7),
    "a short hash": lambda d: changed(d, sha256="00"),
    "a hash that is none": lambda d: changed(d, sha256="x" * 64),
    "a name that is none": lambda d: changed(d, name=""),
    "an id that is no text": lambda d: changed(d, key_id=7),
    "a moment without a time zone": lambda d: changed(d, expires_at="2026-11-27T12:00:00"),
    "a moment that is none": lambda d: changed(d, revoked_at="yes"),
    "a field too many": lambda d: changed(d, secret="x"),  # noqa: S106 - what must not be there
    "an id twice": lambda d: {**d, "keys": d["keys"] * 2},
    "deeper than anything": lambda _: "[" * 100_000,
    "too much": lambda _: " " * (LARGEST + 1),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_in_a_sentence_that_names_it(file, path, make, damage):
    file.add(make()[1])
    damaged = damage(json.loads(path.read_text()))
    path.write_text(damaged if isinstance(damaged, str) else json.dumps(damaged))

    with pytest.raises(KeyFileError) as refused:
        file.all_keys()

    assert str(refused.value).startswith(f"The file {path} of keys cannot be used: ")
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_a_damaged_file_is_not_written_over(file, path, make):
    file.add(make()[1])
    path.write_text("{")

    with pytest.raises(KeyFileError):
        file.add(make()[1])
    assert path.read_text() == "{"


def test_a_file_that_is_missing_or_a_folder_is_said_to_be(file, path):
    with pytest.raises(KeyFileError, match="No such file"):
        file.all_keys()
    path.mkdir()
    with pytest.raises(KeyFileError, match="Is a directory"):
        file.all_keys()
