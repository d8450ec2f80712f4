"""How much one sender may ask for: requests and lines, counted in windows of fixed length.

The counts lie in the memory of each process, or in a Redis or Valkey server that all processes
share. A server that cannot be reached keeps nobody from an answer: each process then counts by
itself until it is back.
"""

import logging
import math
import time
from typing import Final

from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from recycler.settings import Settings, SettingsError, variable
from recycler.web.problems import RateLimitError
from recycler.web.process.window_counts import WindowCounts

IN_MEMORY: Final = "memory://"

PATIENCE_S: Final = 0.25
"""Longest wait for the store, which stands between a sender and every answer."""

PAUSE_S: Final = 5.0
"""How long a store that failed is left alone, so that not every request waits for it."""

_LOG: Final = logging.getLogger(__name__)


class RateLimits:
    """What each sender may ask for, and what it has asked for already.

    Args:
        requests: Requests in a window; None for as many as there come.
        lines: Lines of batches, likewise.
        store: Where all processes count together; None counts in this process alone.
    """

    def __init__(
        self,
        requests: RateLimitItem | None,
        lines: RateLimitItem | None,
        store: Storage | None = None,
    ) -> None:
        self._limits = {"requests": requests, "lines": lines}
        self._own = FixedWindowRateLimiter(WindowCounts())
        self._shared = FixedWindowRateLimiter(store) if store is not None else None
        self._leave_alone_until = 0.0
        self._away = False

    def take(self, unit: str, sender: str, amount: int = 1) -> None:
        """Count what a sender asks for; what is refused counts, too.

        Args:
            unit: "requests" or "lines".
            sender: Who asks.
            amount: How many.

        Raises:
            RateLimitError: It is more than the sender may ask for.
        """
        limit = self._limits[unit]
        if limit is None:
            return
        if self._shared is not None and time.monotonic() >= self._leave_alone_until:
            try:
                _take(self._shared, limit, unit, sender, amount)
            except StorageError as error:
                self._lost(error)
            else:
                self._found()
                return
        _take(self._own, limit, unit, sender, amount)

    def _lost(self, error: StorageError) -> None:
        self._leave_alone_until = time.monotonic() + PAUSE_S
        if not self._away:
            self._away = True
            # Its message may hold an address, never the password; the URL is not logged.
            kind = type(error.storage_error).__name__
            _LOG.warning("The store of the rate limits fails (%s); each worker counts alone", kind)

    def _found(self) -> None:
        if self._away:
            self._away = False
            _LOG.warning("The store of the rate limits is back; all workers count together")


def rate_limits(settings: Settings) -> RateLimits:
    """Build what the settings ask for; a store is not looked for before the first request.

    Raises:
        SettingsError: The store's client library is not installed, or cannot use its URL.
    """
    return RateLimits(
        _limit(settings.rate_limit), _limit(settings.rate_limit_lines), _store(settings)
    )


def words_of(settings: Settings) -> str:
    """Say in a few words what each sender may ask for, and who counts."""
    limits = {"requests": settings.rate_limit, "lines": settings.rate_limit_lines}
    allowed = [f"{said.replace(' ', f' {unit} ', 1)}" for unit, said in limits.items() if said]
    if not allowed:
        return "no rate limits"
    counted = "in a store that is shared"
    if settings.rate_limit_store == IN_MEMORY:
        counted = f"by each of {settings.workers} workers for itself"
        if settings.workers == 1:
            counted = "by its one worker"
    return f"for each sender {' and '.join(allowed)}, counted {counted}"


def _limit(said: str) -> RateLimitItem | None:
    return parse(said) if said else None


def _store(settings: Settings) -> Storage | None:
    url = settings.rate_limit_store
    if url == IN_MEMORY or not (settings.rate_limit or settings.rate_limit_lines):
        return None
    if url.startswith("valkey"):  # it speaks what Redis speaks: one client library does for both
        url = url.replace("valkey", "redis", 1)
    try:
        return RedisStorage(
            url,
            key_prefix="recycler",
            wrap_exceptions=True,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
        )
    except ConfigurationError:
        msg = (
            f"{variable('rate_limit_store')} names a Redis or Valkey server, but the client "
            "library is not installed: install recycler[ratelimit]"
        )
        raise SettingsError(msg) from None
    except ValueError:  # its message would hold the URL
        msg = f"{variable('rate_limit_store')} is no URL that the client of Redis understands"
        raise SettingsError(msg) from None


def _take(
    counts: FixedWindowRateLimiter, limit: RateLimitItem, unit: str, sender: str, amount: int
) -> None:
    if counts.hit(limit, unit, sender, cost=amount):
        return
    reset, _ = counts.get_window_stats(limit, unit, sender)
    wait_s = max(1, math.ceil(reset - time.time()))
    raise RateLimitError(unit, limit.amount, limit.get_expiry(), wait_s, amount)
