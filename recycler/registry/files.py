"""Bytes in and out of the models folder: bounded, without following links, and atomically."""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not hang a reader
_UNFINISHED = ".writing-"


def read_bytes(root: Path, path: str, limit: int) -> bytes:
    """Read `path` beneath `root` once, at most `limit` bytes, through no symbolic link.

    Args:
        root: The models folder, which may itself be reached through a link.
        path: Relative, parts separated by `/`.
        limit: The largest size that is read.

    Raises:
        ValueError: The file is larger than `limit` or not a plain file.
        OSError: It is missing, unreadable, or a link stands on the way.
    """
    with ExitStack() as closing:
        folder = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        closing.callback(os.close, folder)
        *parents, name = path.split("/")
        for parent in parents:
            folder = os.open(parent, _READ | os.O_DIRECTORY, dir_fd=folder)
            closing.callback(os.close, folder)
        with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("a plain file is expected")
            data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"the file is larger than the {limit} bytes allowed")
    return data


def list_files(folder: Path) -> set[str]:
    """Paths beneath a folder, relative to it, of everything that is not a real folder."""
    return {
        found.relative_to(folder).as_posix()
        for found in folder.rglob("*")
        if found.is_symlink() or not found.is_dir()
    }


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the models folder for writing: one writer at a time; readers never wait."""
    folder = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def create_folder(root: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Make the folder `name` with its files appear at once, or not at all. Call while `locked`.

    Everything is written and synced in a hidden folder beside, then renamed. What an interrupted
    writer left behind is removed first.

    Raises:
        FileExistsError: The name is taken.
    """
    for left_behind in root.glob(f"{_UNFINISHED}*"):
        _remove(left_behind)
    _refuse_taken(root, name)
    unfinished = root / f"{_UNFINISHED}{name}"
    unfinished.mkdir()
    try:
        _fill(unfinished, files)
        unfinished.rename(root / name)
        _sync(root)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def try_folder(root: Path, name: str | None) -> None:
    """Make sure that a folder could be made, of a name if one is given; nothing stays behind.

    Raises:
        FileExistsError: The name is taken.
        OSError: The folder `root` cannot be written to.
    """
    if name is not None:
        _refuse_taken(root, name)
    with TemporaryDirectory(prefix=_UNFINISHED, dir=root):
        pass


def replace_file(root: Path, name: str, data: bytes) -> None:
    """Replace a file in one rename: readers see the old bytes or the new. Call while `locked`."""
    fresh = root / f".{name}.new"
    fresh.unlink(missing_ok=True)
    try:
        _write(fresh, data)
        fresh.replace(root / name)
    finally:
        fresh.unlink(missing_ok=True)
    _sync(root)


def _refuse_taken(root: Path, name: str) -> None:
    if os.path.lexists(root / name):
        raise FileExistsError(errno.EEXIST, f"the name {name} is taken", name)


def _remove(left_behind: Path) -> None:
    """Remove a folder with all that is in it, or whatever else stands in its place."""
    if left_behind.is_symlink() or not left_behind.is_dir():
        left_behind.unlink(missing_ok=True)
    else:
        shutil.rmtree(left_behind, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        _write(target, data)
        _sync(target.parent)
    _sync(folder)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
