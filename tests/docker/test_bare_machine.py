"""The README's two commands on a machine that has Python and nothing else."""

from pathlib import Path

import pytest
from containers import docker, running

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.docker

BARE = "python:3.13-slim"
MOUNTED = f"--volume={Path(__file__).parents[2]}:/mounted:ro"
COPY = "mkdir /checkout && cd /checkout && tar -C /mounted -c --exclude=./.venv . | tar -x"


def shell(line: str) -> tuple[str, ...]:
    """A command that runs a line of shell in a copy of the checkout."""
    return ("sh", "-ec", f"{COPY} && {line}")


def test_one_command_serves() -> None:
    """It installs what it needs; the example is answered."""
    with running(BARE, MOUNTED, command=shell("exec ./run serve"), start_s=300) as service:
        answer = service.post("/v1/estimates", EXAMPLE)

    assert answer.status == 200
    assert answer.document["totals"]["total_ree"]["contained_kg"]["mean"] > 0.18 * 48.5


def test_one_command_runs_the_tests() -> None:
    """The same tests as here, on the image's Python, in one process: others run beside it."""
    alone = "--env=PYTEST_XDIST_AUTO_NUM_WORKERS=1"
    printed = docker("run", "--rm", "--network=host", alone, MOUNTED, BARE, *shell("./run test"))

    assert " passed" in printed.splitlines()[-1]
