"""What checking a key costs: CPU time of the gate alone, and of whole requests, in one run.

    python benchmarks/keys.py [--rounds 30] [--requests 500] [--keys 1000]

The gate is asked in this process, without a server. The keys lie in a SQLite file, beside as many
others as asked for; what the thread that reads them costs is measured by itself.
"""

import argparse
import gc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time, thread_time

from recycler.keys import Keyring, Scope, new_key, open_keys
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.access.anonymous import Anonymous
from recycler.web.access.gate import Gate

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


def main() -> None:
    """Measure and print the table."""
    options = read_options()
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/assays.db", models=Path(folder))
        text = fill(settings, options.keys)
        keeper = open_keys(settings)
        ring = Keyring(keeper, check_s=3600, grace_s=3600)
        gate = Gate(ring, Anonymous(settings))
        ring.holder_of(text)
        sent = {**HERE, "HTTP_AUTHORIZATION": f"Bearer {text}"}
        unknown = {**HERE, "HTTP_X_API_KEY": new_key("x", [Scope.ESTIMATE], datetime.now(UTC))[0]}
        print(f"{'one check':<44}{'CPU us':>8}")
        for name, work in {
            "a good key": lambda: gate.holder(sent),
            "an unknown key": lambda: refused(gate, unknown),
            "no key, on this machine": lambda: gate.holder(HERE),
        }.items():
            print(f"{name:<44}{cost_us(work, options):>8.2f}")
        with_key, without = requests(settings, text, options)
        print(f"{'GET /v1/elements with a key, whole':<44}{with_key:>8.1f}")
        print(f"{'the same without the gate':<44}{without:>8.1f}")
        print(f"{f'reading {options.keys + 1} keys, off the request path':<44}", end="")
        print(f"{median(look_us(ring) for _ in range(options.rounds)):>8.0f}")
        ring.close()


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="of each kind, in turn")
    parser.add_argument("--requests", type=int, default=500, help="in one round")
    parser.add_argument("--keys", type=int, default=1000, help="that lie beside the one that asks")
    return parser.parse_args()


def fill(settings: Settings, others: int) -> str:
    """Make one key, and others beside it."""
    keeper = open_keys(settings)
    now = datetime.now(UTC)
    made = [new_key(f"key {n}", [Scope.ESTIMATE], now) for n in range(others + 1)]
    for _, key in made:
        keeper.add(key)
    keeper.close()
    return made[0][0]


def refused(gate: Gate, environ: dict[str, str]) -> None:
    """Be kept out."""
    try:
        gate.holder(environ)
    except PermissionError:
        return
    raise AssertionError("let in")


def requests(settings: Settings, text: str, options: argparse.Namespace) -> tuple[float, float]:
    """Whole requests with a key: of a service as it is, and of one that has lost the gate.

    They take turns one by one, so that whatever else the machine does meets both alike.
    """
    guarded, bare = create_app(settings), create_app(settings)
    before = bare.before_request_funcs
    before[None] = [f for f in before[None] if "guard" not in f.__qualname__]
    clients = [app.test_client() for app in (guarded, bare)]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(options.rounds * options.requests):
        for client, taken in zip(clients, times, strict=True):
            begun = thread_time()
            client.get("/v1/elements", headers={"X-API-Key": text})
            taken.append(1e6 * (thread_time() - begun))
    return median(times[0]), median(times[1])


def cost_us(work: Callable[[], object], options: argparse.Namespace) -> float:
    """Microseconds of CPU that something takes, the median of all rounds."""
    return median(once_us(work, options.requests) for _ in range(options.rounds))


def once_us(work: Callable[[], object], times: int) -> float:
    """Microseconds of CPU of one of many."""
    gc.collect()
    begun = thread_time()
    for _ in range(times):
        work()
    return 1e6 * (thread_time() - begun) / times


def look_us(ring: Keyring) -> float:
    """Microseconds of CPU that one look at the keys takes."""
    begun = process_time()
    ring.look()
    return 1e6 * (process_time() - begun)


if __name__ == "__main__":
    main()
