"""What the service counts, in the words of Prometheus.

Under `recycler serve` every process keeps its numbers in files of its own, and any of them adds all
up (see `recycler.web.process.metrics_files`). Elsewhere an application counts for itself alone.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterable
from functools import lru_cache
from time import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from recycler.estimate import Estimate, words_of
from recycler.web.process.metrics_files import FOLDER_VARIABLE

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""Media type of `Metrics.text`."""

_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

_MODEL_WORKERS: Final = "recycler_model_workers"
_REFUSED_WORKERS: Final = "recycler_promotion_refused_workers"

_SERIES_KEPT: Final = 1024


class Metrics:
    """The counters, gauges and histograms of one application."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Counter(
            "recycler_requests_total",
            "Requests answered.",
            ("endpoint", "method", "status"),
            registry=own,
        )
        self._request_seconds = Histogram(
            "recycler_request_duration_seconds",
            "Seconds from a request's arrival at the application to its answer.",
            ("endpoint",),
            buckets=_BUCKETS_S,
            registry=own,
        )
        self._model_workers = Gauge(
            _MODEL_WORKERS,
            "Processes that answer with a version of the model.",
            ("version",),
            multiprocess_mode="livesum",
            registry=own,
        )
        self._refused_workers = Gauge(
            _REFUSED_WORKERS,
            "Processes that refuse the champion of the models folder, by its version; empty if "
            "it could not be read.",
            ("version",),
            multiprocess_mode="livesum",
            registry=own,
        )
        self._workers = Gauge(
            "recycler_workers",
            "Processes that answer requests.",
            multiprocess_mode="livesum",
            registry=own,
        )
        self._swaps = Counter(
            "recycler_model_swaps_total",
            "Times that a process replaced the model it answers with.",
            registry=own,
        )
        self._refusals = Counter(
            "recycler_promotions_refused_total",
            "Times that a process refused the champion of the models folder, each reason once.",
            registry=own,
        )
        self._taken_at = Gauge(
            "recycler_model_taken_timestamp_seconds",
            "When a process last took a model, at its start or by a swap, in Unix time.",
            multiprocess_mode="livemax",
            registry=own,
        )
        self._load_seconds = Gauge(
            "recycler_model_load_seconds",
            "Seconds that the last load of a model took, in the slowest process.",
            multiprocess_mode="livemax",
            registry=own,
        )
        self._lines = Counter(
            "recycler_lines_estimated_total",
            "Lines of batches that were estimated.",
            ("category",),
            registry=own,
        )
        self._lines_outside = Counter(
            "recycler_lines_out_of_domain_total",
            "Lines that were estimated although nothing like them was published or measured.",
            ("category",),
            registry=own,
        )
        self._assay_writes = Counter(
            "recycler_assay_writes_total",
            "Times that measured lots were written, or were to be.",
            ("kind", "outcome"),
            registry=own,
        )
        self._refused: str | None = None
        self._lines_of = lru_cache(_SERIES_KEPT)(self._find_lines_of)
        self._series = lru_cache(_SERIES_KEPT)(self._find_series)
        self._workers.set(1)

    def request_answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            endpoint: Path with the names of its parameters, as OpenAPI has it.
            method: The HTTP method.
            status: Status of the answer.
            seconds: How long the answer took.
        """
        requests, request_seconds = self._series(endpoint, method, status)
        requests.inc()
        request_seconds.observe(seconds)

    def estimated(self, estimate: Estimate) -> None:
        """Count the lines of a batch that was estimated."""
        found = Tally((line.category, line.in_domain) for line in words_of(estimate.items))
        for (category, in_domain), number in found.items():
            lines, outside = self._lines_of(category)
            lines.inc(number)
            if not in_domain:
                outside.inc(number)

    def assay_written(self, kind: str, outcome: str) -> None:
        """Count a write of measured lots.

        Args:
            kind: How they were written.
            outcome: What came of it.
        """
        self._assay_writes.labels(kind, outcome).inc()

    def show_assay_writes(self, kind: str, outcome: str) -> None:
        """Show a count of writes while it is zero, so that its first rise is seen as one."""
        self._assay_writes.labels(kind, outcome)

    def model_loaded(self, seconds: float) -> None:
        """Keep how long a model took to load."""
        self._load_seconds.set(seconds)

    def model_taken(self, version: str, replaced: str | None) -> None:
        """Count this process to a version, and no more to the one that it replaced."""
        if replaced is not None:
            self._model_workers.labels(replaced).set(0)
            self._swaps.inc()
        self._model_workers.labels(version).set(1)
        self._taken_at.set(time())

    def promotion_refused(self, version: str) -> None:
        """Count a refusal, and this process to those that refuse the version."""
        self.refusal_ended()
        self._refused = version
        self._refusals.inc()
        self._refused_workers.labels(version).set(1)

    def refusal_ended(self) -> None:
        """Count this process no more to those that refuse a version."""
        if self._refused is not None:
            self._refused_workers.labels(self._refused).set(0)
            self._refused = None

    def text(self) -> bytes:
        """Everything that was counted, by all processes, in Prometheus' text format."""
        registry = self._registry
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(_Present(registry))

    def _find_lines_of(self, category: str) -> tuple[Counter, Counter]:
        return self._lines.labels(category), self._lines_outside.labels(category)

    def _find_series(self, endpoint: str, method: str, status: int) -> tuple[Counter, Histogram]:
        requests = self._requests.labels(endpoint, method, status)
        return requests, self._request_seconds.labels(endpoint)


class _Present:
    """Leaves out versions that no process answers with or refuses any more.

    The library cannot take back a label that was used once.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """Everything but series of versions that are zero."""
        for metric in self._registry.collect():
            if metric.name in (_MODEL_WORKERS, _REFUSED_WORKERS):
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric
