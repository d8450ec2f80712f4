"""Connections are shared among the workers, whoever wakes up first."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from raw_clients import WHOLE, connections
from services import Service, running

pytestmark = pytest.mark.slow

WORKERS = 2
MANY = 40
UNEVEN = 8
"""Connections that one worker may have more than another: some, and those that another leaves."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A running service whose workers all listen, some milliseconds after they are ready."""
    with running(tmp_path, workers=WORKERS, threads=2) as service:
        Event().wait(1.0)
        yield service


def connections_of(worker: int, port: int) -> int:
    """How many established connections to a port a process holds."""
    table = Path(f"/proc/{worker}/net/tcp").read_text().splitlines()[1:]
    rows = [row.split() for row in table]
    established = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    opened = [str(file.readlink()) for file in Path(f"/proc/{worker}/fd").iterdir()]
    sockets = {found[1] for name in opened if (found := re.fullmatch(r"socket:\[(\d+)\]", name))}
    return len(established & sockets)


@contextmanager
def kept(port: int) -> Iterator[None]:
    """Connections that have asked for an estimate, have got it, and stay."""
    with connections(port, MANY, WHOLE) as clients:
        for client in clients:
            assert client.recv(1, socket.MSG_PEEK)
        yield


def test_a_burst_of_kept_connections_falls_to_all_workers_alike(service: Service) -> None:
    with kept(service.port):
        held = [connections_of(worker, service.port) for worker in service.workers()]
    assert sum(held) == MANY
    assert max(held) - min(held) <= UNEVEN, held


def test_connections_left_to_a_worker_that_hangs_are_served_by_another(service: Service) -> None:
    hung, other = service.workers()
    os.kill(hung, signal.SIGSTOP)
    try:
        with kept(service.port):
            assert connections_of(other, service.port) == MANY
    finally:
        os.kill(hung, signal.SIGCONT)


def test_a_worker_that_takes_the_place_of_another_gets_its_share(service: Service) -> None:
    with kept(service.port):
        gone, _ = service.workers()
        os.kill(gone, signal.SIGKILL)
        service.replaced(gone)
        Event().wait(1.0)
        with kept(service.port):
            held = [connections_of(worker, service.port) for worker in service.workers()]
    assert max(held) - min(held) <= UNEVEN, held
