"""Standard output and standard error as rich consoles, and what they are connected to."""

import sys
from typing import TextIO

from rich.console import Console


def output() -> Console:
    """Console on standard output: what was asked for."""
    return _console(sys.stdout)


def messages() -> Console:
    """Console on standard error: progress and warnings."""
    return _console(sys.stderr)


def is_terminal() -> bool:
    """Whether a person reads standard output, not a file or another program."""
    return sys.stdout.isatty()


def _console(stream: TextIO) -> Console:
    """Console that colours only names it is told to, not every number it sees."""
    return Console(file=stream, highlight=False, emoji=False)
