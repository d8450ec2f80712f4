"""Whether a Dask cluster computes what this process would compute."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from distributed import Client, get_worker

from recycler.parallel.backends import BackendError
from recycler.parallel.environment import Environment, differences, environment

Task = TypeVar("Task")
Result = TypeVar("Result")

_MOST_SHOWN = 3


def refuse_others(client: Client) -> None:
    """Refuse a cluster of which a part would compute with something else than this process.

    Raises:
        BackendError: The scheduler or a worker lacks recycler, or has other versions.
    """
    problems = [*_of_scheduler(client), *_of_workers(client)]
    if problems:
        raise BackendError(_told(problems))


def wanted_of_workers() -> Environment:
    """What every worker has to have; one thread, because a limit on threads holds for a process."""
    return environment() | {"--nthreads": "1"}


def checked(wanted: Environment, work: Callable[[Task], Result], task: Task) -> Result:
    """Do the work, on a worker that may have joined when the others had been looked at already.

    Raises:
        BackendError: It has other versions.
    """
    worker = get_worker()
    if problem := _problem(wanted, _found_on_worker(worker)):
        raise BackendError(_told([f"the worker at {worker.address} {problem}"]))
    return work(task)


def _of_scheduler(client: Client) -> Iterator[str]:
    """What is wrong with the scheduler, which has to unpack the tasks before it can send them."""
    try:
        found: Any = client.run_on_scheduler(environment)
    except (ImportError, AttributeError) as error:  # no recycler, or an older one
        found = error
    if problem := _problem(environment(), found):
        yield f"the scheduler {problem}"


def _of_workers(client: Client) -> Iterator[str]:
    for address, found in client.run(_found_on_worker, on_error="return").items():
        problem = _problem(wanted_of_workers(), found)
        if problem and not isinstance(found, OSError):  # else it has just gone
            yield f"the worker at {address} {problem}"


def _found_on_worker(dask_worker: Any) -> Environment:
    """Environment of a worker; Dask fills in the argument of this name."""
    return environment() | {"--nthreads": str(dask_worker.state.nthreads)}


def _problem(wanted: Environment, found: Environment | Exception) -> str:
    """What is wrong with what was found, or with what came instead; empty if nothing."""
    if isinstance(found, Exception):
        return f"cannot run this recycler ({found!r})"
    differing = differences(wanted, found)
    return f"has {differing}" if differing else ""


def _told(problems: list[str]) -> str:
    more = len(problems) - _MOST_SHOWN
    listed = "; ".join([*problems[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])])
    return f"Dask would not compute the same numbers as this process: {listed}."
