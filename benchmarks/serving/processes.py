"""Services as groups of processes: started, asked for, measured, and ended without leaving any."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Final

START_S: Final = 90
QUIET_S: Final = 0.5
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


class StartError(RuntimeError):
    """A service ended or did not answer in time; the message ends with what it wrote last."""


@dataclass(frozen=True)
class Memory:
    """Memory of one process in MB: all, its share where shared, and what is its alone."""

    rss_mb: float
    pss_mb: float
    own_mb: float


@contextmanager
def group(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, log: IO[bytes]
) -> Iterator[int]:
    """Run a command as a group of processes of its own; gives the group's id.

    Args:
        command: What is run.
        environ: Its whole environment.
        folder: The folder that it runs in.
        log: Where it writes to.
    """
    process = subprocess.Popen(
        command, env=environ, cwd=folder, stdout=log, stderr=log, start_new_session=True
    )
    try:
        yield process.pid
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a group to end, wait for it, and kill what is left of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=30)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def members(leader: int) -> list[int]:
    """Ids of the living processes of a group."""
    numbered = (int(path.name) for path in _PROC.iterdir() if path.name.isdecimal())
    return sorted(process for process in numbered if _group_of(process) == leader)


def cpu_s(leader: int) -> float:
    """Seconds of CPU time that the processes of a group have used, with those they waited for."""
    return sum(sum(map(int, fields[11:15])) for fields in map(_stat, members(leader))) / _TICKS


def memory(process: int) -> Memory:
    """What one process holds in memory now."""
    summed = (_PROC / str(process) / "smaps_rollup").read_text()
    kb = {name: int(n) for name, n in re.findall(r"^(\w+): +(\d+) kB$", summed, re.MULTILINE)}
    return Memory(
        kb["Rss"] / 1024, kb["Pss"] / 1024, (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024
    )


def workers(leader: int) -> list[int]:
    """Ids of the processes that another of the group has started."""
    return [process for process in members(leader) if process != leader]


def wait_until_ready(port: int, path: str, leader: int, every_s: float = 0.05) -> None:
    """Ask until the answer is 200.

    Raises:
        StartError: It is not in time, or the group has ended.
    """
    deadline = time.monotonic() + START_S
    while not answers(port, path):
        if not members(leader) or time.monotonic() > deadline:
            raise StartError(f"{path} on port {port} does not answer 200")
        time.sleep(every_s)


def wait_until_quiet(leader: int) -> None:
    """Wait until a group has nothing more to do: until all its workers are there."""
    deadline, used = time.monotonic() + START_S, -1.0
    while cpu_s(leader) > used + QUIET_S / 10 and time.monotonic() < deadline:
        used = cpu_s(leader)
        time.sleep(QUIET_S)


def answers(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _group_of(process: int) -> int:
    fields = _stat(process)
    return int(fields[2]) if fields else 0


def _stat(process: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; none for a process that is gone or a zombie."""
    try:
        fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if fields[0] == "Z" else fields
