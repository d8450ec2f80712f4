"""Looking after a model: the lots and the intake of a database, held against it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Final

from recycler.assays import AssayStore, IntakeStore
from recycler.monitoring.report import Asked, Monitoring, Rules, monitor
from recycler.registry import LoadedModel, Registry
from recycler.seen import used_assays
from recycler.settings import Settings

_EARLIER_DAYS: Final = 365
"""Days before the recent ones whose intake they are compared with: all seasons of a year."""


class Watch:
    """Reads what is stored and judges models by it.

    Args:
        assays: Gives the store of the lots, at every look.
        intake: The counts of what came in; None if it is not counted.
        rules: By which rules models are judged.
    """

    def __init__(
        self, assays: Callable[[], AssayStore], intake: IntakeStore | None, rules: Rules
    ) -> None:
        self._assays = assays
        self._intake = intake
        self._rules = rules

    @classmethod
    @contextmanager
    def of(cls, settings: Settings) -> Iterator["Watch"]:
        """The watch over the database of the settings, by their rules; closed afterwards."""
        url, timeout_s = settings.database_url, settings.database_timeout_s
        with (
            closing(AssayStore(url, timeout_s=timeout_s)) as assays,
            closing(IntakeStore(url, timeout_s=timeout_s)) as intake,
        ):
            yield cls(lambda: assays, intake if settings.intake else None, rules_of(settings))

    def look(self, model: LoadedModel, registry: Registry, asked: Asked) -> Monitoring:
        """Hold a model against everything that is stored now.

        Args:
            model: The model.
            registry: Where it is from; its record of assays says which lots it has learned from.
            asked: What is to be judged.

        Raises:
            ArtefactError: The record of assays cannot be read.
            DatabaseUnavailableError: The database cannot be used.
        """
        seen = _learned_from(model, registry)
        stored = list(self._assays().iterate())
        days = timedelta(days=_EARLIER_DAYS + self._rules.recent_days)
        intake = self._intake.counts(asked.today - days) if self._intake else None
        return monitor(model, stored, seen, intake, asked, self._rules)


def _learned_from(model: LoadedModel, registry: Registry) -> frozenset[str]:
    """The assays that a model has learned from, by their ids."""
    if not model.manifest.rows.get("assays"):
        return frozenset()
    return used_assays(registry.assays(model.version) or "")


def rules_of(settings: Settings) -> Rules:
    """What counts as recent, and how many lots are enough, as it is set."""
    return Rules(settings.intake_recent_days, settings.monitor_new_lots)
