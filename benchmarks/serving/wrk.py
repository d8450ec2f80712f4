"""wrk (Debian package wrk): posts batches over kept connections, as fast as it can or at a rate."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Literal

SCRIPT: Final = Path(__file__).parent / "post.lua"
CONNECTIONS: Final = 8
LONGEST_S: Final = 16
"""A run in which no request is answered is made again, longer, up to here."""

Counts = Literal["fixed", "varying"]
"""Whether the counts of a batch are the same in every request, or new ones."""

Pace = Literal["even", "chance"]
"""Whether requests come evenly spaced, or as those of independent senders do."""


@dataclass(frozen=True)
class Run:
    """What wrk measured: requests answered in `seconds`, their latency, and how many failed."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


class FailedRequestsError(RuntimeError):
    """A request was answered with an error, or not at all: no figure of the run means anything."""


def is_installed() -> bool:
    """Whether there is a wrk."""
    return shutil.which("wrk") is not None


def drive(
    url: str,
    template: str,
    *,
    counts: Counts = "varying",
    seconds: int = 2,
    connections: int = CONNECTIONS,
    rate: float | None = None,
    pace: Pace = "even",
) -> Run:
    """Post batches for some seconds.

    Args:
        url: Where to.
        template: A batch in which every @ becomes a count.
        counts: The same counts in every request, or new ones.
        seconds: How long, whole seconds; longer if no request is answered in that time.
        connections: Kept open, shared by two threads.
        rate: Requests per second; None for as many as are answered.
        pace: How requests are spaced at a rate.

    Raises:
        FailedRequestsError: A request failed.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".template") as file:
        file.write(template)
        file.flush()
        told = [file.name, counts, *([str(rate / 2), pace] if rate else [])]  # for each thread
        run = _run(url, told, seconds, connections)
        while not run.requests and seconds < LONGEST_S:  # a slow service on a busy machine
            seconds = min(4 * seconds, LONGEST_S)
            run = _run(url, told, seconds, connections)
    if run.failed or not run.requests:
        raise FailedRequestsError(f"{run.failed} of {run.requests} requests to {url} failed")
    return run


def _run(url: str, told: list[str], seconds: int, connections: int) -> Run:
    wrk = ["wrk", "--threads=2", f"--connections={connections}", f"--duration={seconds}s"]
    printed = subprocess.run(
        [*wrk, "--timeout=30s", f"--script={SCRIPT}", url, "--", *told],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return Run(**json.loads(printed.splitlines()[-1]))


def summary(runs: Iterable[Run]) -> dict[str, float]:
    """Medians over runs of their rate and latencies."""
    runs = list(runs)
    return {
        name: median(getattr(run, name) for run in runs) for name in ("rate", "p50_ms", "p99_ms")
    }
