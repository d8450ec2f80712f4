"""Tasks on processes of this machine."""

from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

from joblib import Parallel, delayed

from recycler.parallel.backends import BackendError, LocalProcesses, Progress

Task = TypeVar("Task")
Result = TypeVar("Result")

DEATHS_FORGIVEN: Final = 3
"""How often processes may die in one run; as many as a Dask scheduler forgives a task."""


def run_here(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    backend: LocalProcesses,
    progress: Progress,
) -> list[Result]:
    """Results in the order of the tasks; what is lost with a process is done again.

    Raises:
        BackendError: Processes died more often than is forgiven.
    """
    results: dict[int, Result] = {}
    deaths = 0
    while len(results) < len(tasks):
        try:
            for number, result in _results(work, tasks, results, backend.jobs):
                results[number] = result
                progress(len(results), len(tasks))
        except BrokenProcessPool as error:  # takes every other process of the pool with it
            deaths += 1
            if deaths > DEATHS_FORGIVEN:
                raise BackendError(_given_up(deaths, backend.jobs)) from error
    return [results[number] for number in range(len(tasks))]


def _results(
    work: Callable[[Task], Result], tasks: Sequence[Task], done: Container[int], jobs: int
) -> Iterator[tuple[int, Result]]:
    """Results of what is not done, with the numbers of their tasks, as they come."""
    left = [(number, task) for number, task in enumerate(tasks) if number not in done]
    calls = (delayed(_numbered)(number, work, task) for number, task in left)
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(calls)


def _numbered(number: int, work: Callable[[Task], Result], task: Task) -> tuple[int, Result]:
    return number, work(task)


def _given_up(deaths: int, jobs: int) -> str:
    return (
        f"Worker processes died {deaths} times, so the run was given up. As a rule the system ends "
        f"them for want of memory: give it more of that, or --jobs less than {jobs}."
    )
