"""How long things take to begin: the service until it is ready, and commands until they end.

Time on the clock is the median over rounds. CPU time does not hang on what else the machine does.
"""

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import urlopen

from . import processes
from .services import RECYCLER, ROOT, environment, starting

COMMANDS: Final = {
    "recycler --version": ("--version",),
    "recycler estimate": ("estimate", str(ROOT / "examples" / "design-example.json"), "--json"),
}
IMPORTED: Final = {
    "recycler --version": "recycler.cli",
    "the service": "recycler.web.app",
}
"""What is imported before a command, or the service, does anything."""

EVERY_S: Final = 0.01
_WORKERS: Final = re.compile(r"^recycler_model_workers\{[^}]*\} (\S+)$", re.MULTILINE)
_IMPORT: Final = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)


def measure(rounds: int) -> dict[str, Any]:
    """Starts of the service, of commands, and what their imports take, ms by package."""
    return {
        "service": _medians([_service() for _ in range(rounds)]),
        "commands": {
            name: _medians([_command(options) for _ in range(2 * rounds)])
            for name, options in COMMANDS.items()
        },
        "imports_ms": {name: _imports(module, rounds) for name, module in IMPORTED.items()},
    }


def _medians(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(one[name] for one in found) for name in found[0]}


def _service() -> dict[str, float]:
    """Seconds from exec to the first 200 of /readyz, and until both workers have the model."""
    begun = time.monotonic()
    with starting(RECYCLER, 2, every_s=EVERY_S) as running:
        ready = time.monotonic() - begun
        while _with_model(running.port) < 2:
            time.sleep(EVERY_S)
        both = time.monotonic() - begun
        return {"ready_s": ready, "both_s": both, "cpu_s": processes.cpu_s(running.leader)}


def _with_model(port: int) -> float:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return sum(map(float, _WORKERS.findall(answer.read().decode())))


def _command(options: tuple[str, ...]) -> dict[str, float]:
    with TemporaryDirectory() as scratch:
        program = [sys.executable, "-m", "recycler", *options]
        begun, before = time.monotonic(), _children_s()
        told = environment(Path(scratch))
        subprocess.run(program, env=told, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
        return {"wall_s": time.monotonic() - begun, "cpu_s": _children_s() - before}


def _children_s() -> float:
    from resource import RUSAGE_CHILDREN, getrusage

    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _imports(module: str, rounds: int) -> dict[str, float]:
    """Package -> ms that its own modules took to import, the least of all rounds; largest first."""
    found = [_import_times(module) for _ in range(rounds)]
    least = {package: min(one[package] for one in found) / 1000 for package in found[0]}
    return dict(sorted(least.items(), key=lambda item: -item[1]))


def _import_times(module: str) -> Counter[str]:
    """Package -> µs, as `python -X importtime` tells."""
    program = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    told = subprocess.run(program, check=True, cwd=ROOT, capture_output=True, text=True).stderr
    spent: Counter[str] = Counter()
    for took_us, name in _IMPORT.findall(told):
        spent[name.partition(".")[0]] += int(took_us)
    return spent
