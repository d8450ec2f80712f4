"""Clients that speak to a service byte by byte, or not at all."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from time import monotonic
from typing import Any

from recycler.web.views.estimates import EXAMPLE

BODY = json.dumps(EXAMPLE).encode()
HEAD = (
    b"POST /v1/estimates HTTP/1.1\r\nHost: faults\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)
WHOLE = HEAD % len(BODY) + BODY


@dataclass(frozen=True)
class Got:
    """What a client was answered, and after how long; status 0 is no answer."""

    status: int
    took_s: float
    body: bytes = b""


def ask(port: int, path: str = "/v1/estimates", *, within_s: float = 30.0) -> Got:
    """Ask over a new connection: for an estimate, or for what stands at another path."""
    begun = monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=within_s)
    try:
        if path == "/v1/estimates":
            connection.request("POST", path, BODY, {"Content-Type": "application/json"})
        else:
            connection.request("GET", path)
        answer = connection.getresponse()
        return Got(answer.status, monotonic() - begun, answer.read())
    except (OSError, HTTPException) as error:
        return Got(0, monotonic() - begun, repr(error).encode())
    finally:
        connection.close()


def ask_often(port: int, times: int = 40) -> list[Got]:
    """Ask for estimates from four threads."""
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: ask(port), range(times)))


@contextmanager
def connections(port: int, number: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each of which has sent the same bytes and then falls silent."""
    with ExitStack() as opened:
        found = []
        for _ in range(number):
            found.append(opened.enter_context(socket.create_connection(("127.0.0.1", port), 10)))
            found[-1].sendall(sent)
        yield found


@contextmanager
def dripping(clients: list[socket.socket], rest: bytes, every_s: float) -> Iterator[None]:
    """Let clients send the rest of a request byte by byte, all of them at once."""
    done = Event()

    def drip() -> None:
        for at in range(len(rest)):
            for client in clients:
                with suppress(OSError):  # the service may have hung up
                    client.sendall(rest[at : at + 1])
            if done.wait(every_s):
                return

    thread = Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def all_of(client: socket.socket, within_s: float = 20.0) -> bytes:
    """Whatever a service still sends, up to its end; what had come when it hung up."""
    client.settimeout(within_s)
    come = b""
    try:
        while piece := client.recv(65_536):
            come += piece
    except ConnectionError:
        pass
    return come


def statuses(answers: bytes) -> list[int]:
    """The status of every answer that stands in what a service sent."""
    lines = answers.split(b"HTTP/1.1 ")[1:]
    return [int(line[:3]) for line in lines]


def problem(answer: bytes) -> dict[str, Any]:
    """The problem document of one whole answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer
    said: dict[str, Any] = json.loads(body)
    return said


def p99_ms(answers: list[Got]) -> float:
    """What the slowest but one in a hundred took."""
    took = sorted(answer.took_s for answer in answers)
    return 1000 * took[min(len(took) - 1, int(0.99 * len(took)))]
