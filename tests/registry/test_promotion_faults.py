"""Whatever happens while a version is written or promoted: the old state or the new, never half."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from forked import PYTHONPATH, run_script
from registry_samples import SMALL_ALLOWED, open_registry, scored, write_small

from recycler.registry import ArtefactError, Registry

PROMOTE_KILLED_AT_EVERY_STEP = """
import json, shutil, sys
from itertools import count
from pathlib import Path
from forked import KILLED, in_child, killed_at
from registry_samples import open_registry

seen = []
for step in count():
    root = Path(sys.argv[1]).with_name(f"step{step}")
    shutil.copytree(sys.argv[1], root)
    registry = open_registry(root)
    promote = lambda version: registry.promote(version, who="Bo", why="newer")
    before = registry.promotions()
    said = in_child(killed_at(step, lambda: promote("v3")))
    between, champion = registry.promotions(), registry.aliases()["champion"]
    (root / "registry.json").unlink()
    restored = registry.restore().table.promotions
    champion_restored = registry.aliases()["champion"]
    promote("v1")
    seen.append({
        "said": said,
        "kept": between[: len(before)] == before,
        "log": len(between),
        "champion": champion,
        "restored": restored[: len(between)] == between and len(restored) <= len(before) + 1,
        "next": [registry.aliases()["champion"], len(registry.promotions()) - len(restored)],
    })
    if said != KILLED:
        break
print(json.dumps(seen))
"""


@pytest.fixture
def three(registry: Registry) -> Registry:
    """Three versions, of which the second is champion."""
    write_small(registry, "v2")
    write_small(registry, "v3")
    registry.promote("v2", who="Ada", why="narrower")
    return registry


def test_a_promotion_that_is_killed_at_any_step_has_happened_or_has_not(three):
    """And whichever it was: nothing is lost with registry.json, and the next promotion works."""
    seen = run_script(PROMOTE_KILLED_AT_EVERY_STEP, three.root)
    states = [(one["log"], one["champion"]) for one in seen]
    assert seen[-1]["said"] == "done"
    assert {one["said"] for one in seen[:-1]} == {"killed"}
    assert set(states) == {(2, "v2"), (3, "v3")}
    assert states == sorted(states)  # once it has happened it stays so
    assert all(one["kept"] and one["restored"] and one["next"] == ["v1", 1] for one in seen)
    assert len(seen) > 8


PROMOTE_KILLED_AT_RANDOM = """
import json, os, random, signal, sys, time
from itertools import cycle
from pathlib import Path
from registry_samples import open_registry

registry = open_registry(Path(sys.argv[1]))
begun = time.perf_counter()
registry.promote("v3", who="Bo", why="to see how long that takes")
took_s = time.perf_counter() - begun
lengths = [len(registry.promotions())]
for _ in range(40):
    child = os.fork()
    if child == 0:
        for version in cycle(("v1", "v2", "v3")):
            if version != registry.aliases()["champion"]:
                registry.promote(version, who="Bo", why="go on")
    time.sleep(random.uniform(0, 4 * took_s))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    log = registry.promotions()
    assert registry.aliases()["champion"] == log[-1].version
    lengths.append(len(log))
print(json.dumps(lengths))
"""


def test_promoters_that_are_killed_at_random_leave_a_whole_log(three):
    lengths = run_script(PROMOTE_KILLED_AT_RANDOM, three.root)
    assert lengths == sorted(lengths)
    assert lengths[-1] > lengths[0]
    three.promote(three.resolve("previous"), who="Bo", why="afterwards")
    assert len(three.promotions()) == lengths[-1] + 1
    assert len((three.root / "promotions.jsonl").read_bytes().splitlines()) == lengths[-1] + 1


WRITE_KILLED_AT_EVERY_STEP = """
import json, sys
from itertools import count
from pathlib import Path
from forked import KILLED, in_child, killed_at
from registry_samples import open_registry, write_small

registry = open_registry(Path(sys.argv[1]))
seen = []
for step in count():
    said = in_child(killed_at(step, lambda: write_small(registry, f"w{step}")))
    whole = all(check.passed for name in registry.versions() for check in registry.verify(name))
    seen.append([said, whole, f"w{step}" in registry.versions()])
    if said != KILLED:
        break
print(json.dumps(seen))
"""


def test_a_version_whose_writer_is_killed_at_any_step_is_listed_whole_or_not_at_all(registry):
    seen = run_script(WRITE_KILLED_AT_EVERY_STEP, registry.root)
    assert seen[-1] == ["done", True, True]
    assert all(said == "killed" and whole for said, whole, _ in seen[:-1])
    assert not seen[0][2]
    assert len(seen) > 8
    assert list(registry.root.glob(".*")) == []


ON_A_FULL_DISK = """
import json, sys
from pathlib import Path
from forked import in_child, with_files_up_to
from registry_samples import open_registry, write_small

root, what = Path(sys.argv[1]), sys.argv[2]
registry = open_registry(root)
actions = {
    "promote": lambda: registry.promote("v3", who="Bo", why="newer"),
    "write": lambda: write_small(registry, "w1"),
}
files = lambda: {str(p): p.read_bytes() for p in root.rglob("*") if p.is_file()}
before, seen = files(), []
for size in range(0, int(sys.argv[3]), int(sys.argv[4])):
    said = in_child(with_files_up_to(size, actions[what]))
    seen.append([said, files() == before])
    if said == "done":
        break
print(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("action", "largest", "step", "says"),
    [
        ("promote", 10_000, 23, "the aliases stay as they were"),
        ("write", 1_000_000, 331, "nothing was written"),
    ],
)
def test_a_disk_that_is_full_anywhere_leaves_every_byte_as_it_was(
    three, action, largest, step, says
):
    """The operating system refuses what would make a file longer than a limit, which rises."""
    seen = run_script(ON_A_FULL_DISK, three.root, action, largest, step)
    *refused, done = seen
    assert done == ["done", False]
    assert len(refused) > 5
    assert all(unchanged for _, unchanged in refused)
    assert all("File too large" in said and said.endswith(says) for said, _ in refused)


IN_A_READ_ONLY_FOLDER = """
import json, os, sys
from pathlib import Path
from forked import as_nobody, in_child
from registry_samples import open_registry, write_small

os.chdir(sys.argv[1])  # no matter who may look at the folders above
registry = open_registry(Path())
registry.load()  # whatever is imported late is imported by now
print(json.dumps([
    in_child(as_nobody(lambda: registry.load())),
    in_child(as_nobody(lambda: registry.promote("v3", who="Bo", why="newer"))),
    in_child(as_nobody(lambda: registry.roll_back(who="Bo", why="newer"))),
    in_child(as_nobody(lambda: write_small(registry, "w1"))),
]))
"""


def test_a_folder_that_may_only_be_read_is_read_and_not_written(three):
    folders = [three.root, *(path for path in three.root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        read, *written = run_script(IN_A_READ_ONLY_FOLDER, three.root)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert read == "done"
    assert len(written) == 3
    assert all("Permission denied" in said for said in written)
    assert three.aliases()["champion"] == "v2"


PROMOTE_WHEN_TOLD = """
import sys
from pathlib import Path
from recycler.registry import ArtefactError
from recycler.registry.gate import gate_of
from recycler.settings import Settings
from registry_samples import open_registry

registry, version, gate = open_registry(Path(sys.argv[1])), sys.argv[2], gate_of(Settings())
print("ready", flush=True)
sys.stdin.readline()
try:
    registry.promote(version, who=version, why="race", gate=gate)
    print("done")
except ArtefactError as error:
    print(error)
"""


def test_of_promotions_at_once_each_is_judged_against_the_champion_of_its_turn(tmp_path):
    """Better and better versions race: one that comes after a better one is refused."""
    registry = open_registry(tmp_path)
    crps = {"v1": 1.0, "v2": 0.9, "v3": 0.8, "v4": 0.7, "v5": 0.6}
    for version, value in crps.items():
        write_small(registry, version, scores=scored(value))
    registry.promote("v1", who="Ada", why="first")
    racers = [racer(tmp_path, version) for version in sorted(crps)[1:]]
    assert [process.stdout.readline() for process in racers] == ["ready\n"] * len(racers)
    for process in racers:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in racers]
    log = registry.promotions()
    assert [entry.replaced for entry in log] == [None, *(entry.version for entry in log[:-1])]
    values = [crps[entry.version] for entry in log]
    assert values == sorted(values, reverse=True)
    assert log[-1].version == "v5"
    promoted = {entry.version for entry in log[1:]}
    for version, answer in zip(sorted(crps)[1:], said, strict=True):
        assert (answer == "done\n") is (version in promoted)
        assert version in promoted or f"{version} is not promoted. CRPS of {version}" in answer


def racer(root: Path, version: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROMOTE_WHEN_TOLD, str(root), version],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_clock_that_goes_backwards_does_not_change_the_order_of_the_log(three):
    past = datetime(1999, 1, 1, tzinfo=UTC)
    Registry(three.root, clock=lambda: past, allowed=SMALL_ALLOWED).promote(
        "v3", who="Bo", why="newer"
    )
    assert [entry.version for entry in three.promotions()] == ["v1", "v2", "v3"]
    assert three.promotions()[-1].when == past
    assert three.aliases() == {"champion": "v3", "previous": "v2"}


@pytest.mark.parametrize("name", [".registry.json.new", ".writing-v4", ".writing-w"])
def test_a_link_in_the_place_of_an_unfinished_file_is_removed_and_not_followed(
    three, tmp_path, name
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")
    (three.root / name).symlink_to(outside)
    write_small(three, "v4")
    three.promote("v4", who="Bo", why="newer")
    assert (outside / "precious").read_text() == "kept"
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert list(three.root.glob(".*")) == []


def test_a_link_in_the_place_of_the_journal_is_not_followed(three, tmp_path):
    (three.root / "promotions.jsonl").unlink()
    (three.root / "promotions.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtefactError, match=r"promotions\.jsonl: Too many levels.*models restore`"):
        three.promote("v3", who="Bo", why="newer")
    assert not (tmp_path / "elsewhere").exists()
    assert three.aliases()["champion"] == "v2"
    three.restore()
    three.promote("v3", who="Bo", why="newer")
    assert (three.root / "promotions.jsonl.damaged").is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_in_the_place_of_the_journal_holds_nobody_up(three):
    (three.root / "promotions.jsonl").unlink()
    os.mkfifo(three.root / "promotions.jsonl")
    assert three.load().version == "v2"
    with pytest.raises(ArtefactError, match="a plain file is expected"):
        three.promote("v3", who="Bo", why="newer")
    three.restore()
    three.promote("v3", who="Bo", why="newer")


def test_a_folder_that_is_gone_during_a_promotion_is_a_refusal(three):
    shutil.rmtree(three.root / "v3")
    with pytest.raises(ArtefactError, match="no version 'v3'"):
        three.promote("v3", who="Bo", why="newer")
