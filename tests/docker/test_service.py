"""The container at work: read-only, without capabilities, not root."""

import re
import time

import pytest
from containers import HARDENED, OPEN, Service, docker, running, wait_for

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker

GRACE_S = 10


def test_a_batch_from_outside_is_estimated(service: Service) -> None:
    """1,200 phones, 35 traction motors and 48.5 kg of magnets with 22.8 % neodymium."""
    answer = service.post("/v1/estimates", EXAMPLE)

    assert answer.status == 200
    neodymium = answer.document["totals"]["elements"][0]
    contained, recoverable = neodymium["contained_kg"], neodymium["recoverable_kg"]
    assert neodymium["element"] == "Nd"
    assert contained["lower"] > 0.18 * 48.5, "the magnets alone hold more"
    assert contained["upper"] < 100, "as much as all motors and magnets together weigh at most"
    assert contained["lower"] < contained["median"] < contained["upper"]
    assert 0 < recoverable["mean"] < contained["mean"]


def test_every_worker_gives_the_same_bytes(service: Service) -> None:
    """Deterministic: the same request and model version, whoever answers."""
    assert len({service.post("/v1/estimates", EXAMPLE).body for _ in range(20)}) == 1


def test_all_workers_are_counted_although_nothing_can_be_written(service: Service) -> None:
    """Their files are in /dev/shm, which a read-only container has all the same."""
    both = re.compile(r'^recycler_model_workers\{version="[^"]+"\} 2\.0$', re.MULTILINE)

    wait_for(lambda: both.search(service.get("/metrics").body.decode()), 60, service.logs)


def test_the_engine_finds_the_container_healthy(service: Service) -> None:
    """The image's HEALTHCHECK asks /readyz."""
    wait_for(lambda: service.health() == "healthy", 60, service.logs)


def test_the_process_is_not_root(service: Service) -> None:
    """Neither its user nor its group."""
    assert service.run_inside("id", "-u").stdout.strip() == "10001"
    assert service.run_inside("id", "-g").stdout.strip() == "10001"


@pytest.mark.parametrize("folder", ["/", "/tmp", "/opt/recycler", "/models"])  # noqa: S108  (not written to)
def test_nothing_can_be_written(service: Service, folder: str) -> None:
    """The root filesystem is read-only, and the service above works all the same."""
    assert service.run_inside("touch", f"{folder}/here").returncode != 0


def test_the_log_holds_no_error(service: Service) -> None:
    """No trace of a file that could not be written or a socket that could not be made."""
    service.post("/v1/estimates", EXAMPLE)

    log = service.logs().lower()
    assert not [word for word in ("error", "traceback", "denied", "read-only") if word in log]


def test_a_stopped_container_ends_in_time_and_well(image: str) -> None:
    """SIGTERM reaches the server: exit code 0, and no kill after the grace time."""
    with running(image, *HARDENED) as service:
        begun = time.monotonic()
        docker("stop", f"--time={GRACE_S}", service.container)

        assert time.monotonic() - begun < GRACE_S
        assert docker("inspect", "--format={{.State.ExitCode}}", service.container) == "0"


def test_without_a_champion_the_container_is_not_healthy(image: str) -> None:
    """It lives and says so, but answers 503, and its health check fails."""
    with running(image, *HARDENED, OPEN, "--tmpfs=/models:uid=10001") as service:
        check = docker(
            "inspect", "--format={{join (slice .Config.Healthcheck.Test 1) `\n`}}", image
        )
        health = service.run_inside(*check.splitlines())

        assert service.get("/readyz").status == 503
        assert service.post("/v1/estimates", EXAMPLE).status == 503
        assert health.returncode == 1
