"""What counting requests costs: the same requests with and without it, in one run.

    python benchmarks/metrics.py [--rounds 30] [--requests 200]

Two applications with the champion answer in this process, without a server, in turn; one of them
has lost the two functions that count. Counts go to files, as they do under `recycler serve`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.process.metrics_files import metrics_folder, take_place

MODELS: Final = Path(__file__).parents[1] / "models"


def main() -> None:
    """Measure and print the table."""
    options = read_options()
    with TemporaryDirectory() as parent, metrics_folder(Path(parent)):
        take_place(0)
        from recycler.web.views.estimates import EXAMPLE

        counting, bare = clients()
        print(f"{'request':<20}{'counted us':>12}{'bare us':>10}{'ratio':>8}")
        for name, ask in {
            "GET /livez": lambda client: client.get("/livez"),
            "POST /v1/estimates": lambda client: client.post("/v1/estimates", json=EXAMPLE),
        }.items():
            rounds = [
                (time_us(ask, counting, options.requests), time_us(ask, bare, options.requests))
                for _ in range(options.rounds)
            ]
            with_us, without_us = (median(column) for column in zip(*rounds, strict=True))
            ratio = median(counted / plain for counted, plain in rounds)
            print(f"{name:<20}{with_us:>12.1f}{without_us:>10.1f}{ratio:>8.3f}")


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="of each kind, in turn")
    parser.add_argument("--requests", type=int, default=200, help="in one round")
    return parser.parse_args()


def clients() -> tuple[Any, Any]:
    """Clients of a service that counts, and of one that does not."""
    model = Registry(MODELS).load()
    counting, bare = (create_app(Settings(models=MODELS), model) for _ in range(2))
    for functions in (bare.before_request_funcs, bare.after_request_funcs):
        functions[None] = [f for f in functions[None] if "measure_requests" not in f.__qualname__]
    return counting.test_client(), bare.test_client()


def time_us(ask: Callable[[Any], Any], client: Any, requests: int) -> float:
    """Microseconds that a request takes on average."""
    begun = perf_counter()
    for _ in range(requests):
        ask(client)
    return 1e6 * (perf_counter() - begun) / requests


if __name__ == "__main__":
    main()
