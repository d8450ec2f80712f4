"""Work that tests give to other processes; they import it from here."""

import os
import signal
import time
from pathlib import Path


def double(number: int) -> int:
    return 2 * number


def refuse_five(number: int) -> int:
    if number == 5:
        msg = "five is refused"
        raise ValueError(msg)
    return number


def double_or_die(number: int, deaths: Path) -> int:
    """Twice a number; the process dies over the number 3 while any deaths are left."""
    if number == 3:
        die(deaths)
    return 2 * number


def double_or_die_at_two(number: int, deaths: Path) -> int:
    """Twice a number; a process dies once over the number 3, and one over the number 20."""
    death = deaths / f"at-{number}"
    if number in {3, 20} and not death.exists():
        death.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.03)  # so long that others have to wait
    return 2 * number


def die(deaths: Path) -> None:
    """End this process as the system does it, and use up one of the files in a folder thereby."""
    for death in sorted(deaths.iterdir())[:1]:
        death.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
