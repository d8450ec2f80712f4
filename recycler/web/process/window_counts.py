"""Counts of the present windows, in the memory of one process and bounded in number.

The memory that the library `limits` brings starts a thread every few milliseconds, which walks
through every sender that it knows: ten thousand senders, such as a flood from many addresses,
would keep a core busy with that alone.
"""

import time
from threading import Lock
from typing import Any, Final

from limits.storage import Storage

MOST: Final = 50_000
"""Windows that are kept, some 200 bytes each; beyond it the oldest is forgotten."""


class WindowCounts(Storage):
    """A storage of `limits` for fixed windows; any number of threads may count."""

    STORAGE_SCHEME = None  # no URL names it

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self._most = most
        self._lock = Lock()
        # In the order in which they began, so that the first is the one to forget.
        self._windows: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What counting may raise: nothing of its own."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more in the window of `key`, or in a new one of `expiry` seconds."""
        now = time.monotonic()
        with self._lock:
            count, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                self._windows.pop(key, None)
                self._make_room(now)
                count, end = 0, now + expiry
            self._windows[key] = (count + amount, end)
        return count + amount

    def get(self, key: str) -> int:
        """What was counted in the present window of `key`."""
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        """When the present window of `key` ends, in Unix time."""
        now = time.monotonic()
        _, end = self._windows.get(key, (0, now))
        return time.time() + max(0.0, end - now)

    def check(self) -> bool:
        """Say that it can be used."""
        return True

    def reset(self) -> int:
        """Forget everything; how many windows that were."""
        with self._lock:
            found = len(self._windows)
            self._windows.clear()
        return found

    def clear(self, key: str) -> None:
        """Forget the window of `key`."""
        with self._lock:
            self._windows.pop(key, None)

    def _make_room(self, now: float) -> None:
        """Forget two windows that are over, if the first ones are, so that they do not pile up."""
        for _ in range(2):
            first: Any = next(iter(self._windows), None)
            if first is None:
                return
            if self._windows[first][1] <= now or len(self._windows) >= self._most:
                del self._windows[first]
