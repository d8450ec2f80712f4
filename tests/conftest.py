"""What holds for all tests."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from databases import PostgresServer
    from flask.testing import FlaskClient

    from recycler.registry import LoadedModel
    from recycler.settings import Settings

# The matrices are small: threads of the linear algebra library would only wait for one another,
# here and in the processes that tests start.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


# How long an example takes depends on who else uses the machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Folder of a PostgreSQL server's programs; tests are skipped where they are missing."""
    databases = pytest.importorskip("databases", reason="psycopg is not installed")
    programs: Path | None = databases.postgres_programs()
    if programs is None:
        pytest.skip("there are no PostgreSQL programs here (on Debian: apt-get install postgresql)")
    return programs


@pytest.fixture(scope="session")
def postgres_server(postgres_programs: Path) -> Iterator["PostgresServer"]:
    """A PostgreSQL server of our own."""
    from databases import PostgresServer

    with PostgresServer.running(postgres_programs) as server:
        yield server


@pytest.fixture(scope="module")
def mortal_server(postgres_programs: Path) -> Iterator["PostgresServer"]:
    """Another one, to be stopped: little is in it, so it is soon back."""
    from databases import PostgresServer

    with PostgresServer.running(postgres_programs) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'assays.db'}"
    url: str = request.getfixturevalue("postgres_server").new_schema()
    return url


@pytest.fixture
def client_of() -> Iterator[Callable[..., "FlaskClient"]]:
    """Builds services, and gives a client of each; all are closed with the test."""
    from applications import application

    with ExitStack() as opened:

        def client_of(settings: "Settings", model: "LoadedModel | None" = None) -> "FlaskClient":
            return opened.enter_context(application(settings, model)).test_client()

        yield client_of
