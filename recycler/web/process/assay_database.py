"""The database of assays as the endpoints use it, and what /readyz says of it."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from recycler.assays import AssayStore, DatabaseUnavailableError, IntakeStore
from recycler.web.problems import Check

DATABASE: Final = "database"
"""Name of the check. It may fail while the service is ready: estimates need no database."""

_PATIENCE_S: Final = 0.5
"""How long /readyz waits for the database: a probe must not hang with what it probes."""

_LOG: Final = logging.getLogger(__name__)


class AssayDatabase:
    """Holds the stores; nothing is connected before an endpoint asks one of them.

    Args:
        store: The lots.
        intake: The counts of what came in; None if it is not counted.
    """

    def __init__(self, store: AssayStore, intake: IntakeStore | None) -> None:
        self.intake = intake
        self._store = store
        self._used = False
        self._lock = threading.Lock()
        self._prober = ThreadPoolExecutor(1, "recycler-database-check")
        self._probe: Future[str | None] | None = None
        self._failure = ""

    @property
    def store(self) -> AssayStore:
        """The store, to be used now."""
        self._used = True
        return self._store

    def close(self) -> None:
        """Close the connections of this process."""
        self._prober.shutdown()
        self._store.close()
        if self.intake:
            self.intake.close()

    def check(self) -> Check:
        """Whether the database answers this process, which is not asked before the first use."""
        if not self._used:
            return Check(DATABASE, passed=True, detail="not used by this process yet")
        failure = self._failed()
        if failure and failure != self._failure:  # not every caller of /readyz is told: the log is
            _LOG.warning("the check %s fails: %s", DATABASE, failure)
        self._failure = failure
        return Check(DATABASE, not failure, failure or "answers")

    def _failed(self) -> str:
        """Why the database does not answer; empty if it does."""
        try:
            self._running_probe().result(_PATIENCE_S)
        except TimeoutError:
            return f"no answer within {_PATIENCE_S} s"
        except DatabaseUnavailableError as error:
            return str(error)
        return ""

    def _running_probe(self) -> "Future[str | None]":
        """A question to the database that is under way: one at a time, however long it hangs."""
        with self._lock:
            if self._probe is None or self._probe.done():
                self._probe = self._prober.submit(self._store.revision)
            return self._probe
