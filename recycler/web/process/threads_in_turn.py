"""Threads that take turns while work is short, and work side by side when some of it is long.

Python lets one thread compute at a time. Two short requests that are computed side by side take the
interpreter from each other, and both are done late: one after the other, the first is done in half
of the time and the second no later. Only what takes long, or waits for something, needs others
beside it.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

PATIENCE_S: Final = 0.02
"""Seconds that work may take before other work is begun beside it."""


class ThreadsInTurn(Executor):
    """An executor whose first thread does everything, in order, as long as it is quick.

    Nothing in it watches the clock: whoever submits calls `relieve` after `relief_in_s`.

    Args:
        threads: All of them, at least 1.
    """

    def __init__(self, threads: int) -> None:
        self._first = ThreadPoolExecutor(1)
        self._others = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        self._most_beside = threads - 1
        self._beside = 0
        self._counting = Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._busy_since = inf

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called once those before it are done, or take long."""
        future: Future[Any] = Future()
        self._waiting.append((future, partial(fn, *args, **kwargs)))
        self._first.submit(self._do_first)
        return future

    def relief_in_s(self) -> float:
        """Seconds until `relieve` may have something to do; infinite if no thread could help."""
        if not self._waiting or self._beside >= self._most_beside:
            return inf
        now = monotonic()
        # The first thread may be between two pieces of work: then the next begins at once.
        return max(0.0, min(self._busy_since, now) + PATIENCE_S - now)

    def relieve(self) -> None:
        """Begin what waits in the other threads, if the first has been busy for too long."""
        while self._others is not None and self.relief_in_s() == 0.0:
            self._count_beside(1)
            self._others.submit(self._do_beside)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads once they are done; see `concurrent.futures.Executor`."""
        for executor in filter(None, (self._first, self._others)):
            executor.shutdown(wait, cancel_futures=cancel_futures)

    def _do_first(self) -> None:
        self._busy_since = monotonic()
        self._do_next(partial(setattr, self, "_busy_since", inf))

    def _do_beside(self) -> None:
        self._do_next(partial(self._count_beside, -1))

    def _count_beside(self, change: int) -> None:
        with self._counting:
            self._beside += change

    def _do_next(self, free: Callable[[], None]) -> None:
        """Do what waits first; the thread is free before anybody hears that it is done."""
        try:
            future, work = self._waiting.popleft()
        except IndexError:  # another thread has done it
            free()
            return
        tell = _done(work, future)
        free()
        tell()


def _done(work: Callable[[], Any], future: Future[Any]) -> Callable[[], None]:
    """Do some work; gives what tells of it."""
    try:
        return partial(future.set_result, work())
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result is to see it
        return partial(future.set_exception, error)
