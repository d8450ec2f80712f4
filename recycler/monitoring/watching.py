"""Looking after a model: the lots and the intake of a database, held against it."""

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
    """Reads what is stored and judges models by it; connects at the first look.

    Args:
        settings: The database, what counts as recent, and how many lots are enough.
    """

    def __init__(self, settings: Settings) -> None:
        url, timeout_s = settings.database_url, settings.database_timeout_s
        self._assays = AssayStore(url, timeout_s=timeout_s)
        self._intake = IntakeStore(url, timeout_s=timeout_s) if settings.intake else None
        self._rules = Rules(settings.intake_recent_days, settings.monitor_new_lots)

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
        stored = list(self._assays.iterate())
        days = timedelta(days=_EARLIER_DAYS + self._rules.recent_days)
        intake = self._intake.counts(asked.today - days) if self._intake else None
        return monitor(model, stored, seen, intake, asked, self._rules)


def _learned_from(model: LoadedModel, registry: Registry) -> frozenset[str]:
    """The assays that a model has learned from, by their ids."""
    if not model.manifest.rows.get("assays"):
        return frozenset()
    return used_assays(registry.assays(model.version) or "")
