"""Databases for tests: files of SQLite, and a PostgreSQL server of our own, private and real."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg

USER = "recycler"
PASSWORD = "s3cret-of-the-tests"  # noqa: S105 - of a server that lives as long as the tests

_QUICK = ("-c", "max_connections=60", "-c", "shared_buffers=16MB")


def postgres_programs() -> Path | None:
    """Folder of the newest PostgreSQL server on this machine, where Debian has it or on PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda initdb: int(initdb.parts[-3]) if initdb.parts[-3].isdigit() else 0,
    )
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class PostgresServer:
    """A server in a folder of its own: on a port of the loopback interface, or else on no port.

    Without a port it is reached by a socket in its folder.
    """

    def __init__(self, programs: Path, port: int | None = None) -> None:
        self._programs = programs
        self._port = port
        self._folder = Path(tempfile.mkdtemp(prefix="recycler-postgres-"))
        self._owner = _unprivileged()
        self._made = 0
        self._shared: str | None = None
        if self._owner:
            os.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)

    @classmethod
    @contextmanager
    def running(cls, programs: Path, port: int | None = None) -> Iterator[Self]:
        """A new server; it and all that it holds are gone afterwards."""
        server = cls(programs, port)
        try:
            server._initialize()
            server.start()
            try:
                yield server
            finally:
                server.stop("immediate")  # what it holds is thrown away
        finally:
            shutil.rmtree(server._folder)

    def start(self) -> None:
        """Start, and wait until it answers."""
        port = ("-h", "127.0.0.1", "-p", str(self._port))
        where = port if self._port else ("-c", "listen_addresses=")
        options = " ".join((*_QUICK, *where, "-k", str(self._folder)))
        timeout = ("-t", "120")
        self._run(
            "pg_ctl", "-w", *timeout, "-D", self._data, "-l", self._log, "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` ends every connection, `immediate` is as if the power had failed."""
        self._run("pg_ctl", "-w", "-D", self._data, "-m", mode, "stop")

    def make_database(self) -> str:
        """Make an empty database that sorts texts as English does, not by their bytes; its name."""
        name = self._new_name()
        language = "LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0"
        self._tell("postgres", f"CREATE DATABASE {name} {language}")
        return name

    def new_database(self) -> str:
        """Make an empty database; its URL."""
        return self.url(self.make_database())

    def new_schema(self) -> str:
        """The same inside one database that all such share: far fewer files; its URL."""
        self._shared = self._shared or self.make_database()
        name = self._new_name()
        self._tell(self._shared, f"CREATE SCHEMA {name}")
        return f"{self.url(self._shared)}&options=-csearch_path%3D{name}"

    def url(self, database: str, password: str = PASSWORD) -> str:
        """The URL of a database."""
        if self._port:
            return f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{database}"
        return f"postgresql://{USER}:{password}@/{database}?host={self._folder}"

    def _new_name(self) -> str:
        self._made += 1
        return f"test_{self._made}"

    def _tell(self, database: str, statement: str) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def _log(self) -> str:
        return str(self._folder / "log")

    def _initialize(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        auth = ("-A", "scram-sha-256", "--pwfile", str(secret))
        self._run("initdb", "-D", self._data, "-U", USER, "-E", "UTF8", "--no-locale", *auth)

    def _run(self, program: str, *arguments: str) -> None:
        as_whom: dict[str, Any] = {}
        if self._owner:
            as_whom = {
                "user": self._owner.pw_uid,
                "group": self._owner.pw_gid,
                "extra_groups": [],
            }
        output = self._folder / f"{program}.out"  # not a pipe: the server would keep it open
        with output.open("wb") as out:
            done = subprocess.run(
                [self._programs / program, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                **as_whom,
            )
        assert done.returncode == 0, output.read_text() + self._logged()

    def _logged(self) -> str:
        log = Path(self._log)
        return log.read_text(errors="replace") if log.exists() else ""


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as: it refuses to be root; None leaves it to whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
