"""What share of the echo service's rate recycler reaches: what estimating costs beside all else.

Both services have two workers and run at the same time; wrk drives them in turn, round by round.
Batches of 1, 10 and 100 lines have counts that change from request to request, so that nothing is
answered from memory; one of ten lines stays as it is.
"""

from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from .batches import batch, template
from .services import ECHO_SERVICE, RECYCLER, service
from .wrk import Counts, Run, drive, summary


@dataclass(frozen=True)
class Load:
    """What is sent: batches of so many lines, with counts that change or not."""

    lines: int
    counts: Counts


LOADS: Final = (Load(1, "varying"), Load(10, "varying"), Load(100, "varying"), Load(10, "fixed"))


def compare(rounds: int, seconds: int) -> list[dict[str, Any]]:
    """Rates, latencies and the share of the echo's rate, one entry for each load.

    Raises:
        FailedRequestsError: A request failed.
    """
    with service(RECYCLER) as recycler, service(ECHO_SERVICE) as echo:
        urls = {"recycler": recycler.url, "echo": echo.url}
        for url in urls.values():
            drive(url, template(batch(10)), seconds=seconds)  # caches fill
        return [measured(urls, load, rounds, seconds) for load in LOADS]


def measured(urls: dict[str, str], load: Load, rounds: int, seconds: int) -> dict[str, Any]:
    """Drive both services in turn."""
    runs: dict[str, list[Run]] = {name: [] for name in urls}
    for _ in range(rounds):
        for name, url in urls.items():
            text = template(batch(load.lines))
            runs[name].append(drive(url, text, counts=load.counts, seconds=seconds))
    return {
        "lines": load.lines,
        "counts": load.counts,
        "share": share(runs["recycler"], runs["echo"]),
        "services": {name: summary(found) for name, found in runs.items()},
    }


def share(recycler: list[Run], echo: list[Run]) -> float:
    """Rate of recycler as a share of the echo's, the median over the rounds."""
    rounds = zip(recycler, echo, strict=True)
    return median(ours.rate / its.rate for ours, its in rounds)
