"""Clients that are slow, silent or gone, against `recycler serve` with two workers of two threads.

Each test prints what the others saw (`pytest -s`); docs/faults.md has the figures.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event
from time import monotonic

import pytest
from raw_clients import (
    BODY,
    HEAD,
    WHOLE,
    all_of,
    ask,
    ask_often,
    connections,
    dripping,
    p99_ms,
    statuses,
)
from served import served

pytestmark = pytest.mark.slow

REQUEST_TIMEOUT_S = 3
PATIENT_MS = 5000
"""Others must not wait longer, even on a busy machine; without a free thread they wait for ever."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a running service."""
    folder = tmp_path_factory.mktemp("served")
    settings = {"workers": 2, "threads": 2, "request_timeout_s": REQUEST_TIMEOUT_S}
    settings |= {"anonymous": "yes", "rate_limit": "none", "rate_limit_lines": "none"}
    with served(folder, f"sqlite:///{folder}/assays.db", **settings) as (port, _):
        ask_often(port)  # both workers are there from then on
        yield port


def assert_others_are_served(port: int, what: str) -> None:
    """Everybody else gets an estimate, soon."""
    answers = ask_often(port)
    print(f"{what}: others {p99_ms(answers):.0f} ms at p99")  # noqa: T201  (shown by pytest -s)
    assert {answer.status for answer in answers} == {200}, answers
    assert p99_ms(answers) < PATIENT_MS


@pytest.mark.parametrize(
    ("what", "sent", "rest"),
    [
        ("nothing", b"", b""),
        ("half a header", HEAD[:40], b""),
        ("header byte by byte", b"POST", b" /v1/estimates HTTP/1.1\r\n" * 9),
        ("half a body", WHOLE[:-20], b""),
        ("body byte by byte", HEAD % len(BODY), BODY),
        ("a second request by half", WHOLE + WHOLE[:-20], b""),
    ],
)
def test_slow_senders_take_no_thread_and_are_hung_up_on(port, what, sent, rest):
    begun = monotonic()
    with connections(port, 100, sent) as slow, dripping(slow, rest, every_s=0.2):
        assert_others_are_served(port, f"100 clients that send {what}")
        ended = [statuses(all_of(client)) for client in slow]

    assert monotonic() - begun > REQUEST_TIMEOUT_S - 0.5
    assert ended == [[200] if "second" in what else []] * 100


@pytest.mark.parametrize(
    ("what", "head"),
    [
        ("a long body", HEAD % 900_000),
        ("chunks", HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")),
        ("Expect", HEAD.replace(b"Host:", b"Expect: 100-continue\r\nHost:") % len(BODY)),
        ("an import", HEAD.replace(b"estimates", b"assays/import") % 900_000),
    ],
)
def test_requests_that_are_read_in_a_thread_leave_one_to_others_and_end(port, what, head):
    """Other kinds of slow requests wait for each other, but nobody else waits for them."""
    with connections(port, 20, head) as slow, dripping(slow, BODY, every_s=0.2):
        assert_others_are_served(port, f"20 clients that announce {what} and send it slowly")
    assert_others_are_served(port, f"after clients that announced {what} and hung up")


def test_a_long_body_that_stops_coming_is_given_up(port):
    """One thread for each worker: both are free again after the deadline."""
    head = HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")
    begun = monotonic()
    with connections(port, 2, head + b'5\r\n{"a"') as slow:
        given_up = [all_of(client) for client in slow]

    assert REQUEST_TIMEOUT_S - 0.5 < monotonic() - begun < REQUEST_TIMEOUT_S + 10
    assert [statuses(answer) for answer in given_up] == [[400]] * 2


def test_what_comes_slowly_but_in_time_is_answered(port):
    """In three pieces, with the pauses of a bad line."""
    with connections(port, 5) as clients:
        for piece in (WHOLE[:50], WHOLE[50:400], WHOLE[400:]):
            for client in clients:
                client.sendall(piece)
            Event().wait(0.4)
        for client in clients:
            client.shutdown(socket.SHUT_WR)
        assert [statuses(all_of(client)) for client in clients] == [[200]] * 5


def test_requests_sent_in_one_go_are_answered_in_order(port):
    """Pipelining: several requests before the first answer, the last one cut in two."""
    with connections(port, 1, WHOLE * 3 + WHOLE[:-5]) as (client,):
        Event().wait(0.3)
        client.sendall(WHOLE[-5:])
        client.shutdown(socket.SHUT_WR)
        answers = all_of(client)

    assert statuses(answers) == [200] * 4


def test_a_thousand_idle_connections_keep_nobody_out(port):
    with connections(port, 1000) as idle:
        assert_others_are_served(port, "1,000 idle connections")
        assert all_of(idle[0]) == b""
    assert_others_are_served(port, "after 1,000 idle connections")


@pytest.mark.parametrize("sent", [HEAD[:40], WHOLE[:-20], HEAD % 900_000 + BODY, WHOLE])
def test_clients_that_reset_their_connection_leave_nothing_behind(port, sent):
    """Before the request is whole, and before the answer is read."""
    with connections(port, 50, sent) as gone:
        for client in gone:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert_others_are_served(port, f"50 clients gone after {len(sent)} bytes")


def far_receiver(port: int, sent: bytes) -> socket.socket:
    """A client that looks far away: small packets, hardly any room, and it takes nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1448)
    client.connect(("127.0.0.1", port))
    client.sendall(sent)
    return client


def test_receivers_that_are_far_away_hold_no_thread(port):
    """Forty lines are 200 kB, which the kernel keeps for them."""
    lines = b",".join([b'{"category": "phone", "count": 1}'] * 40)
    body = b'{"items": [' + lines + b"]}"
    with ExitStack() as far:
        for _ in range(8):
            far.enter_context(far_receiver(port, HEAD % len(body) + body))
        Event().wait(0.5)
        assert_others_are_served(port, "8 receivers that are far away")


def test_receivers_that_take_nothing_are_given_up(port):
    """Answers beyond what the kernel keeps hold all threads, until the deadline."""
    lines = b",".join([b'{"category": "phone", "count": 1}'] * 1000)
    body = b'{"items": [' + lines + b"]}"
    with connections(port, 8, (HEAD % len(body) + body) * 4) as deaf:
        Event().wait(1)
        answer = ask(port, "/livez", within_s=8 * REQUEST_TIMEOUT_S)
        print(f"{len(deaf)} receivers that take nothing: others {answer.took_s:.1f} s")  # noqa: T201  (shown by pytest -s)
        assert answer.status == 200
    assert_others_are_served(port, "after receivers that took nothing")


def test_clients_that_do_not_close_after_the_last_answer_keep_nobody_waiting(port):
    last = WHOLE.replace(b"Host:", b"Connection: close\r\nHost:")
    with connections(port, 50, last) as staying:
        assert_others_are_served(port, "50 clients that do not close their connection")
        assert [statuses(all_of(client)) for client in staying] == [[200]] * 50
