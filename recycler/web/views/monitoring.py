"""GET /v1/monitoring: what was predicted against what was measured since."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint

from recycler.monitoring import Asked, Monitoring, Watch
from recycler.registry import ArtefactError, LoadedModel, Registry
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.answers.monitoring_answers import MonitoringSchema
from recycler.web.endpoints import add_endpoint, answered_by, json_bytes
from recycler.web.input.fields import Day, Text
from recycler.web.input.schemas import LONGEST_TEXT, YEARS
from recycler.web.input.strict_schema import StrictSchema, strict_schema
from recycler.web.problems import NotReadyError
from recycler.web.process.champion import Champion, open_registry
from recycler.web.views.queries import parameters, read_query

_LOG = logging.getLogger(__name__)

_SHORTEST_S: Final = 10.0
_TIMES_AS_LONG: Final = 10
_MOST_KEPT: Final = 50


class KeptDocuments:
    """Monitoring documents, each kept for ten times as long as it took to make, at least 10 s.

    So however often they are asked for, they take a tenth of a core at most. One is made at a time.

    Args:
        watch: Makes them.
        open_registry: Opens the models folder.
        clock: Seconds that pass.
    """

    def __init__(
        self,
        watch: Watch,
        open_registry: Callable[[], Registry],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._watch = watch
        self._open_registry = open_registry
        self._clock = clock
        self._one_at_a_time = Lock()
        self._kept: dict[tuple[str, Asked], tuple[float, bytes]] = {}

    def document(self, model: LoadedModel, asked: Asked) -> bytes:
        """The document as JSON, made now or a moment ago.

        Raises:
            DatabaseUnavailableError: The database cannot be used, and none was made a moment ago.
            NotReadyError: The models folder cannot be read, and none was made a moment ago.
        """
        key = model.version, asked
        with self._one_at_a_time:
            begun = self._clock()
            self._kept = {k: kept for k, kept in self._kept.items() if kept[0] > begun}
            if key not in self._kept:
                made = dump(self._look(model, asked))
                now = self._clock()
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = now + max(_SHORTEST_S, _TIMES_AS_LONG * (now - begun)), made
            return self._kept[key][1]

    def _look(self, model: LoadedModel, asked: Asked) -> Monitoring:
        try:
            return self._watch.look(model, self._open_registry(), asked)
        except ArtefactError as error:
            _LOG.warning("what the model has learned from cannot be read: %s", error)
            raise NotReadyError("The models folder cannot be read; the log says why") from error


def monitoring(settings: Settings, champion: Champion, watch: Watch) -> Any:
    """Build the blueprint of the monitoring."""
    kept = KeptDocuments(watch, partial(open_registry, settings))
    blueprint = Blueprint("monitoring", __name__, description="Predictions against measured lots")
    query = _query()

    def get_monitoring() -> Response:
        """Hold the champion against the lots measured since, and the intake against the tables."""
        asked = _asked(query)
        model = champion.model
        return answered_by(model.version, json_bytes(kept.document(model, asked)))

    add_endpoint(
        blueprint,
        "GET",
        "/v1/monitoring",
        get_monitoring,
        answer=MonitoringSchema,
        problems=(422, 500, 503),
        by_model=True,
        parameters=parameters(query),
    )
    return blueprint


def _query() -> StrictSchema:
    since = "Only lots measured from this day on."
    return strict_schema(
        "MonitoringQuery",
        "a query of the monitoring",
        {
            "plant": Text(LONGEST_TEXT, description="Only lots of this plant."),
            "since": Day(*YEARS, description=since),
        },
    )


def _asked(query: StrictSchema) -> Asked:
    """What the query string asks for, today.

    Raises:
        InvalidQueryError: A parameter or its value is not known, or a parameter stands twice.
    """
    read = read_query(query)
    return Asked(read.get("plant"), read.get("since"), datetime.now(UTC).date())
