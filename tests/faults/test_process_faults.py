"""Processes that die, hang, are stopped or told to start anew while clients ask."""

import os
import signal
from collections import Counter
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from raw_clients import BODY, HEAD, WHOLE, all_of, ask, connections, statuses
from services import running
from steady_load import Answer, steady_load

pytestmark = pytest.mark.slow


def seen(what: str, answers: list[Answer]) -> Counter[int]:
    """Print what clients saw, and count it by status."""
    counted = Counter(answer.status for answer in answers)
    longest_s = max(answer.took_s for answer in answers)
    print(f"{what}: {dict(counted)}, longest {longest_s:.2f} s")  # noqa: T201  (shown by pytest -s)
    return counted


@pytest.fixture
def service(tmp_path: Path):
    """The service with two workers of two threads."""
    with running(tmp_path, workers=2, threads=2) as service:
        yield service


def test_a_worker_that_is_killed_takes_only_its_own_requests_with_it(service):
    """Four clients ask without a pause; two of their requests can be in one worker."""
    with steady_load(service.port, BODY) as answers:
        for _ in range(3):
            before = service.workers()
            os.kill(before[0], signal.SIGKILL)
            assert before[1] in service.replaced(before[0])
            Event().wait(0.5)

    counted = seen("3 workers killed one by one", answers)
    assert counted.keys() <= {200, 0}
    assert counted[200] > 100
    assert counted[0] <= 3 * 4  # at most what the clients have under way, each time


def test_a_worker_that_hangs_is_replaced_after_the_timeout(tmp_path):
    """SIGSTOP stands for whatever keeps a process from running at all."""
    with running(tmp_path, workers=2, threads=2, timeout_s=3) as service:
        before = service.workers()
        with steady_load(service.port, BODY, kept=0, fresh=4) as answers:
            os.kill(before[0], signal.SIGSTOP)
            begun = monotonic()
            while before[0] in service.workers():
                assert monotonic() - begun < 120  # for a crowded machine; a few seconds are usual
                Event().wait(0.1)
            took_s = monotonic() - begun
            Event().wait(1)
        service.replaced(before[0])

    counted = seen(f"a worker that hung was replaced after {took_s:.1f} s", answers)
    assert counted.keys() <= {200, 0}
    assert counted[200] > 20


def test_requests_under_way_are_answered_when_the_service_is_stopped(tmp_path):
    """One has come but for its last bytes when SIGTERM comes; what comes later finds nobody."""
    with running(tmp_path, workers=2, threads=2, graceful_timeout_s=10) as service:
        long = BODY[:-1] + b" " * 100_000 + BODY[-1:]
        with connections(service.port, 2, HEAD % len(long) + long[:-1]) as clients:
            Event().wait(0.5)
            with steady_load(service.port, BODY) as answers:
                Event().wait(1)
                stopped = monotonic()
                service.process.send_signal(signal.SIGTERM)
                Event().wait(0.7)
            for client in clients:
                client.sendall(long[-1:])
            finished = [statuses(all_of(client)) for client in clients]
        assert service.process.wait(timeout=15) == 0
        took_s = monotonic() - stopped
        refused = ask(service.port, "/livez")

    seen(f"stopped within {took_s:.1f} s", answers)
    assert finished == [[200], [200]]
    assert refused.status == 0
    assert {answer.status for answer in answers if answer.came_s < stopped} == {200}
    assert max(a.took_s for a in answers if a.asked_s > stopped + 0.5) < 1
    assert took_s < 10


def test_new_workers_take_over_at_sighup_and_no_request_is_lost(service):
    before = service.workers()
    with steady_load(service.port, BODY) as answers:
        service.process.send_signal(signal.SIGHUP)
        for worker in before:
            service.replaced(worker)

    assert seen("SIGHUP", answers).keys() == {200}


def test_connections_that_wait_do_not_hold_up_the_end(tmp_path):
    """Idle and half-sent ones get two seconds."""
    with running(tmp_path, workers=1, threads=2, request_timeout_s=60) as service:
        with connections(service.port, 50), connections(service.port, 50, WHOLE[:-9]):
            Event().wait(0.5)
            begun = monotonic()
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(timeout=30) == 0
        took_s = monotonic() - begun

    print(f"stopped with 100 waiting connections within {took_s:.1f} s")  # noqa: T201  (shown by pytest -s)
    assert took_s < 10
