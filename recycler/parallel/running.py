"""The one door to every backend."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from recycler.parallel.backends import (
    Backend,
    BackendError,
    DaskCluster,
    LocalProcesses,
    Progress,
)
from recycler.parallel.local import run_here

Task = TypeVar("Task")
Result = TypeVar("Result")


def run(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    backend: Backend,
    progress: Progress = lambda *_: None,
) -> list[Result]:
    """Do the same work on every task.

    Args:
        work: A function of a module, so that other processes can import it. When a worker dies it
            is called again for the task that was lost.
        tasks: What it is done on; those that take longest had better come first.
        backend: Where.
        progress: Told how far the run is.

    Returns:
        The results, in the order of the tasks.

    Raises:
        BackendError: Workers died again and again, or the cluster cannot be used. What the work
            itself raises is raised as it is.
    """
    progress(0, len(tasks))
    if isinstance(backend, LocalProcesses):
        return run_here(work, tasks, backend, progress)
    return _run_on_cluster(work, tasks, backend, progress)


def _run_on_cluster(
    work: Callable[[Task], Result], tasks: Sequence[Task], backend: DaskCluster, progress: Progress
) -> list[Result]:
    """Import what only a cluster needs when one is asked for."""
    try:
        from recycler.parallel.cluster import run_on_cluster
    except ModuleNotFoundError as error:
        if error.name not in {"dask", "distributed"}:
            raise
        msg = (
            "A Dask cluster needs the extra `distributed`, which is not installed: "
            "pip install 'recycler[distributed]'."
        )
        raise BackendError(msg) from error
    return run_on_cluster(work, tasks, backend, progress)
