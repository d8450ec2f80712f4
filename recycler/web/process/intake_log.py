"""Counting what comes in: in memory while requests are answered, into the database in between.

Best effort: whatever happens to the database, no estimate fails or waits for it.
"""

import atexit
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from threading import Event, Lock, Thread
from typing import Final

from recycler.batch import Batch
from recycler.estimate import Estimate
from recycler.intake import IntakeCount, IntakeKind, kinds_of

MOST_KINDS: Final = 10_000
"""Kinds of lines that wait in memory at most; lines of further ones are lost, and counted."""

_LOG = logging.getLogger(__name__)


class IntakeLog:
    """Counts lines by day and kind; threads may share it.

    Args:
        write: Writes counts, all or none; whatever it raises, they are kept for the next time.
        is_there: Whether there is something to write to; until there is, lines wait.
        today: Tells the day, UTC.
        most_kinds: Kinds that wait at most.
    """

    def __init__(
        self,
        write: Callable[[Sequence[IntakeCount]], None],
        *,
        is_there: Callable[[], bool] = lambda: True,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        most_kinds: int = MOST_KINDS,
    ) -> None:
        self._write = write
        self._is_there = is_there
        self._today = today
        self._most_kinds = most_kinds
        self._lock = Lock()
        self._writing = Lock()
        self._waiting: dict[IntakeKind, tuple[int, int]] = {}
        self._refusal = ""
        self.lost = 0
        """Lines that were not counted because too many kinds waited."""

    def record(self, batch: Batch, estimate: Estimate) -> None:
        """Count the lines of a batch that was estimated; never raises."""
        try:
            kinds = list(kinds_of(batch, estimate, self._today()))
            with self._lock:
                for kind, pieces in kinds:
                    self._add(kind, 1, pieces)
        except Exception:  # noqa: BLE001 - the estimate is what was asked for
            _LOG.exception("lines that came in could not be counted")

    def flush(self) -> None:
        """Write what waits; never raises."""
        with self._writing:
            counts = self._taken()
            try:
                if counts and self._is_there():
                    self._write(counts)
                    self._accepted()
                else:
                    self._keep(counts)
            except Exception as error:  # noqa: BLE001 - the next flush tries again
                self._keep(counts)
                self._refused(str(error))

    def _taken(self) -> list[IntakeCount]:
        with self._lock:
            taken, self._waiting = self._waiting, {}
        return [IntakeCount(kind, lines, pieces) for kind, (lines, pieces) in taken.items()]

    def _add(self, kind: IntakeKind, lines: int, pieces: int) -> None:
        before = self._waiting.get(kind)
        if before is not None:
            self._waiting[kind] = before[0] + lines, before[1] + pieces
        elif len(self._waiting) < self._most_kinds:
            self._waiting[kind] = lines, pieces
        else:
            if not self.lost:
                _LOG.warning("%d kinds of lines wait; further ones are lost", self._most_kinds)
            self.lost += lines

    def _keep(self, counts: Sequence[IntakeCount]) -> None:
        with self._lock:
            for count in counts:
                self._add(count.kind, count.lines, count.pieces)

    def _refused(self, reason: str) -> None:
        """Say once why nothing is written, until that changes."""
        if reason != self._refusal:
            self._refusal = reason
            _LOG.warning("lines that came in wait to be counted: %s", reason)

    def _accepted(self) -> None:
        if self._refusal:
            self._refusal = ""
            lost = f", but {self.lost} were lost" if self.lost else ""
            _LOG.info("lines that came in are counted again%s", lost)
        self.lost = 0


def keep_flushing(log: IntakeLog, every_s: float) -> None:
    """Start the thread that writes what waits every `every_s` seconds, and once more at the exit.

    A fork does not take it along, so it is started in the process that answers.
    """
    over = Event()
    Thread(target=_flush_on, args=(log, every_s, over), name="intake", daemon=True).start()
    atexit.register(_finish, log, over)


def _flush_on(log: IntakeLog, every_s: float, over: Event) -> None:
    while not over.wait(every_s):
        log.flush()


def _finish(log: IntakeLog, over: Event) -> None:
    over.set()
    log.flush()
    if log.lost:
        _LOG.warning("%d lines that came in were lost", log.lost)
