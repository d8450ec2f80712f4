"""Clients that ask without a pause, each noting every answer it got."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock, Thread
from time import monotonic

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for and came (monotonic), and what it was.

    Status 0 stands for none at all; `body` then says why.
    """

    asked_s: float
    came_s: float
    status: int
    version: str | None
    body: bytes

    @property
    def took_s(self) -> float:
        """Seconds that the sender waited."""
        return self.came_s - self.asked_s


@contextmanager
def steady_load(port: int, body: bytes, *, kept: int = 2, fresh: int = 2) -> Iterator[list[Answer]]:
    """Post a batch from several threads until the block ends; the list grows meanwhile.

    Args:
        port: Port of the service on this machine.
        body: The batch.
        kept: Clients that keep their connection.
        fresh: Clients that open a connection for every request.
    """
    answers: list[Answer] = []
    done, lock = Event(), Lock()

    def work(ask: Callable[[int, bytes], Iterator[Answer]]) -> None:
        while not done.is_set():
            for answer in ask(port, body):
                with lock:
                    answers.append(answer)
                if done.is_set():
                    break

    threads = [Thread(target=work, args=(_keeping,)) for _ in range(kept)]
    threads += [Thread(target=work, args=(_afresh,)) for _ in range(fresh)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=30)


def _keeping(port: int, body: bytes) -> Iterator[Answer]:
    """Ask over one connection for as long as it stays open."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        while True:
            answer = post(connection, body)
            yield answer
            if not answer.status or connection.sock is None:
                return
    finally:
        connection.close()


def _afresh(port: int, body: bytes) -> Iterator[Answer]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield post(connection, body, Connection="close")
    finally:
        connection.close()


def post(connection: HTTPConnection, body: bytes, **headers: str) -> Answer:
    """Post a batch and wait for the answer, or for what came instead."""
    asked = monotonic()
    try:
        connection.request("POST", "/v1/estimates", body, JSON | headers)
        got = connection.getresponse()
        version, content = got.headers["Model-Version"], got.read()
    except (OSError, HTTPException) as error:
        return Answer(asked, monotonic(), 0, None, repr(error).encode())
    return Answer(asked, monotonic(), got.status, version, content)
