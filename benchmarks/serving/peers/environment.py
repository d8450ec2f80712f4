"""The virtual environment of the other services, made from peers.txt when that has changed."""

import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "peers.txt"
FOLDER: Final = HERE.parents[2] / "build" / "peers"
PYTHON: Final = FOLDER / "bin" / "python"
_MADE_FROM: Final = FOLDER / "made-from.txt"


class NotInstalledError(RuntimeError):
    """The packages could not be installed; the message ends with what pip wrote last."""


def install() -> None:
    """Make the environment, unless it is there and made from the same lock.

    Raises:
        NotInstalledError: A package could not be installed.
    """
    if _MADE_FROM.is_file() and _MADE_FROM.read_text() == _wanted():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--require-hashes", "--requirement", LOCK],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotInstalledError(f"pip ended with {done.returncode}: {done.stderr[-300:].strip()}")
    _MADE_FROM.write_text(_wanted())


def _wanted() -> str:
    return f"{sys.version}\n{LOCK.read_text()}"
