"""Building the image, one build at a time."""

import fcntl
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(name: str, lock: Path, *options: str) -> str:
    """Build from this checkout, by the builder that every engine has; the image's name."""
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    line = [ROOT / "run", "image", "--network=host", "--tag", name, *options]
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = subprocess.run(line, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return name
