"""The services that are measured: two workers each, on a free port of the loopback interface."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from . import processes

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
ECHO: Final = HERE / "echo_service.py"
UNLIMITED: Final = dict.fromkeys(
    ("RECYCLER_RATE_LIMIT", "RECYCLER_RATE_LIMIT_LINES"), "900000000 per second"
)
"""Rate limits that are counted as they would be, and that nobody reaches."""


@dataclass(frozen=True)
class Plan:
    """How a service is started.

    Attributes:
        command: The command, with {port} and {workers} where they belong.
        path: Where batches are posted.
        probe: What is asked to see whether it is ready.
    """

    command: tuple[str, ...]
    path: str = "/v1/estimates"
    probe: str = "/readyz"


@dataclass(frozen=True)
class Service:
    """A service that runs: its port, where batches are posted, and its group of processes."""

    port: int
    url: str
    leader: int


_OPTIONS: Final = ("--port", "{port}", "--workers", "{workers}")
RECYCLER: Final = Plan((sys.executable, "-m", "recycler", "serve", *_OPTIONS))
ECHO_SERVICE: Final = Plan((sys.executable, str(ECHO), *_OPTIONS))


@contextmanager
def service(plan: Plan, workers: int = 2) -> Iterator[Service]:
    """Run a service until the block ends; it is ready, all its workers are there.

    Raises:
        StartError: It does not get ready; the message has the end of its log.
    """
    with starting(plan, workers) as started:
        processes.wait_until_quiet(started.leader)
        yield started


@contextmanager
def starting(plan: Plan, workers: int = 2, every_s: float = 0.05) -> Iterator[Service]:
    """Run a service until the block ends, which begins when the first probe is answered with 200.

    Args:
        plan: Which service.
        workers: Its processes that answer.
        every_s: Pause between two probes.
    """
    port = free_port()
    command = [part.format(port=port, workers=workers) for part in plan.command]
    with (
        TemporaryDirectory() as scratch,
        (Path(scratch) / "log").open("w+b") as log,
        processes.group(command, environment(Path(scratch)), Path(scratch), log) as leader,
    ):
        try:
            processes.wait_until_ready(port, plan.probe, leader, every_s)
        except processes.StartError as error:
            log.seek(0)
            raise processes.StartError(f"{error}: {log.read()[-2000:].decode()}") from None
        yield Service(port, f"http://127.0.0.1:{port}{plan.path}", leader)


def environment(scratch: Path) -> dict[str, str]:
    """What every service is told: the shipped models, a database of its own, a thread a library."""
    return {
        **os.environ,
        **UNLIMITED,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "RECYCLER_DATABASE_URL": f"sqlite:///{scratch}/assays.db",
        "RECYCLER_LOG_LEVEL": "warning",
        "RECYCLER_MODELS": str(ROOT / "models"),
    }


def at(running: Service, path: str) -> Service:
    """The same service, asked at another path."""
    return replace(running, url=f"http://127.0.0.1:{running.port}{path}")


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
