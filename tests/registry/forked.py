"""Children that may die: forked from a process without threads, so that each costs milliseconds.

Tests run a script that uses this in a process of its own.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

PYTHONPATH = f"{Path(__file__).parents[2]}:{Path(__file__).parent}"
"""Where a process of its own finds the product and these samples."""

KILLED = "killed"
_STEPS = ("open", "pwrite", "ftruncate", "fsync", "rename", "replace", "unlink", "mkdir")


def run_script(script: str, *arguments: object) -> Any:
    """Run a script that imports these samples; give back the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def in_child(action: Callable[[], object]) -> str:
    """Do something in a child: `done`, what it raised, or `killed`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, _outcome(action).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said or KILLED


def _outcome(action: Callable[[], object]) -> str:
    try:
        action()
    except BaseException as error:  # noqa: BLE001  (a child must not go on as its parent)
        return f"{type(error).__name__}: {error}"
    return "done"


def killed_at(step: int, action: Callable[[], object]) -> Callable[[], object]:
    """The action, with SIGKILL instead of its `step`-th call that changes a file.

    What is written into the journal is written by half before.
    """

    def dying() -> None:
        calls = count()
        for name in _STEPS:
            setattr(os, name, _counted(name, getattr(os, name), calls, step))
        action()

    return dying


def _counted(name: str, call: Callable[..., Any], calls: "count[int]", last: int) -> Any:
    def counted(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == last:
            if name == "pwrite":
                descriptor, data, offset = args
                call(descriptor, data[: len(data) // 2], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)

    return counted


def with_files_up_to(size: int, action: Callable[[], object]) -> Callable[[], object]:
    """The action, while the operating system refuses to let any file grow beyond `size` bytes."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        action()

    return limited


def as_nobody(action: Callable[[], object]) -> Callable[[], object]:
    """The action as a user whom file permissions hold for."""

    def unprivileged() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        action()

    return unprivileged
