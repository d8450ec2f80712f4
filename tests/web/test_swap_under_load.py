"""Promotions while clients ask without a pause: `recycler serve` with two workers, real models."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from time import monotonic

import orjson
import pytest
from steady_load import Answer, post, steady_load

from recycler.model.recovery import RecoveryModel
from recycler.registry import Registry
from recycler.registry.aliases import Promotion
from recycler.registry.files import locked
from recycler.registry.ledger import add, read_ledger
from recycler.registry.store import utc_now
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.input.schemas import parse_batch
from recycler.web.views.estimates import EXAMPLE

ROOT = Path(__file__).parents[2]
BODY = orjson.dumps(EXAMPLE)
WORKERS = 2
SWAPS = 20
BESIDE = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
IN_TIME_S = 2.0 * BESIDE
"""Every process of a test run takes its share of the machine."""
AT_LAST_S = 20.0
"""A machine that is busy otherwise may be late once; it must not be late as a rule."""


@dataclass(frozen=True)
class Service:
    """`recycler serve` at work on a models folder of its own."""

    registry: Registry
    port: int
    arbiter: int
    bodies: dict[str, bytes]

    def get(self, path: str) -> tuple[int, str]:
        """Fetch a path over a connection of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def metric(self, series: str) -> float:
        """Value of a series of /metrics, 0 if it is not there."""
        found = re.search(f"^{re.escape(series)} (.+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else 0.0

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.arbiter}/task/{self.arbiter}/children")
        return [int(pid) for pid in children.read_text().split()]

    def promote(self, version: str) -> None:
        """Make a version champion."""
        self.registry.promote(version, who="tests", why="to be served")

    def wait_until(self, series: str, value: float, within_s: float) -> float:
        """Ask /metrics until a series has a value; gives the seconds that it took."""
        begun = monotonic()
        while self.metric(series) != value:
            assert monotonic() - begun < within_s, f"{series} is not {value} after {within_s} s"
            Event().wait(0.02)
        return monotonic() - begun

    def wait_until_all_serve(self, version: str, within_s: float = AT_LAST_S) -> float:
        """Wait until every worker answers with a version."""
        return self.wait_until(f'recycler_model_workers{{version="{version}"}}', WORKERS, within_s)

    def wait_until_it_is_replaced(self, worker: int, version: str, within_s: float) -> None:
        """Wait until another has taken a worker's place, and all answer with a version."""
        deadline = monotonic() + within_s
        while worker in self.workers() or len(self.workers()) < WORKERS:
            assert monotonic() < deadline, f"worker {worker} is not replaced after {within_s} s"
            Event().wait(0.02)
        self.wait_until_all_serve(version, within_s)

    def ask_afresh(self) -> Answer:
        """Ask for an estimate over a new connection, which any worker may accept."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            return post(connection, BODY, Connection="close")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The repository's champion under two names, with fewer draws, and other ones in each."""
    shipped = Registry(ROOT / "models").load()
    registry = Registry(tmp_path_factory.mktemp("models"))
    for number, version in enumerate(("first", "second", "damaged")):
        model = RecoveryModel(seed=number, draws=200)
        model.factors_ = shipped.model.factors_
        registry.write(
            model,
            version=version,
            data_digest=shipped.manifest.data_digest,
            rows=shipped.manifest.rows,
            seed=number,
            scores={},
            card=f"# {version}\n",
            golden_batch=shipped.manifest.golden.batch,
        )
    registry.promote("first", who="tests", why="to begin with")
    return registry


@pytest.fixture
def service(registry: Registry, bodies: dict[str, bytes]) -> Iterator[Service]:
    """The service, and every worker of it ready; stopped by SIGTERM afterwards."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "RECYCLER_PORT": "0",
        "RECYCLER_WORKERS": str(WORKERS),
        "RECYCLER_MODELS": str(registry.root),
        "RECYCLER_DATABASE_URL": f"sqlite:///{registry.root}/assays.db",
        "RECYCLER_LOG_LEVEL": "error",
        "RECYCLER_RATE_LIMIT": "none",
        "RECYCLER_RATE_LIMIT_LINES": "none",
    }
    if registry.aliases()["champion"] != "first":
        registry.promote("first", who="tests", why="to begin with")
    process = subprocess.Popen(
        [sys.executable, "-m", "recycler", "serve"],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(re.search(r":(\d+) ", process.stdout.readline())[1])
        service = Service(registry, port, process.pid, bodies)
        service.wait_until_all_serve("first", within_s=60)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.stdout.close()


@pytest.fixture(scope="module")
def bodies(registry: Registry) -> dict[str, bytes]:
    """Version -> the only bytes that it may answer with."""
    batch = parse_batch(BODY, Settings())
    found = {v: dump(registry.load(v).estimate(batch)) for v in ("first", "second")}
    assert found["first"].replace(b"first", b"second") != found["second"]
    return found


def name_champion(root: Path, version: str) -> None:
    """Make a version champion that `promote` would refuse."""
    with locked(root):
        table = read_ledger(root)
        replaced = table.aliases["champion"]
        add(root, table, Promotion(version, "champion", replaced, "tests", utc_now(), "why", {}))


def assert_whole(answers: list[Answer], bodies: dict[str, bytes]) -> None:
    """None failed, and each is of one version from the header to the last figure."""
    assert [answer for answer in answers if answer.status != 200] == []
    assert [a for a in answers if bodies.get(a.version or "") != a.body] == []


def told(name: str, answers: list[Answer]) -> str:
    """What the senders waited, in one line."""
    took_ms = sorted(1000 * answer.took_s for answer in answers)
    cuts = quantiles(took_ms, n=100)
    return (
        f"{name}: {len(answers)} answers, p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"longest {took_ms[-1]:.1f} ms"
    )


def test_twenty_promotions_under_load_lose_and_mix_nothing(service):
    """Every worker answers with what was promoted, as a rule within `IN_TIME_S`."""
    with steady_load(service.port, BODY) as calm:
        Event().wait(2)
    took_s = []
    with steady_load(service.port, BODY) as answers:
        for i in range(SWAPS):
            version = ("second", "first")[i % 2]
            service.promote(version)
            took_s.append(service.wait_until_all_serve(version))
            assert {service.ask_afresh().version for _ in range(4 * WORKERS)} == {version}

    print(told("calm", calm))  # noqa: T201  (shown by pytest -s)
    print(told(f"{SWAPS} swaps", answers))  # noqa: T201  (likewise)
    print(f"swaps: median {median(took_s):.2f} s, longest {max(took_s):.2f} s")  # noqa: T201  (likewise)
    assert median(took_s) < IN_TIME_S
    assert_whole([*calm, *answers], service.bodies)
    assert {answer.version for answer in answers} == {"first", "second"}
    assert service.metric("recycler_model_swaps_total") == SWAPS * WORKERS


def test_what_was_asked_for_after_the_swap_is_answered_by_the_new_version(service):
    with steady_load(service.port, BODY) as answers:
        service.promote("second")
        service.wait_until_all_serve("second")
        swapped = monotonic()
        Event().wait(0.5)

    assert_whole(answers, service.bodies)
    assert {answer.version for answer in answers if answer.asked_s > swapped} == {"second"}


def test_a_bad_version_under_load_is_refused_by_every_worker(service):
    artefact = service.registry.root / "damaged" / "model.joblib"
    good = artefact.read_bytes()
    with steady_load(service.port, BODY) as answers:
        artefact.write_bytes(good[:-1])
        name_champion(service.registry.root, "damaged")
        refused = 'recycler_promotion_refused_workers{version="damaged"}'
        try:
            service.wait_until(refused, WORKERS, AT_LAST_S)
            for _ in range(4 * WORKERS):
                status, ready = service.get("/readyz")
                checks = {c["check"]: c for c in orjson.loads(ready)["checks"]}
                assert (status, checks["promotion"]["passed"]) == (200, False)
                assert "damaged" in checks["promotion"]["detail"]
            service.promote("second")
        finally:
            artefact.write_bytes(good)
        service.wait_until_all_serve("second")
        assert service.metric(refused) == 0

    assert_whole(answers, service.bodies)


def test_workers_that_are_killed_in_a_swap_come_back_with_the_new_version(service):
    """A connection may break then, but what is answered is whole."""
    with steady_load(service.port, BODY) as answers:
        for i, after_s in enumerate((0.0, 0.15, 0.3, 0.45)):
            version = ("second", "first")[i % 2]
            killed = service.workers()[0]
            service.promote(version)
            Event().wait(after_s)
            os.kill(killed, signal.SIGKILL)
            service.wait_until_it_is_replaced(killed, version, within_s=30)
            assert {service.ask_afresh().version for _ in range(4 * WORKERS)} == {version}

    assert_whole([answer for answer in answers if answer.status], service.bodies)
    assert service.metric("recycler_workers") == len(service.workers()) == WORKERS


def test_no_count_goes_back_when_a_worker_is_replaced(service):
    counted = 'recycler_requests_total{endpoint="/v1/estimates",method="POST",status="200"}'
    for _ in range(20):
        service.ask_afresh()
    for killed in service.workers():
        os.kill(killed, signal.SIGKILL)
        service.wait_until_it_is_replaced(killed, "first", within_s=30)

    assert service.metric(counted) == 20
