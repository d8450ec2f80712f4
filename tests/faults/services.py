"""`recycler serve` with the sample model in whatever state its machine is in."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from raw_clients import ask

TESTS = Path(__file__).parents[1]


@dataclass
class Service:
    """A running service: its port, its number of workers, its master process and its log."""

    port: int
    number: int
    process: subprocess.Popen[str]
    log: Path

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        master = self.process.pid
        listed = Path(f"/proc/{master}/task/{master}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def replaced(self, worker: int, within_s: float = 60.0) -> list[int]:
        """Wait until another serves in a worker's place; gives the workers there are then."""
        deadline, number = monotonic() + within_s, self.number
        while worker in (found := self.workers()) or len(found) < number:
            assert monotonic() < deadline, f"{worker} is not replaced: {found}"
            Event().wait(0.05)
        wait_until_ready(self.port, self.number)
        return found

    def told(self) -> str:
        """What it has logged so far."""
        return self.log.read_text()


@contextmanager
def running(
    folder: Path,
    *,
    before: Sequence[str] = (),
    stops_with: int = 0,
    environ: dict[str, str] | None = None,
    **settings: object,
) -> Iterator[Service]:
    """A service that is ready; stopped by SIGTERM afterwards, unless it has ended by then.

    Args:
        folder: Where its models folder, its database and its log are.
        before: A command to run it by, such as faketime.
        stops_with: The exit code it has to end with.
        environ: Further environment variables.
        settings: Its settings, by name.
    """
    told = {"models": folder, "database_url": f"sqlite:///{folder}/assays.db", "port": 0}
    told |= {"anonymous": "yes", "rate_limit": "none", "rate_limit_lines": "none"}
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{TESTS / 'web'}:{TESTS.parent}",
        "HOME": "/nonexistent",
        **{f"RECYCLER_{n.upper()}": str(value) for n, value in (told | settings).items()},
        **(environ or {}),
    }
    program = [*before, sys.executable, str(TESTS / "web" / "serve_sample.py")]
    log = folder / "log"
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            program, env=variables, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        service = Service(
            int(re.search(r":(\d+) ", line)[1]), int(settings["workers"]), process, log
        )
        wait_until_ready(service.port, service.number)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=60)
        process.stdout.close()
    assert ended == stops_with


def wait_until_ready(port: int, workers: int, within_s: float = 90.0) -> None:
    """Wait until every worker has said in /metrics that it answers."""
    deadline = monotonic() + within_s
    told = rb"^recycler_workers %d\.0$" % workers
    while not re.search(told, ask(port, "/metrics").body, re.MULTILINE):
        assert monotonic() < deadline, "not all workers are ready"
        Event().wait(0.05)
