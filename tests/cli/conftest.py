"""The command line in this process, and as one of its own on a terminal; a database of lots."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lot_files import CSV, NDJSON

from recycler.assays import AssayStore
from recycler.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch):
    """Run a command in this process, in the project's folder, with a clean environment."""
    for name in [name for name in os.environ if name.startswith("RECYCLER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)

    def run(*args: str, **kwargs) -> Result:
        return CliRunner().invoke(main, args, prog_name="recycler", **kwargs)

    return run


@pytest.fixture
def start():
    """Start `recycler` as a process; it is ended with the test."""
    started = []

    def start(*args: str, **kwargs) -> subprocess.Popen:
        env = {**os.environ, "PYTHONPATH": str(ROOT), **kwargs.pop("env", {})}
        command = [sys.executable, "-m", "recycler", *args]
        started.append(subprocess.Popen(command, cwd=ROOT, env=env, **kwargs))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.fixture
def on_terminal(start):
    """Run a command on a terminal of some width; gives the exit code and what was shown."""

    def on_terminal(*args: str, width: int = 80, **env: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        settled = {"TERM": "xterm-256color", "COLUMNS": "", "NO_COLOR": "", **env}
        process = start(*args, env=settled, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return process.wait(timeout=30), shown.decode().replace("\r\n", "\n")

    return on_terminal


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The database that commands of a test use."""
    return f"sqlite:///{tmp_path}/assays.db"


@pytest.fixture
def assays(run, url, monkeypatch):
    """Run `recycler assays` in this process on that database."""
    monkeypatch.setenv("RECYCLER_DATABASE_URL", url)
    return lambda *args, **kwargs: run("assays", *args, **kwargs)


@pytest.fixture
def store(url):
    """That database."""
    store = AssayStore(url, timeout_s=5)
    yield store
    store.close()


@pytest.fixture
def filled(assays, tmp_path):
    """The same with two lots out of CSV and two out of JSON in it."""
    for name, text in (("lots.csv", CSV), ("lots.ndjson", NDJSON)):
        (tmp_path / name).write_text(text)
        assert assays("import", str(tmp_path / name)).exit_code == 0
    return assays


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when the other side has hung up
        return b""
