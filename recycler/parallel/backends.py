"""Where work can be done, and what is said when it cannot."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Told how many tasks are done, and how many there are."""


class BackendError(RuntimeError):
    """The work cannot be shared out, or not be finished; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """Processes of this machine, kept by joblib's loky.

    Attributes:
        jobs: How many; with one the work is done in this very process.
    """

    jobs: int = 1


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """A Dask cluster that runs already.

    Attributes:
        scheduler: Address of its scheduler, such as tcp://127.0.0.1:8786.
        jobs: Most tasks that are given to it at a time; None: all, for all of its workers.
        wait_s: Seconds to wait for a worker, at the start and whenever none is left.
    """

    scheduler: str
    jobs: int | None = None
    wait_s: float = 60.0


Backend = LocalProcesses | DaskCluster
