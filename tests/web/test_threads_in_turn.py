"""Short work is done one after the other, long work keeps nobody waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic, sleep

import pytest

from recycler.web.process.threads_in_turn import PATIENCE_S, ThreadsInTurn

LONG_S = 10.0


class AtOnce:
    """Notes how many are at work at once."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.now = 0
        self.most = 0
        self.done: list[int] = []

    def work(self, number: int, takes_s: float = 0.0) -> int:
        """Work for a moment."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        sleep(takes_s)
        with self.lock:
            self.now -= 1
            self.done.append(number)
        return number


@contextmanager
def in_turn(threads: int) -> Iterator[ThreadsInTurn]:
    with ThreadsInTurn(threads) as executor:
        yield executor


def relieve_until(executor: ThreadsInTurn, done) -> None:
    """Do as the worker does: call when it is time."""
    deadline = monotonic() + LONG_S
    while not done():
        assert monotonic() < deadline
        sleep(min(0.001, executor.relief_in_s()))
        executor.relieve()


def test_short_work_is_done_in_order_and_never_side_by_side():
    seen = AtOnce()
    with in_turn(4) as executor:
        futures = [executor.submit(seen.work, number, PATIENCE_S / 50) for number in range(20)]
        relieve_until(executor, lambda: all(future.done() for future in futures))
    assert seen.most == 1
    assert seen.done == list(range(20))


def test_work_beside_what_takes_long_does_not_wait_for_it():
    over = Event()
    with in_turn(2) as executor:
        long = executor.submit(over.wait, LONG_S)
        short = [executor.submit(AtOnce().work, number) for number in range(5)]
        relieve_until(executor, lambda: all(future.done() for future in short))
        assert not long.done()
        over.set()
        assert long.result(LONG_S) is True
    assert [future.result() for future in short] == list(range(5))


def test_long_work_takes_no_more_than_all_threads_and_the_rest_is_done_after_it():
    over, seen = Event(), AtOnce()

    def wait() -> None:
        seen.work(0)
        over.wait(LONG_S)

    with in_turn(3) as executor:
        futures = [executor.submit(wait) for _ in range(6)]
        relieve_until(executor, lambda: len(seen.done) == 3)
        sleep(2 * PATIENCE_S)
        executor.relieve()
        assert len(seen.done) == 3
        assert executor.relief_in_s() == float("inf")
        over.set()
        relieve_until(executor, lambda: all(future.done() for future in futures))


def test_nothing_is_done_twice_or_left_out_whoever_does_it():
    seen = AtOnce()
    with in_turn(4) as executor:
        futures = [executor.submit(seen.work, n, 0.03 if n % 9 == 0 else 0.0) for n in range(300)]
        relieve_until(executor, lambda: all(future.done() for future in futures))
    assert sorted(seen.done) == list(range(300))
    assert [future.result() for future in futures] == list(range(300))
    assert seen.most > 1


def test_one_thread_does_everything_in_turn():
    seen = AtOnce()
    with in_turn(1) as executor:
        futures = [executor.submit(seen.work, number, 2 * PATIENCE_S) for number in range(3)]
        relieve_until(executor, lambda: all(future.done() for future in futures))
    assert (seen.most, seen.done) == (1, [0, 1, 2])


def test_what_is_raised_is_for_whoever_asks_for_the_result():
    with in_turn(2) as executor:
        failed = executor.submit(int, "none")
        after = executor.submit(int, "7")
        with pytest.raises(ValueError, match="none"):
            failed.result(LONG_S)
        assert after.result(LONG_S) == 7


def test_after_the_end_nothing_is_taken():
    executor = ThreadsInTurn(2)
    executor.shutdown()
    with pytest.raises(RuntimeError):
        executor.submit(int)
