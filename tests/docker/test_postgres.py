"""Assays in PostgreSQL instead of the volume, as compose.postgres.yaml has them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import HARDENED, OPEN, docker, running
from databases import PASSWORD, PostgresServer
from ports import free_port

from recycler.web.lots.schema import EXAMPLE

pytestmark = [pytest.mark.docker, pytest.mark.postgres]

ROOT = Path(__file__).parents[2]
EXPORT = ("assays", "export", "--json")
FILES = ("-f", "compose.yaml", "-f", "compose.postgres.yaml")
SERVER = "database"
"""Name of the server's host in compose.postgres.yaml."""


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """Docker Compose, as a plugin of the client or by itself."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run(
                [*command, "version"], capture_output=True, check=False
            ).returncode
        ):
            return command
    pytest.skip("there is no Docker Compose")


@pytest.fixture
def server_on_a_port(postgres_programs: Path) -> Iterator[PostgresServer]:
    """A server that containers reach; it is new, so what a test finds there it has put there."""
    with PostgresServer.running(postgres_programs, free_port()) as server:
        yield server


def test_the_two_files_of_compose_go_together(compose: list[str]) -> None:
    """Both services, with one password, and the service waits for the database."""
    found = config(compose, POSTGRES_PASSWORD=PASSWORD)

    assert found.returncode == 0, found.stderr
    assert f"postgresql://recycler:{PASSWORD}@{SERVER}/recycler" in found.stdout
    assert f"POSTGRES_PASSWORD: {PASSWORD}" in found.stdout
    assert "condition: service_healthy" in found.stdout


def test_without_a_password_compose_says_that_one_is_to_be_chosen(compose: list[str]) -> None:
    """No default would be a secret."""
    found = config(compose)

    assert found.returncode != 0
    assert "choose one" in found.stderr


def test_a_lot_in_postgresql_survives_the_service(
    image: str, server_on_a_port: PostgresServer
) -> None:
    """The container is started anew, another one has never seen it: the server alone keeps it."""
    name = server_on_a_port.make_database()
    url = server_on_a_port.url(name).replace("127.0.0.1", SERVER)
    kept_there = (f"--env=RECYCLER_DATABASE_URL={url}", f"--add-host={SERVER}:127.0.0.1")
    with running(image, *HARDENED, OPEN, *kept_there) as service:
        stored = service.post("/v1/assays", EXAMPLE)
        docker("restart", service.container)
        service.wait_until_it_answers(60)
        again = service.get(f"/v1/assays/{stored.document['assay_id']}")
    exported = docker("run", "--rm", *kept_there, "--network=host", image, *EXPORT)

    assert stored.status == 201
    assert again.document == stored.document
    assert json.loads(exported) == stored.document["lot"]


def config(compose: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """What Compose makes of both files."""
    inherited = {name: value for name, value in os.environ.items() if name != "POSTGRES_PASSWORD"}
    return subprocess.run(
        [*compose, *FILES, "config"],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
