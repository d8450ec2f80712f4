"""A writer that is killed, or whose disk fills up, leaves nothing half written."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked import PYTHONPATH
from registry_samples import open_registry, tree, write_small

WRITE_FOREVER = """
import sys
from itertools import count
from pathlib import Path
from registry_samples import open_registry, write_small
registry = open_registry(Path(sys.argv[1]))
for number in count(2):
    write_small(registry, f"v{number}", figures={f"{i}.png": bytes(50_000) for i in range(20)})
    registry.promote(f"v{number}", who="Bo", why="go on")
    print(number, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.02])
def test_a_writer_that_is_killed_leaves_the_registry_usable(registry, delay):
    command = [sys.executable, "-c", WRITE_FOREVER, str(registry.root)]
    environment = {"PYTHONPATH": PYTHONPATH}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        time.sleep(delay)
        writer.kill()
    reopened = open_registry(registry.root)
    assert all(check.passed for name in reopened.versions() for check in reopened.verify(name))
    assert reopened.load().version in reopened.versions()
    write_small(reopened, "afterwards")
    assert not list(registry.root.glob(".writing-*"))


WRITE_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from recycler.registry import ArtefactError
from registry_samples import open_registry, write_small
registry = open_registry(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    registry.promote("v1", who="Bo", why="x" * 900) if sys.argv[3] else write_small(registry, "v2")
except ArtefactError as error:
    print(error)
"""


def full_disk(root: Path, size: int, promote: str) -> str:
    command = [sys.executable, "-c", WRITE_ON_A_FULL_DISK, str(root), str(size), promote]
    environment = {"PYTHONPATH": PYTHONPATH}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("size", [0, 2000])
def test_a_disk_that_fills_up_while_writing_leaves_nothing_half_written(registry, size):
    """A limit on file size makes the operating system refuse a write in the middle."""
    before = tree(registry.root)
    assert "model v2: File too large; nothing was written" in full_disk(registry.root, size, "")
    assert tree(registry.root) == before
    assert registry.load().version == "v1"


def test_a_disk_that_fills_up_while_promoting_keeps_the_aliases(tmp_path):
    registry = open_registry(tmp_path)
    write_small(registry)
    write_small(registry, "v2")
    registry.promote("v2", who="Ada", why="first")
    assert "File too large; the aliases stay" in full_disk(tmp_path, 500, "promote")
    assert registry.aliases() == {"champion": "v2"}
    registry.promote("v1", who="Ada", why="again")
    assert registry.aliases() == {"champion": "v1", "previous": "v2"}
