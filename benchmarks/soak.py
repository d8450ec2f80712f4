"""The service under mixed load for a long time: does memory stay flat, and does anything fail?

    python benchmarks/soak.py [--seconds 600] [--clients 4]

`recycler serve` runs with two workers and the champion on a free port of the loopback interface.
Clients in a process of their own ask for estimates, route comparisons, sampling plans, lists of
lots, store lots, and send what must be refused; counts change from request to request, so that
little is answered from memory. Every tenth of the time a row is printed: requests so far, those
that failed, latency, and the memory of each worker. Exits with 1 if a request was answered
otherwise than it should, a worker was replaced, or a worker's own memory grew by more than
`--growth` MB from the second third of the time to the last; the first is for caches to fill.
"""

import argparse
import json
import multiprocessing
import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from typing import Any, Final

from serving import processes
from serving.services import RECYCLER, service

from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE as BATCH
from recycler.web.views.sampling_plans import EXAMPLE as PLAN

ROWS: Final = 10
THIRD: Final = 3
"""Rows of a third of the time; requests under way hold some megabytes, so rows are not alike."""

JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Question:
    """What is asked, and with which statuses it may be answered."""

    method: str
    path: str
    body: bytes
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Memory:
    """Memory of a process, MB: what is its own, and what it shares with others."""

    own: float
    shared: float


def main() -> None:
    """Drive the service, print a row now and then, and exit with the verdict."""
    options = read_options()
    with service(RECYCLER) as running:
        workers = processes.workers(running.leader)
        failed, memory = soak(running.url, workers, options)
        replaced = processes.workers(running.leader) != workers
    grown = [growth_mb([row[i].own for row in memory]) for i in range(len(workers))]
    print(f"grown since the warm-up: {', '.join(f'{mb:+.1f} MB' for mb in grown)}")
    sys.exit(1 if failed or replaced or max(grown) > options.growth else 0)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600, help="of the whole run")
    parser.add_argument("--clients", type=int, default=4, help="that ask without a pause")
    parser.add_argument("--growth", type=float, default=15, help="MB that a worker may grow by")
    return parser.parse_args()


def soak(
    url: str, workers: list[int], options: argparse.Namespace
) -> tuple[int, list[list[Memory]]]:
    """Ask until time is up; gives how many requests failed, and memory at every row."""
    results, done = multiprocessing.Queue(), multiprocessing.Event()
    host = url.split("/")[2]
    process = multiprocessing.Process(target=ask_all, args=(host, options.clients, done, results))
    print(f"{'s':>5}{'requests':>10}{'failed':>8}{'p50 ms':>8}{'p99 ms':>8}  own + shared MB")
    begun, failed, requests = time.monotonic(), 0, 0
    memory = [[memory_of(worker) for worker in workers]]
    process.start()
    for row in range(1, ROWS + 1):
        time.sleep(max(0.0, begun + row * options.seconds / ROWS - time.monotonic()))
        took_ms, wrong = taken(results)
        requests, failed = requests + len(took_ms), failed + len(wrong)
        memory.append([memory_of(worker) for worker in workers])
        print_row(time.monotonic() - begun, requests, failed, took_ms, memory[-1])
        for words in wrong[:3]:
            print(f"      {words}")
    done.set()
    process.join(timeout=60)
    return failed, memory


def growth_mb(own: list[float]) -> float:
    """How much a worker's memory grew from the second third to the last."""
    return median(own[-THIRD:]) - median(own[-2 * THIRD : -THIRD])


def taken(results: Any) -> tuple[list[float], list[str]]:
    """What has been asked since the last row: how long each took (ms), and what failed."""
    took_ms: list[float] = []
    wrong: list[str] = []
    while not results.empty():
        some_ms, some_wrong = results.get()
        took_ms += some_ms
        wrong += some_wrong
    return took_ms, wrong


def print_row(
    after_s: float, requests: int, failed: int, took_ms: list[float], memory: list[Memory]
) -> None:
    """Print one row of the table."""
    cuts = quantiles(took_ms, n=100) if len(took_ms) > 1 else [float("nan")] * 99
    sizes = ", ".join(f"{one.own:.1f} + {one.shared:.1f}" for one in memory)
    print(f"{after_s:>5.0f}{requests:>10}{failed:>8}{cuts[49]:>8.1f}{cuts[98]:>8.1f}  {sizes}")
    sys.stdout.flush()


def ask_all(host: str, clients: int, done: Any, results: Any) -> None:
    """Ask from several threads until told to stop."""
    threads = [Thread(target=ask, args=(host, n, done, results)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.cancel_join_thread()


def ask(host: str, client: int, done: Any, results: Any) -> None:
    """Ask one question after another; hand results over every half second."""
    rng = random.Random(client)  # noqa: S311  (a mix that is the same in every run)
    took_ms: list[float] = []
    wrong: list[str] = []
    told = time.monotonic()
    with closing(HTTPConnection(host, timeout=30)) as connection:
        while not done.is_set():
            question = rng.choices(QUESTIONS, SHARES)[0](rng)
            begun = time.monotonic()
            found = answered(connection, question)
            took_ms.append(1000 * (time.monotonic() - begun))
            if found not in question.statuses:
                wrong.append(f"{question.method} {question.path}: {found}")
            if time.monotonic() - told > 0.5:
                results.put((took_ms, wrong))
                took_ms, wrong, told = [], [], time.monotonic()
            if rng.random() < 0.01:
                connection.close()  # whichever worker is free accepts the next


def answered(connection: HTTPConnection, question: Question) -> int | str:
    """Status of an answer that came whole, or what came instead."""
    try:
        connection.request(question.method, question.path, question.body, JSON)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        connection.close()
        return repr(error)
    return answer.status


def batch(rng: random.Random) -> dict[str, Any]:
    """The example with other counts, and up to twenty lines more of its kinds."""
    lines = [*BATCH["items"], *rng.choices(BATCH["items"][:2], k=rng.choice((0, 0, 7, 20)))]
    return {
        **BATCH,
        "items": [
            {**line, "count": rng.randint(1, 10**6)} if "count" in line else line for line in lines
        ],
    }


def estimate(rng: random.Random) -> Question:
    """A batch to be estimated."""
    return Question("POST", "/v1/estimates", json.dumps(batch(rng)).encode())


def comparison(rng: random.Random) -> Question:
    """A batch whose routes are compared."""
    return Question("POST", "/v1/route-comparisons", json.dumps(batch(rng)).encode())


def plan(rng: random.Random) -> Question:
    """A sampling plan."""
    asked = {**PLAN, "relative_half_width": rng.uniform(0.1, 0.9)}
    return Question("POST", "/v1/sampling-plans", json.dumps(asked).encode())


def lot(rng: random.Random) -> Question:
    """A lot to be stored."""
    document = {**LOT, "lot_id": f"{rng.getrandbits(64):x}"}
    return Question("POST", "/v1/assays", json.dumps(document).encode(), (201,))


def reading(rng: random.Random) -> Question:
    """One of the pages that are only read."""
    paths = ("/v1/assays?limit=20", "/v1/categories", "/v1/sources", "/v1/model", "/readyz")
    return Question("GET", rng.choice((*paths, "/metrics")), b"")


def bad(rng: random.Random) -> Question:
    """What must be refused: half a document, wrong values, unknown paths."""
    written = json.dumps(batch(rng)).encode()
    return rng.choice(
        (
            Question("POST", "/v1/estimates", written[: rng.randrange(len(written))], (400,)),
            Question("POST", "/v1/estimates", written.replace(b'"count"', b'"cuont"'), (422,)),
            Question("POST", "/v1/assays", written, (422,)),
            Question("GET", f"/{rng.getrandbits(32):x}", b"", (404,)),
        )
    )


QUESTIONS: Final[tuple[Callable[[random.Random], Question], ...]] = (
    estimate,
    comparison,
    plan,
    lot,
    reading,
    bad,
)
SHARES: Final = (0.55, 0.08, 0.05, 0.07, 0.12, 0.13)


def memory_of(process: int) -> Memory:
    """Memory of a process that is there."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    kb = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
    shared = kb["Shared_Clean"] + kb["Shared_Dirty"]
    return Memory((kb["Rss"] - shared) / 1024, shared / 1024)


if __name__ == "__main__":
    main()
