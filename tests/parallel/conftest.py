"""Dask clusters of real processes on this machine, which end with the test."""

import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
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
        port = _free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))

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
        """End every process, whatever state it is in."""
        for process in reversed(self._processes):
            process.terminate()  # a nanny takes its worker with it
        for process in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
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
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


@pytest.fixture
def deaths(tmp_path: Path) -> Callable[[int], Path]:
    """Make a folder that holds so many deaths of `work_samples.die`."""

    def deaths(count: int) -> Path:
        folder = tmp_path / "deaths"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:02}").touch()
        return folder

    return deaths


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers, for tests that leave it as it was."""
    with _ended(Cluster(tmp_path_factory.mktemp("logs"))) as one:
        one.add_worker()
        one.add_worker()
        yield one.wait()


@pytest.fixture
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without workers, for tests that destroy it."""
    with _ended(Cluster(tmp_path_factory.mktemp("logs"))) as one:
        yield one


@contextmanager
def _ended(cluster: Cluster) -> Iterator[Cluster]:
    try:
        yield cluster
    finally:
        cluster.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
