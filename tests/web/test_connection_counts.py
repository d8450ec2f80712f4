"""Processes see how many connections the others hold."""

import os

from recycler.web.process.connection_counts import PLACES, ConnectionCounts


def test_a_process_that_is_alone_has_nobody_to_compare_with() -> None:
    counts = ConnectionCounts()
    counts.hold(0, 7)
    assert counts.fewest(besides=0) is None


def test_the_fewest_are_those_of_the_others() -> None:
    counts = ConnectionCounts()
    for place, connections in enumerate((1, 5, 3)):
        counts.hold(place, connections)
    assert counts.fewest(besides=1) == 1
    assert counts.fewest(besides=0) == 3


def test_a_process_that_left_is_not_counted() -> None:
    counts = ConnectionCounts()
    counts.hold(0, 0)
    counts.hold(1, 4)
    counts.leave(0)
    assert counts.fewest(besides=1) is None


def test_processes_beyond_the_places_take_no_part() -> None:
    counts = ConnectionCounts()
    counts.hold(PLACES, 1)
    assert counts.fewest(besides=0) is None


def test_what_a_process_says_after_a_fork_is_seen_by_the_others() -> None:
    counts = ConnectionCounts()
    child = os.fork()
    if child == 0:
        counts.hold(1, 12)
        os._exit(0)
    os.waitpid(child, 0)
    assert counts.fewest(besides=0) == 12
