"""Tasks on a Dask cluster.

joblib has a backend for Dask, too, but it waits for ever when a task was given up because its
workers died, and when no worker is left. So tasks go to Dask's own client here.
"""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, TypeVar
from uuid import uuid4

from distributed import CancelledError, Client, Future, KilledWorker, Security
from distributed.exceptions import WorkerStartTimeoutError
from distributed.versions import VersionMismatchWarning

from recycler.parallel.backends import BackendError, DaskCluster, Progress
from recycler.parallel.sameness import checked, refuse_others, wanted_of_workers

Task = TypeVar("Task")
Result = TypeVar("Result")

CONNECT_S: Final = 5.0
"""Seconds that a scheduler has to answer at the start."""

_LOOK_S = 1.0  # seconds without a result after which the workers are counted


def run_on_cluster(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    cluster: DaskCluster,
    progress: Progress,
) -> list[Result]:
    """Results in the order of the tasks; the scheduler gives what a worker loses to another.

    Raises:
        BackendError: The scheduler cannot be reached or was lost, no worker comes, code or
            libraries there are not those here, or workers died over a task again and again.
    """
    results: dict[int, Result] = {}
    with _connected(cluster) as client:
        ready = partial(checked, wanted_of_workers(), work)
        calls = [partial(ready, task) for task in tasks]
        for number, result in _Calls(client, cluster).results(calls):
            results[number] = result
            progress(len(results), len(tasks))
    return [results[number] for number in range(len(tasks))]


@contextmanager
def _connected(cluster: DaskCluster) -> Iterator[Client]:
    """A client of a cluster that has a worker and computes as this process does."""
    try:
        client = _client(cluster)
    except (OSError, ValueError) as error:  # no answer, no address
        msg = f"No Dask scheduler can be reached at {cluster.scheduler}: {error}."
        raise BackendError(msg) from error
    with _quiet(), client:
        try:
            client.wait_for_workers(1, timeout=cluster.wait_s)
            refuse_others(client)
        except WorkerStartTimeoutError as error:
            raise BackendError(_deserted(cluster)) from error
        except OSError as error:
            raise BackendError(_cut_off(cluster)) from error
        yield client


def _client(cluster: DaskCluster) -> Client:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # refused below, in a sentence
        return Client(
            cluster.scheduler,
            security=_security(cluster),
            timeout=CONNECT_S,
            set_as_default=False,
        )


def _security(cluster: DaskCluster) -> Security:
    """Dask's own settings; without certificates its client would not end for a tls address."""
    security = Security()
    encrypted = security.get_connection_args("client")["ssl_context"] is not None
    if cluster.scheduler.startswith("tls:") and not encrypted:
        msg = (
            f"The Dask scheduler at {cluster.scheduler} asks for certificates: set "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, and ..._TLS__CLIENT__CERT and ..._KEY likewise."
        )
        raise BackendError(msg)
    return security


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's client from printing tracebacks beside the sentence of a BackendError."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@dataclass(frozen=True, slots=True)
class _Calls:
    """Calls that a cluster is to make, each known by its number."""

    client: Client
    cluster: DaskCluster
    held: dict[int, Future[Any]] = field(default_factory=dict)  # Dask drops what nobody holds
    finished: SimpleQueue[int] = field(default_factory=SimpleQueue)

    def results(self, calls: Sequence[Callable[[], Result]]) -> Iterator[tuple[int, Result]]:
        """Results with their numbers, as they come."""
        unsent = iter(enumerate(calls))
        # Names of one group: the scheduler keeps back what no worker is free for, so that a worker
        # that dies throws suspicion on few calls.
        group = f"recycler-{uuid4().hex}"
        self._send(group, islice(unsent, self.cluster.jobs or len(calls)))
        while self.held:
            number = self._patiently(lambda wait_s: self.finished.get(timeout=wait_s))
            yield number, self._result(self.held.pop(number))
            self._send(group, islice(unsent, 1))

    def _send(self, group: str, calls: Iterable[tuple[int, Callable[[], Any]]]) -> None:
        for number, call in calls:
            self.held[number] = self.client.submit(call, key=(group, number))
            self.held[number].add_done_callback(partial(self._tell, number))

    def _tell(self, number: int, _: "Future[Any]") -> None:
        self.finished.put(number)

    def _result(self, future: "Future[Any]") -> Any:
        """Result of a call that has ended in any way."""
        try:
            if future.status == "error":
                return future.result()  # raises it
            # If it is lost now, with the worker that has it, it is computed again.
            return self._patiently(lambda wait_s: future.result(timeout=wait_s))
        except KilledWorker as error:
            raise BackendError(_given_up(error)) from error
        except CancelledError as error:
            raise BackendError(_cut_off(self.cluster)) from error

    def _patiently(self, attempt: Callable[[float], Result]) -> Result:
        """What an attempt of some seconds gives, made again as long as there are workers."""
        seen = monotonic()
        while True:
            with suppress(Empty, TimeoutError):
                return attempt(_LOOK_S)
            if self._count_workers():
                seen = monotonic()
            elif monotonic() - seen > self.cluster.wait_s:
                raise BackendError(_deserted(self.cluster))

    def _count_workers(self) -> int:
        try:
            return len(self.client.nthreads())
        except OSError as error:
            raise BackendError(_cut_off(self.cluster)) from error


def _deserted(cluster: DaskCluster) -> str:
    return (
        f"The Dask scheduler at {cluster.scheduler} has had no worker for {cluster.wait_s:g} s. "
        f"Start some: dask worker {cluster.scheduler} --nthreads 1 --nworkers -1."
    )


def _cut_off(cluster: DaskCluster) -> str:
    return (
        f"The Dask scheduler at {cluster.scheduler} was lost, and with it the run; nothing was "
        "written. Start it again when the scheduler is back."
    )


def _given_up(error: KilledWorker) -> str:
    return (
        f"{error.allowed_failures + 1} workers died over the same task, the last of them at "
        f"{error.last_worker.address}, so the run was given up. As a rule the system ends them for "
        "want of memory; their logs say more."
    )
