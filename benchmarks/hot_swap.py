"""How long promotions take to reach every worker, and what requests notice of them.

    python benchmarks/hot_swap.py [--swaps 20] [--clients 2] [--calm 10]

`recycler serve` runs with two workers on a models folder that holds the champion twice, under two
names. Clients in a process of their own post a batch over and over on connections that they keep
for a while, first while nothing happens, then while the two versions are promoted in turn. A
request belongs to the swaps if it was under way at any moment between a promotion and one second
after all workers had taken it: then the old model is gone. Exits with 1 if a request failed or a
swap took two seconds or more.
"""

import argparse
import json
import multiprocessing
import os
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

from serving import processes
from serving.services import RECYCLER, Plan, service

from recycler.registry import Registry
from recycler.web.views.estimates import EXAMPLE

MODELS: Final = Path(__file__).parents[1] / "models"
VERSIONS: Final = ("one", "two")
WORKERS: Final = 2
IN_TIME_S: Final = 2.0
AFTERWARDS_S: Final = 1.0
KEPT_FOR: Final = 50


@dataclass(frozen=True)
class Asked:
    """A request: when it was sent and answered (monotonic), and whether it was answered well."""

    sent_s: float
    answered_s: float
    well: bool


@dataclass(frozen=True)
class Swap:
    """A promotion: when it was made, and when all workers answered with it."""

    promoted_s: float
    taken_s: float


def main() -> None:
    """Measure, print the table, and exit with the verdict."""
    options = read_options()
    with TemporaryDirectory() as folder:
        registry = two_versions(Path(folder))
        served = Plan((*RECYCLER.command, "--models", folder))
        with service(served, WORKERS) as running:
            url, workers = running.url, processes.workers(running.leader)
            before = memory_mb(workers)
            with clients(url, options.clients) as asked:
                time.sleep(options.calm)
                swaps = [swap(registry, url, i) for i in range(options.swaps)]
            sizes = before, memory_mb(workers)
            load_s = metric(url, "recycler_model_load_seconds")
    print_table(asked, swaps, sizes, load_s, options)
    failed = any(not request.well for request in asked)
    late = any(s.taken_s - s.promoted_s >= IN_TIME_S for s in swaps)
    sys.exit(1 if failed or late else 0)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--swaps", type=int, default=20, help="promotions, forth and back")
    parser.add_argument("--clients", type=int, default=2, help="that ask without a pause")
    parser.add_argument("--calm", type=float, default=10, help="seconds before the first swap")
    return parser.parse_args()


def two_versions(folder: Path) -> Registry:
    """Write the champion under two names and promote the second."""
    shipped, source = Registry(MODELS).load(), Registry(MODELS)
    registry = Registry(folder)
    for version in VERSIONS:
        registry.write(
            shipped.model,
            version=version,
            data_digest=shipped.manifest.data_digest,
            rows=shipped.manifest.rows,
            seed=shipped.manifest.seed,
            scores=shipped.manifest.scores,
            card=source.card(),
            golden_batch=shipped.manifest.golden.batch,
            further={"card.html": (source.page() or "").encode()},
        )
    registry.promote(VERSIONS[1], who="benchmark", why="to begin with")
    return registry


def swap(registry: Registry, url: str, number: int) -> Swap:
    """Promote the version that does not answer, and wait until it does everywhere."""
    version = VERSIONS[number % 2]
    registry.promote(version, who="benchmark", why="to be measured")
    promoted = time.monotonic()
    while metric(url, f'recycler_model_workers{{version="{version}"}}') != WORKERS:
        time.sleep(0.02)
    taken = time.monotonic()
    time.sleep(AFTERWARDS_S)
    return Swap(promoted, taken)


def metric(url: str, series: str) -> float:
    """Value of a series of /metrics, 0 if it is not there."""
    with urllib.request.urlopen(url.replace("/v1/estimates", "/metrics")) as answer:  # noqa: S310  (http, on loopback)
        found = re.search(f"^{re.escape(series)} (.+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@contextmanager
def clients(url: str, number: int) -> Iterator[list[Asked]]:
    """Let clients ask until the block ends; then the list holds every request."""
    asked: list[Asked] = []
    done, results = multiprocessing.Event(), multiprocessing.Queue()
    process = multiprocessing.Process(target=ask_all, args=(url, number, done, results))
    process.start()
    try:
        yield asked
    finally:
        done.set()
        asked += results.get()
        process.join()


def ask_all(url: str, number: int, done: Any, results: Any) -> None:
    """Ask from several threads until told to stop; hand all requests over."""
    asked: list[Asked] = []
    threads = [Thread(target=ask, args=(url, done, asked)) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(asked)


def ask(url: str, done: Any, asked: list[Asked]) -> None:
    """Post the example again and again, every so often over a new connection."""
    host = url.split("/")[2]
    body, headers = json.dumps(EXAMPLE), {"Content-Type": "application/json"}
    with closing(HTTPConnection(host, timeout=30)) as connection:
        while not done.is_set():
            sent = time.monotonic()
            try:
                connection.request("POST", "/v1/estimates", body, headers)
                answer = connection.getresponse()
                well = bool(answer.read()) and answer.status == 200
            except (OSError, HTTPException):
                well = False
                connection.close()
            asked.append(Asked(sent, time.monotonic(), well))
            if len(asked) % KEPT_FOR == 0:
                connection.close()  # whichever worker is free accepts the next


def memory_mb(processes: list[int]) -> float:
    """Memory of the largest process, MB."""
    found = (Path(f"/proc/{p}/status").read_text() for p in processes)
    return max(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in found) / 1024


def in_swap(request: Asked, swaps: list[Swap]) -> bool:
    """Whether a request was under way during a swap or shortly after."""
    return any(
        request.answered_s >= s.promoted_s and request.sent_s <= s.taken_s + AFTERWARDS_S
        for s in swaps
    )


def print_table(
    asked: list[Asked],
    swaps: list[Swap],
    sizes: tuple[float, float],
    load_s: float,
    options: argparse.Namespace,
) -> None:
    """Print what was measured."""
    print(f"{os.cpu_count()} cores shared with {options.clients} clients, {WORKERS} workers")
    print(f"{'requests':<12}{'number':>8}{'failed':>8}{'p50 ms':>9}{'p99 ms':>9}{'longest ms':>12}")
    begun = swaps[0].promoted_s
    for name, part in {
        "calm": [a for a in asked if a.answered_s < begun],
        "in swaps": [a for a in asked if in_swap(a, swaps)],
    }.items():
        took_ms = [1000 * (a.answered_s - a.sent_s) for a in part]
        cuts, failed = quantiles(took_ms, n=100), sum(not a.well for a in part)
        print(
            f"{name:<12}{len(part):>8}{failed:>8}{cuts[49]:>9.2f}{cuts[98]:>9.2f}"
            f"{max(took_ms):>12.1f}"
        )
    took_s = [s.taken_s - s.promoted_s for s in swaps]
    print(f"{len(swaps)} swaps: median {median(took_s):.2f} s, longest {max(took_s):.2f} s")
    print(f"the last load took {load_s:.2f} s in the slower worker")
    print(f"memory of the larger worker: {sizes[0]:.0f} MB before, {sizes[1]:.0f} MB after")


if __name__ == "__main__":
    main()
