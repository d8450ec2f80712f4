"""All questions in one go: what is measured, and how long."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from . import against_echo, half_load, machine, others, parts, stages, starting, workers_memory


@dataclass(frozen=True)
class Effort:
    """How long things are measured.

    Attributes:
        seconds: Of one run of wrk.
        rounds: Runs of each kind, in turn.
        starts: Starts of the service.
        requests: Requests of ten lines that are taken apart into stages.
    """

    seconds: int = 2
    rounds: int = 6
    starts: int = 5
    requests: int = 1000


QUESTIONS: Final[dict[str, Callable[[Effort], Any]]] = {
    "starting": lambda effort: starting.measure(effort.starts),
    "memory": lambda effort: workers_memory.measure(effort.seconds),
    "stages": lambda effort: stages.measure(effort.requests, effort.seconds),
    "parts": lambda effort: parts.measure(effort.requests),
    "half_load": lambda effort: half_load.measure(effort.rounds, effort.seconds),
    "echo": lambda effort: against_echo.compare(effort.rounds, effort.seconds),
    "others": lambda effort: others.compare(effort.rounds, effort.seconds),
}
"""What docs/performance.md tells, by the name of its figures."""


def measure(names: Iterable[str], effort: Effort) -> Iterator[tuple[str, Any]]:
    """Answer questions, one after the other: (name, figures as JSON values).

    The first are of the machine, and of how long things were measured.
    """
    yield "machine", machine.described()
    yield "effort", asdict(effort)
    for name in names:
        begun = time.monotonic()
        yield name, QUESTIONS[name](effort)
        sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
