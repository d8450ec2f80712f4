"""Where the processes of `recycler serve` keep what they count, so that any can add all up.

A process that takes the place of another goes on with its files: however often processes are
replaced, there are never more files than processes, and no count goes back.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable, which must be set before Python imports it."""


@contextmanager
def metrics_folder(parent: Path) -> Iterator[Path]:
    """Make the folder of the files, new and empty, tell the library of it, and remove it at last.

    Processes that are forked meanwhile leave it alone when they end.

    Args:
        parent: Where to make it.
    """
    owner, folder = os.getpid(), Path(mkdtemp(prefix="recycler-metrics-", dir=parent))
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def free_place(taken: Collection[int]) -> int:
    """The lowest place that no living process has."""
    return next(place for place in count() if place not in taken)


def take_place(place: int) -> None:
    """Let this process write to the files of its place. Call before anything is counted."""
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: place)


def leave_place(place: int, folder: Path) -> None:
    """Forget what only a living process can say, such as which version it answers with."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(place, folder)
