"""How many connections each process of the service holds, where all of them can see it."""

from mmap import mmap
from typing import Final

PLACES: Final = 64
"""Processes that are counted; further ones take no part."""

_NOBODY: Final = -1


class ConnectionCounts:
    """Numbers in memory that processes share. Make it before they are forked.

    A process has a place of its own, as for its metrics, and writes to no other.
    """

    def __init__(self) -> None:
        self._counts = memoryview(mmap(-1, 4 * PLACES)).cast("i")
        for place in range(PLACES):
            self.leave(place)

    def hold(self, place: int, connections: int) -> None:
        """Say how many connections the process at a place holds."""
        if place < PLACES:
            self._counts[place] = connections

    def leave(self, place: int) -> None:
        """Say that there is no process at a place."""
        self.hold(place, _NOBODY)

    def fewest(self, besides: int) -> int | None:
        """The fewest connections that any process holds but the one at a place; None if alone."""
        counts = self._counts.tolist()
        others = [n for place, n in enumerate(counts) if n != _NOBODY and place != besides]
        return min(others, default=None)
