"""The store of measured lots as the service uses it: what is written is counted and traced."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from recycler.assays import FAILURES, AssayStore, DatabaseUnavailableError, Imported, StoredLot
from recycler.lot import MeasuredLot
from recycler.web.process.metrics import Metrics
from recycler.web.process.tracing import step


class Kind(StrEnum):
    """How lots are written."""

    ADD = "add"
    IMPORT = "import"
    REPLACE = "replace"
    DELETE = "delete"


class Outcome(StrEnum):
    """What came of it: it is done, nothing was to be done, or nothing was done."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass
class _Write:
    """A write under way, and whether it changed anything."""

    changed: bool = True


class CountingStore(AssayStore):
    """An AssayStore that counts its writes; see there for what its methods do.

    Args:
        url: As there.
        timeout_s: As there.
        metrics: Is told of every write.
    """

    def __init__(self, url: str, *, timeout_s: float, metrics: Metrics) -> None:
        super().__init__(url, timeout_s=timeout_s)
        self._metrics = metrics
        for kind in Kind:
            for outcome in Outcome:
                metrics.show_assay_writes(kind, outcome)

    def add(self, lot: MeasuredLot, *, key: str | None = None) -> tuple[StoredLot, bool]:
        """Store a lot; unchanged if its key came before."""
        with self._counted(Kind.ADD) as write:
            stored, write.changed = super().add(lot, key=key)
            return stored, write.changed

    def add_all(self, lots: Iterable[MeasuredLot]) -> Imported:
        """Store all lots or none; unchanged if all stood there already."""
        with self._counted(Kind.IMPORT) as write:
            imported = super().add_all(lots)
            write.changed = imported.added > 0
            return imported

    def replace(self, assay_id: str, lot: MeasuredLot, *, expected: int) -> StoredLot:
        """Give a lot another content; unchanged if it is the one that it has."""
        with self._counted(Kind.REPLACE) as write:
            stored = super().replace(assay_id, lot, expected=expected)
            write.changed = stored.version != expected
            return stored

    def delete(
        self, assay_id: str, *, who: str, why: str, expected: int | None = None
    ) -> StoredLot:
        """Delete a lot."""
        with self._counted(Kind.DELETE):
            return super().delete(assay_id, who=who, why=why, expected=expected)

    @contextmanager
    def _counted(self, kind: Kind) -> Iterator[_Write]:
        write, outcome = _Write(), Outcome.FAILED
        try:
            with step("write"):
                yield write
            outcome = Outcome.DONE if write.changed else Outcome.UNCHANGED
        except DatabaseUnavailableError:
            outcome = Outcome.UNAVAILABLE
            raise
        except FAILURES:
            outcome = Outcome.REFUSED
            raise
        finally:
            self._metrics.assay_written(kind, outcome)
