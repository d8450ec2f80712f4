"""Prometheus' own checker, run as a program."""

import shutil
import subprocess
from pathlib import Path

import pytest


def promtool(*arguments: str | Path, cwd: Path | None = None, given: str = "") -> str:
    """What promtool says, if it accepts what it was given; it is skipped where it is missing."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("there is no promtool here (on Debian: apt-get install prometheus)")
    done = subprocess.run(
        [program, *arguments], cwd=cwd, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
