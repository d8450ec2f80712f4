"""Latency at half of full load: how long most wait, and how long the last in a hundred.

Full load is the rate that wrk reaches when it never waits. At half of it requests come evenly
spaced, or at moments that do not depend on each other, as those of many senders do: then some
come together and wait for each other, however fast the service is.
"""

from statistics import median
from typing import Any, Final

from .batches import batch, template
from .services import RECYCLER, service
from .wrk import Pace, Run, drive, summary

LINES: Final = 10
CONNECTIONS: Final = 16
PACES: Final[tuple[Pace, ...]] = ("even", "chance")


def measure(rounds: int, seconds: int) -> dict[str, Any]:
    """The rate of full load, and latencies at half of it by pace.

    Raises:
        FailedRequestsError: A request failed.
    """
    text = template(batch(LINES))
    with service(RECYCLER) as running:
        drive(running.url, text, seconds=seconds)  # caches fill
        full = median(drive(running.url, text, seconds=seconds).rate for _ in range(rounds))
        found = {pace: at_half(running.url, text, full, pace, rounds, seconds) for pace in PACES}
    return {"lines": LINES, "full_rate": full, "paces": found}


def at_half(
    url: str, text: str, full: float, pace: Pace, rounds: int, seconds: int
) -> dict[str, float]:
    """Medians over the rounds; `ratio` is p99 over p50 of a round."""

    def run() -> Run:
        return drive(url, text, seconds=seconds, connections=CONNECTIONS, rate=full / 2, pace=pace)

    runs = [run() for _ in range(rounds)]
    return summary(runs) | {"ratio": median(run.p99_ms / run.p50_ms for run in runs)}
