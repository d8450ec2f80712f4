"""How much of a request has to be there before a thread is worth lending to it."""

import pytest
from raw_clients import HEAD, WHOLE

from recycler.web.worker import MOST, bytes_wanted


def test_a_request_that_is_whole_wants_no_more_than_it_has():
    assert bytes_wanted(WHOLE) == len(WHOLE)
    assert bytes_wanted(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n") == 32


def test_what_follows_a_request_is_none_of_its_bytes():
    assert bytes_wanted(WHOLE + WHOLE[:30]) == len(WHOLE)


def test_a_request_whose_length_is_known_wants_all_of_it():
    assert all(bytes_wanted(WHOLE[:n]) == len(WHOLE) for n in range(len(HEAD) + 5, len(WHOLE)))


def test_a_header_that_has_not_ended_wants_one_byte_more():
    assert bytes_wanted(b"") == 1
    assert bytes_wanted(HEAD[:40]) == 41
    assert bytes_wanted(b"G" * MOST) > MOST


@pytest.mark.parametrize(
    "field", [b"Transfer-Encoding: chunked", b"transfer-encoding : x", b"Expect: 100-continue"]
)
def test_what_does_not_say_its_length_or_waits_itself_is_not_waited_for(field):
    assert bytes_wanted(HEAD.replace(b"Host: faults", field) % 5) > MOST


def test_a_long_body_is_not_waited_for_and_says_how_long_it_is():
    assert bytes_wanted(HEAD % 10**6) == len(HEAD % 10**6) + 10**6


@pytest.mark.parametrize(
    "start",
    [
        b"\x16\x03\x01",
        b"\r\n",
        HEAD.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n") % 9,
    ],
)
def test_what_is_no_request_wants_nothing_and_is_refused_at_once(start):
    assert bytes_wanted(start) == 0


@pytest.mark.parametrize("length", [b"+5", b"-5", b"5, 5", b"0x5", b"", b"9" * 16])
def test_a_length_that_is_none_is_left_to_the_server_to_refuse(length):
    start = HEAD.replace(b"%d", length)

    assert bytes_wanted(start) == len(start)
