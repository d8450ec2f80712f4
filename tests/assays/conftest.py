import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from recycler.assays import AssayStore, utc_now

HERE = Path(__file__).parent


@pytest.fixture
def open_at() -> Iterator[Callable[..., AssayStore]]:
    """Opens stores by URL; all are closed with the test."""
    opened: list[AssayStore] = []

    def open_at(url: str, **options: Any) -> AssayStore:
        opened.append(AssayStore(url, **{"timeout_s": 10, **options}))
        return opened[-1]

    yield open_at
    for store in opened:
        store.close()


@pytest.fixture
def open_store(open_at: Callable[..., AssayStore], database_url: str) -> Callable[..., AssayStore]:
    """Opens stores on one database, as several processes would."""

    def open_store(clock: Callable[[], datetime] = utc_now, **options: Any) -> AssayStore:
        return open_at(database_url, clock=clock, **options)

    return open_store


@pytest.fixture
def store(open_store: Callable[..., AssayStore]) -> AssayStore:
    """A store on an empty database."""
    return open_store()


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts one of store_programs.py; what still runs is killed with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "store_programs.py"), *arguments]
        environ = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=environ, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
