"""Where the processes of the service write what they count."""

from types import SimpleNamespace

import pytest

from recycler.web.process.scratch import BYTES_PER_PROCESS, ScratchFolderError, scratch_folder


def test_the_first_folder_that_will_do_is_taken(tmp_path):
    missing, first, second = tmp_path / "missing", tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    assert scratch_folder(2, [missing, first, second]) == first
    assert list(first.iterdir()) == []


def test_a_folder_without_room_is_passed_over(tmp_path, monkeypatch):
    """For a process that runs out of it while counting is killed."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    needed = 3 * BYTES_PER_PROCESS
    free = {small: needed - 1, large: needed}
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=free[folder]))

    assert scratch_folder(3, [small, large]) == large
    assert scratch_folder(2, [small, large]) == small


def test_without_any_one_sentence_says_what_is_wrong_with_each_and_what_to_do(
    tmp_path, monkeypatch
):
    (tmp_path / "small").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4096))

    with pytest.raises(ScratchFolderError) as refused:
        scratch_folder(4, [tmp_path / "missing", tmp_path / "file", tmp_path / "small"])

    said = str(refused.value)
    assert "need a folder with 2,048 kB of room" in said
    assert f"{tmp_path}/missing is not there" in said
    assert f"{tmp_path}/file cannot be written to (Not a directory)" in said
    assert f"{tmp_path}/small has 4 kB free" in said
    assert "mount a tmpfs at /dev/shm, such as `docker run --tmpfs /dev/shm`" in said


def test_memory_comes_before_what_tmpdir_names(tmp_path, monkeypatch):
    memory, named = tmp_path / "memory", tmp_path / "named"
    memory.mkdir()
    named.mkdir()
    monkeypatch.setattr("recycler.web.process.scratch.MEMORY", memory)
    monkeypatch.setenv("TMPDIR", str(named))
    assert scratch_folder(1) == memory

    memory.rmdir()
    assert scratch_folder(1) == named
