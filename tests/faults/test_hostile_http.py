"""Messages that two servers could understand differently, or that no server should: one answer."""

import gzip
from collections.abc import Iterator

import pytest
from raw_clients import BODY, HEAD, WHOLE, all_of, ask_often, connections, problem, statuses
from served import served

pytestmark = pytest.mark.slow

SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: faults\r\n\r\n"
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a running service that reads 100,000 bytes."""
    folder = tmp_path_factory.mktemp("served")
    settings = {"workers": 2, "request_timeout_s": 3, "max_body_bytes": 100_000}
    settings |= {"anonymous": "yes", "rate_limit": "none", "rate_limit_lines": "none"}
    with served(folder, f"sqlite:///{folder}/assays.db", **settings) as (port, _):
        ask_often(port)
        yield port


def answers_to(port: int, sent: bytes) -> bytes:
    """All that the service sends to one who sends this and then waits."""
    with connections(port, 1, sent) as (client,):
        return all_of(client)


def head(*fields: bytes, line: bytes = b"POST /v1/estimates HTTP/1.1") -> bytes:
    """A request's head with further fields."""
    kept = (b"Host: faults", b"Content-Type: application/json")
    return b"\r\n".join((line, *kept, *fields)) + b"\r\n\r\n"


LENGTH = b"Content-Length: %d" % len(BODY)


@pytest.mark.parametrize(
    "sent",
    [
        head(LENGTH, b"Transfer-Encoding: chunked") + CHUNKED,
        head(b"Transfer-Encoding: chunked", b"Content-Length: 4") + CHUNKED,
        head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity") + CHUNKED,
        head(b"Transfer-Encoding: xchunked") + CHUNKED,
        head(b"Transfer-Encoding : chunked") + CHUNKED,
        head(b"Transfer-Encoding:\x0bchunked") + CHUNKED,
        head(LENGTH, b"Content-Length: 5") + BODY,
        head(LENGTH, LENGTH) + BODY,
        head(b"Content-Length: +5") + BODY,
        head(b"Content-Length: -5") + BODY,
        head(b"Content-Length: 5, 5") + BODY,
        head(b"Content-Length: 0x10") + BODY,
        head(b"Content-Length: " + b"9" * 400) + BODY,
        head(b"Content-Length : 5") + BODY,
        head(b"Transfer-Encoding: chunked") + b"-1\r\n" + BODY,
        head(b"Transfer-Encoding: chunked") + b"ffffffffffffffffff\r\n" + BODY,
        head(b"Transfer-Encoding: chunked") + b"5\r\n" + BODY,
        head(LENGTH, b"X-Folded: a\r\n b") + BODY,
        head(LENGTH, b"X-Null: a\x00b") + BODY,
        head(LENGTH, b"X-Return: a\rContent-Length: 5") + BODY,
        head(LENGTH, b"no colon") + BODY,
        head(LENGTH, b": no name") + BODY,
        head(line=b"GET /livez HTTP/9.9"),
        head(line=b"GET /livez"),
        head(line=b"GET  /livez HTTP/1.1"),
        head(line=b"G\x00T /livez HTTP/1.1"),
        head(line=b"GET /" + b"x" * 9000 + b" HTTP/1.1"),
        head(*[b"X-%d: 1" % i for i in range(200)]),
        head(b"X-Long: " + b"x" * 20_000),
        head(b"X-Long: " + b"x" * 200_000),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
    ],
)
def test_what_can_be_understood_in_two_ways_is_refused_and_the_connection_closed(port, sent):
    """Whatever follows it on the connection is read by nobody."""
    answers = answers_to(port, sent + SMUGGLED)

    assert len(statuses(answers)) <= 1
    assert set(statuses(answers)) <= {400, 413, 414, 431, 501, 505}, answers
    assert b'"live"' not in answers


def test_a_body_that_is_expected_is_asked_for(port):
    expecting = head(
        b"Content-Length: %d" % len(BODY), b"Expect: 100-continue", b"Connection: close"
    )
    with connections(port, 1, expecting) as (client,):
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(BODY)
        assert statuses(all_of(client)) == [200]


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"gzip, gzip"])
def test_compressed_bodies_are_refused_unread(port, coding):
    """A bomb among them: ten megabytes of spaces in ten kilobytes."""
    bomb = gzip.compress(b" " * 10_000_000)
    fields = b"Content-Encoding: " + coding, b"Content-Length: %d" % len(bomb), b"Connection: close"
    answer = answers_to(port, head(*fields) + bomb)

    assert statuses(answer) == [415]
    assert "without a Content-Encoding" in problem(answer)["detail"]


@pytest.mark.parametrize("length", [100_001, 10**9, 10**15])
def test_what_is_too_large_is_refused_before_it_comes(port, length):
    answer = answers_to(port, HEAD.replace(b"Host:", b"Connection: close\r\nHost:") % length)

    assert statuses(answer) == [413]
    assert "100000 bytes" in problem(answer)["detail"]


def test_the_service_is_well_after_all_of_it(port):
    assert statuses(answers_to(port, WHOLE)) == [200]
