"""Requests per second of a batch of ten lines, beside an echo service, in one run.

    python benchmarks/throughput.py [--seconds 2] [--rounds 8] [--connections 8]

Two servers run at once, each with two gunicorn workers: `recycler serve` with the champion, and
echo.py, the same without a model. wrk (Debian package wrk) drives them in turn over kept
connections on the loopback interface: with one batch repeated, and with counts that change from
request to request, so that nothing can be answered from memory. Exits with 1 if a request failed
or recycler reaches less than `--at-least` of the echo's rate.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from urllib.error import URLError

HERE: Final = Path(__file__).parent
PATTERNS: Final = ("fixed", "varying")
SERVICES: Final = {"recycler": ("-m", "recycler", "serve"), "echo": (str(HERE / "echo.py"),)}
START_S: Final = 60
FREE: Final = dict.fromkeys(
    ("RECYCLER_RATE_LIMIT", "RECYCLER_RATE_LIMIT_LINES"), "900000000 per second"
)
"""Rate limits that are counted, as they would be, and that wrk does not reach."""


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


Measured = dict[tuple[str, str], list[Run]]
"""(pattern, service) -> its runs."""


def main() -> None:
    """Measure, print the table, and exit with the verdict."""
    options = read_options()
    if shutil.which("wrk") is None:
        sys.exit("throughput.py needs wrk; on Debian: apt-get install wrk")
    measured = measure(options)
    print_table(measured, options)
    failed = sum(run.failed for runs in measured.values() for run in runs)
    enough = all(share(measured, pattern) >= options.at_least for pattern in PATTERNS)
    sys.exit(0 if enough and not failed else 1)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=2, help="of one run of wrk")
    parser.add_argument("--rounds", type=int, default=8, help="runs of each kind, in turn")
    parser.add_argument("--connections", type=int, default=8, help="kept open by wrk")
    parser.add_argument("--at-least", type=float, default=0.25, help="share of the echo's rate")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> Measured:
    """Drive both services in turn, round by round."""
    measured: Measured = {(pattern, name): [] for pattern in PATTERNS for name in SERVICES}
    with ExitStack() as stack:
        urls = {name: stack.enter_context(service(command)) for name, command in SERVICES.items()}
        for url in urls.values():
            drive(url, "fixed", 1, options.connections)  # caches fill
        for _ in range(options.rounds):
            for (pattern, name), runs in measured.items():
                runs.append(drive(urls[name], pattern, options.seconds, options.connections))
    return measured


@contextmanager
def service(command: tuple[str, ...]) -> Iterator[str]:
    """Run a service with two workers on a free port; gives the address of its estimates."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        env=os.environ | FREE | {"RECYCLER_WORKERS": "2", "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}/v1/estimates"
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str) -> None:
    """Ask until the service is ready.

    Raises:
        TimeoutError: It is not within a minute.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  (http, on loopback)
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    msg = f"{url} does not answer 200 after {START_S} s"
    raise TimeoutError(msg)


def drive(url: str, pattern: str, seconds: int, connections: int) -> Run:
    """Let wrk post batches for some seconds."""
    wrk = ["wrk", "--threads=2", f"--connections={connections}", f"--duration={seconds}s"]
    script = [f"--script={HERE / 'post.lua'}", url, "--", str(HERE / "ten_lines.template"), pattern]
    printed = subprocess.run([*wrk, *script], check=True, capture_output=True, text=True).stdout
    return Run(**json.loads(printed.splitlines()[-1]))


def share(measured: Measured, pattern: str) -> float:
    """Rate of recycler as a share of the echo's, the median over the rounds."""
    rounds = zip(measured[pattern, "recycler"], measured[pattern, "echo"], strict=True)
    return median(recycler.rate / echo.rate for recycler, echo in rounds)


def middle(runs: list[Run], name: str) -> float:
    """Median over runs of one of their figures."""
    return median(getattr(run, name) for run in runs)


def print_table(measured: Measured, options: argparse.Namespace) -> None:
    """Print the medians over the rounds, one row for each pattern and service."""
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores shared with wrk; "
        f"{options.connections} connections, {options.rounds} rounds of {options.seconds} s"
    )
    print(f"{'counts':<9}{'service':<10}{'requests/s':>11}{'of echo':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for (pattern, name), runs in measured.items():
        of_echo = f"{share(measured, pattern):.2f}" if name == "recycler" else ""
        print(
            f"{pattern:<9}{name:<10}{middle(runs, 'rate'):>11.0f}{of_echo:>9}"
            f"{middle(runs, 'p50_ms'):>9.2f}{middle(runs, 'p99_ms'):>9.2f}"
        )


if __name__ == "__main__":
    main()
