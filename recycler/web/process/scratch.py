"""A folder for what the processes of `recycler serve` tell one another: counts and heartbeats."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108  (no secrets: heartbeat files, metrics)

BYTES_PER_PROCESS: Final = 512 * 1024
"""Room for the counts of one process and their growth. They are mapped into memory: a process that
runs out of room in the midst of counting is killed by SIGBUS, so it is looked for beforehand."""


class ScratchFolderError(OSError):
    """No folder can be written to and has room; the message says what to do."""


def scratch_folder(processes: int, candidates: Iterable[Path] | None = None) -> Path:
    """The first folder that can be written to and has room; memory comes first.

    Args:
        processes: How many will count.
        candidates: Folders to look at; None for `MEMORY` and those of temporary files.

    Raises:
        ScratchFolderError: There is none.
    """
    needed = processes * BYTES_PER_PROCESS
    wrong = []
    for folder in _usual() if candidates is None else candidates:
        if (why := _unfit(folder, needed)) is None:
            return folder
        wrong.append(f"{folder} {why}")
    raise ScratchFolderError(
        f"the processes of the service need a folder with {needed // 1024:,} kB of room to count "
        f"in: {', '.join(wrong)}; mount a tmpfs at {MEMORY}, such as "
        f"`docker run --tmpfs {MEMORY}`, or set TMPDIR to a folder that can be written to"
    )


def _usual() -> Iterable[Path]:
    """Memory, then where Python looks for temporary files; each once."""
    chosen = os.environ.get("TMPDIR") or MEMORY
    return dict.fromkeys(map(Path, (MEMORY, chosen, "/tmp", "/var/tmp")))  # noqa: S108  (mkdtemp makes ours)


def _unfit(folder: Path, needed: int) -> str | None:
    """Why a folder will not do; None if it will."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be written to ({error.strerror})"
    return None if free >= needed else f"has {free // 1024:,} kB free"
