"""Dask clusters of real processes on this machine."""

import json
import os
import signal
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from distributed import Client
from distributed.versions import VersionMismatchWarning

HERE = Path(__file__).parent
START_S = 60
FAILURES_ALLOWED = 1


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._processes: list[subprocess.Popen] = []
        self.workers: list[subprocess.Popen] = []
        told = logs / "scheduler.json"
        here = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
        self.scheduler = self._start("dask_scheduler", *here)
        self.address: str = _written(told)["address"]

    def add_worker(
        self, *, threads: int = 1, nanny: bool = False, path: Path | None = None
    ) -> None:
        """Start a worker; what lies at the path is found before anything that is installed."""
        kind = "--nanny" if nanny else "--no-nanny"
        given = (self.address, "--nthreads", str(threads), kind, "--death-timeout", str(START_S))
        self.workers.append(self._start("dask_worker", *given, path=path))

    def wait(self) -> "Cluster":
        """Wait until all have found each other."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(self.address, timeout=START_S, set_as_default=False)
        with client:
            if self.workers:
                client.wait_for_workers(len(self.workers), timeout=START_S)
        return self

    def stop(self) -> None:
        """End every process, and what it has started, whatever state they are in."""
        for process in self._processes:
            with suppress(ProcessLookupError):  # the group has ended already
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, program: str, *args: str, path: Path | None = None) -> subprocess.Popen:
        """Start a program of Dask's where nothing lies that it could import by mistake."""
        places = [*([path] if path else []), HERE, HERE.parents[1]]
        with (self._logs / f"{len(self._processes)}-{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{program}", *args, "--no-dashboard"],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(map(str, places)),
                    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(FAILURES_ALLOWED),
                },
                cwd=self._logs,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


def _written(told: Path) -> dict[str, Any]:
    """What the scheduler writes once it listens, on a port that nobody else could take before."""
    deadline = monotonic() + START_S
    while True:
        with suppress(OSError, ValueError):  # not there yet, or not whole
            return json.loads(told.read_text())
        assert monotonic() < deadline, "the scheduler does not say where it listens"
        Event().wait(0.05)
