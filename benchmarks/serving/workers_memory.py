"""Memory of `recycler serve` with one, two and four workers, once they have answered a while."""

from dataclasses import asdict
from typing import Any, Final

from . import processes
from .batches import batch, template
from .services import RECYCLER, Service, service
from .wrk import drive

WORKERS: Final = (1, 2, 4)


def measure(seconds: int) -> list[dict[str, Any]]:
    """The process that listens, the largest worker, and the sum of all, by number of workers."""
    return [_measured(number, seconds) for number in WORKERS]


def _measured(number: int, seconds: int) -> dict[str, Any]:
    with service(RECYCLER, number) as running:
        for lines in (10, 100):
            drive(running.url, template(batch(lines)), seconds=seconds)
        return {"workers": number, **_held(running)}


def _held(running: Service) -> dict[str, Any]:
    workers = [processes.memory(worker) for worker in processes.workers(running.leader)]
    listener = processes.memory(running.leader)
    return {
        "listener": asdict(listener),
        "worker": asdict(max(workers, key=lambda held: held.own_mb)),
        "all_mb": listener.pss_mb + sum(held.pss_mb for held in workers),
    }
