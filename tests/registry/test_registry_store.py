"""Versions are written whole and never change; aliases move in one step; loading checks all."""

import os
import shutil
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import joblib
import numpy as np
import pytest
from registry_samples import (
    GOLDEN_BATCH,
    MOMENT,
    SMALL_ALLOWED,
    SmallModel,
    dump,
    edit_json,
    open_registry,
    replace_artefact,
    write_small,
)

from recycler.batch import Assay, Batch, DeclaredMagnet, FeedState, LineItem, MagnetType, Reading
from recycler.registry import STEPS, ArtefactError, Check, Registry

SAMPLES = Path(__file__).parent
PROJECT = SAMPLES.parent.parent


def tree(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_a_version_is_listed_loaded_and_answers(registry):
    loaded = registry.load()
    assert registry.versions() == ["v1"]
    assert loaded.version == loaded.reference.version == "v1"
    assert loaded.reference.sha256 == registry.manifest().files["model.joblib"].sha256
    assert loaded.reference.data_digest == "0" * 64
    estimate = loaded.estimate(GOLDEN_BATCH)
    assert estimate.model == loaded.reference
    assert estimate.totals.treo.contained_kg.mean == pytest.approx(1200 * 50e-6 + 3 * 0.31)


def test_a_version_is_these_files(registry):
    assert tree(registry.root / "v1") == {
        "model.joblib",
        "manifest.json",
        "card.md",
        "figures/coverage.svg",
    }


def test_further_files_are_written_digested_and_read_back(registry):
    pages = {"card.html": b"<!doctype html>", "held_out.csv": "measured\nµ\n".encode()}
    write_small(registry, "v2", further=pages)
    assert tree(registry.root / "v2") == tree(registry.root / "v1") | pages.keys()
    assert registry.page("v2") == "<!doctype html>"
    assert registry.held_out("v2") == "measured\nµ\n"
    assert registry.manifest("v2").files["card.html"].size == 15
    assert all(check.passed for check in registry.verify("v2"))


def test_a_version_without_further_files_has_none(registry):
    assert registry.page("v1") is None
    assert registry.held_out("v1") is None


@pytest.mark.parametrize("path", ["card.html", "held_out.csv"])
def test_a_further_file_that_is_not_the_recorded_one_is_refused(registry, path):
    write_small(registry, "v2", further={"card.html": b"a", "held_out.csv": b"a"})
    (registry.root / "v2" / path).write_bytes(b"b")
    read = {"card.html": registry.page, "held_out.csv": registry.held_out}[path]
    with pytest.raises(ArtefactError, match=path.replace(".", r"\.")):
        read("v2")
    assert not all(check.passed for check in registry.verify("v2"))


@pytest.mark.parametrize("path", ["run.py", "../v1/card.html", "card.html/x", "notes/card.html"])
def test_no_other_file_can_be_written(registry, path):
    with pytest.raises(ArtefactError, match="is no file of a version"):
        write_small(registry, "v2", further={path: b""})
    assert registry.versions() == ["v1"]


def test_the_manifest_says_what_was_given(registry):
    manifest = registry.manifest("v1")
    assert manifest.created_at == MOMENT
    assert manifest.seed == 7
    assert manifest.rows == {"compositions": 2}
    assert manifest.scores == {"pooled": {"coverage": {"0.9": 0.91}}}
    assert manifest.packages["numpy"] == np.__version__
    assert manifest.packages["joblib"] == joblib.__version__
    assert manifest.golden.batch == GOLDEN_BATCH
    assert manifest.golden.figures["/totals/treo/contained_kg/mean"] == pytest.approx(0.99)
    assert registry.card() == "# Small\n"


def test_every_field_of_a_golden_batch_is_kept(tmp_path):
    magnet = DeclaredMagnet(MagnetType.NDFEB, 2.5, "N42SH", composition={"Nd": 0.3})
    assay = Assay(({"Nd": Reading(0.22), "Tb": Reading(0.0005, below_detection=True)},))
    line = LineItem(
        "phone", "smartphone", count=3, year=2017, state=FeedState.WHOLE, magnet=magnet, assay=assay
    )
    registry = open_registry(tmp_path)
    batch = Batch((line,), level=0.8, collected_year=2026, batch_id="intake-0042")
    write_small(registry, golden_batch=batch)
    assert registry.manifest("v1").golden.batch == batch


def test_the_same_model_gives_the_same_artefact_whatever_the_hash_seed(registry):
    script = "from registry_samples import *; print(record(dump(SmallModel().fit())).sha256)"
    script = f"from recycler.registry.manifest import record; {script}"
    digests = {run_python(script, PYTHONHASHSEED=seed).strip() for seed in ("1", "2")}
    assert digests == {registry.manifest("v1").files["model.joblib"].sha256}


def test_a_loaded_model_is_written_as_the_same_bytes(registry):
    assert dump(registry.load().model) == (registry.root / "v1/model.joblib").read_bytes()


def test_a_version_is_never_overwritten(registry):
    before = (registry.root / "v1/manifest.json").read_bytes()
    with pytest.raises(ArtefactError, match="model v1: the name v1 is taken; nothing was written"):
        write_small(registry, card="# Other")
    assert (registry.root / "v1/manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    "version",
    ["", ".", "..", "../v2", "a/b", "/v2", ".hidden", "V2", "v 2", "v2\n", "é", "x" * 65, "-v"],
)
def test_a_version_name_is_safe_as_a_folder_and_in_a_header(registry, version):
    with pytest.raises(ArtefactError, match="is no version name"):
        write_small(registry, version)
    with pytest.raises(ArtefactError, match="holds no version"):
        registry.load(version)


@pytest.mark.parametrize("alias", ["champion", "challenger", "previous"])
def test_an_alias_is_no_version_name(registry, alias):
    with pytest.raises(ArtefactError, match="is no version name"):
        write_small(registry, alias)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"data_digest": "abc"}, "data_digest"),
        ({"rows": {"a": -1}}, "rows"),
        ({"rows": {"a": 1.5}}, "/rows/a"),
        ({"seed": 2.5}, "/seed"),
        ({"scores": {"crps": float("nan")}}, "JSON"),
        ({"scores": {"crps": np.int64(2)}}, "int64"),
        ({"card": "\ud800"}, "UnicodeEncodeError"),
        ({"figures": {"../../evil.svg": b""}}, "evil.svg"),
        ({"figures": {"big.png": bytes(17 << 20)}}, "big.png"),
        ({"golden_batch": Batch((LineItem("unknown", count=1),))}, "KeyError"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(tmp_path, changes, why):
    registry = open_registry(tmp_path / "models")
    with pytest.raises(ArtefactError, match=why):
        write_small(registry, **changes)
    assert not (tmp_path / "models").exists()


def test_a_model_that_could_not_be_loaded_again_is_not_written(tmp_path):
    registry = Registry(tmp_path / "models", allowed={})
    with pytest.raises(ArtefactError, match=r"registry_samples\.SmallModel, .* allow-list"):
        write_small(registry)
    assert not (tmp_path / "models").exists()


def test_loading_checks_the_steps_in_order(registry):
    checks = list(registry.verify())
    assert [check.step for check in checks] == list(STEPS)
    assert all(check.passed and check.detail for check in checks)
    assert checks[1] == Check("digests", True, "3 files are as recorded, and there are no others")


def test_without_a_champion_the_error_says_what_to_do(tmp_path):
    with pytest.raises(ArtefactError, match=r"recycler models promote.*RECYCLER_MODELS"):
        open_registry(tmp_path / "nowhere").load()
    with pytest.raises(ArtefactError, match=r"No such file or directory.*RECYCLER_MODELS"):
        open_registry(tmp_path / "nowhere").versions()


def test_an_unknown_version_is_refused_with_those_there(registry):
    with pytest.raises(ArtefactError, match=r"no version 'v9' \(versions there: v1\)"):
        registry.load("v9")


def test_a_promoted_champion_leaves_the_one_before_as_previous(registry):
    write_small(registry, "v2")
    write_small(registry, "v3")
    registry.promote("v2", who="Bo", why="narrower", alias="challenger")
    assert registry.aliases() == {"champion": "v1", "challenger": "v2"}
    registry.promote("v2", who="Bo", why="proved itself")
    assert registry.aliases() == {"champion": "v2", "previous": "v1"}
    registry.promote("v3", who="Bo", why="newer data")
    assert registry.aliases() == {"champion": "v3", "previous": "v2"}
    registry.promote(registry.resolve("previous"), who="Bo", why="roll back")
    assert registry.aliases() == {"champion": "v2", "previous": "v3"}


def test_every_promotion_is_logged(registry):
    write_small(registry, "v2", scores={"crps": 0.2})
    later = MOMENT + timedelta(days=1)
    Registry(registry.root, clock=lambda: later, allowed=SMALL_ALLOWED).promote(
        "v2", who="Bo", why="narrower"
    )
    first, second = registry.promotions()
    assert (first.who, first.version, first.replaced, first.when) == ("Ada", "v1", None, MOMENT)
    assert (second.replaced, second.when, second.scores) == ("v1", later, {"crps": 0.2})


def test_the_log_keeps_the_scores_of_all_figures_and_the_manifest_keeps_all_scores(registry):
    scores = {"factors": {"presence": {"crps": 0.3}}, "pooled": {"crps": 0.2}}
    write_small(registry, "v2", scores=scores)
    registry.promote("v2", who="Bo", why="narrower")
    assert registry.promotions()[-1].scores == {"pooled": {"crps": 0.2}}
    assert registry.manifest("v2").scores == scores


def test_the_clock_is_the_time_of_day_unless_another_is_given(tmp_path):
    registry = Registry(tmp_path, allowed=SMALL_ALLOWED)
    write_small(registry)
    age = datetime.now(UTC) - registry.manifest("v1").created_at
    assert timedelta(0) <= age < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("version", "changes", "why"),
    [
        ("v1", {}, "is the champion already"),
        ("v9", {}, "no version 'v9'"),
        ("v2", {"alias": "previous"}, "neither champion nor challenger"),
        ("v2", {"alias": "canary"}, "neither champion nor challenger"),
        ("v2", {"who": " "}, "who must be one line"),
        ("v2", {"why": "a\nb"}, "why must be one line"),
        ("v2", {"why": "x" * 1001}, "why must be one line"),
    ],
)
def test_a_promotion_that_makes_no_sense_changes_nothing(registry, version, changes, why):
    write_small(registry, "v2")
    before = (registry.root / "registry.json").read_bytes()
    with pytest.raises(ArtefactError, match=why):
        registry.promote(version, **({"who": "Bo", "why": "newer"} | changes))
    assert (registry.root / "registry.json").read_bytes() == before


def test_a_version_that_does_not_load_is_not_promoted(registry):
    write_small(registry, "v2")
    replace_artefact(registry.root, dump(SmallModel()), "v2")
    with pytest.raises(ArtefactError, match="model v2"):
        registry.promote("v2", who="Bo", why="newer")
    assert registry.aliases() == {"champion": "v1"}


def test_readers_see_the_old_champion_or_the_new_but_never_none(registry):
    write_small(registry, "v2")
    seen: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(open_registry(registry.root).load().version)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for round_ in range(20):
        registry.promote(f"v{2 - round_ % 2}", who="Bo", why="back and forth")
    stop.set()
    for reader in readers:
        reader.join()
    assert set(seen) == {"v1", "v2"}
    assert len(registry.promotions()) == 21


def test_promotions_at_the_same_time_are_all_logged(registry):
    for version in ("v2", "v3", "v4", "v5"):
        write_small(registry, version)
    promoting = [
        threading.Thread(target=registry.promote, args=(v,), kwargs={"who": "Bo", "why": "race"})
        for v in ("v2", "v3", "v4", "v5")
    ]
    for thread in promoting:
        thread.start()
    for thread in promoting:
        thread.join()
    log = registry.promotions()
    assert len(log) == 5
    assert [entry.replaced for entry in log] == [None, *(entry.version for entry in log[:-1])]


def run_python(script: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{PROJECT}:{SAMPLES}", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


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
    environment = {"PYTHONPATH": f"{PROJECT}:{SAMPLES}"}
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
    environment = {"PYTHONPATH": f"{PROJECT}:{SAMPLES}"}
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


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "models").write_text("")
    with pytest.raises(ArtefactError, match="nothing was written"):
        write_small(open_registry(tmp_path / "models"))


def test_a_models_folder_may_be_reached_through_a_link(registry, tmp_path):
    (tmp_path / "mounted").symlink_to(registry.root)
    assert open_registry(tmp_path / "mounted").load().version == "v1"


def link(path: str):
    def replace_by_link(root: Path) -> None:
        (root / path).rename(root.parent / "elsewhere")
        (root / path).symlink_to(root.parent / "elsewhere")

    return replace_by_link


def swap(root: Path) -> None:
    write_small(open_registry(root), "v2", card="# Other")
    shutil.copy(root / "v2/card.md", root / "v1/card.md")


def swap_folders(root: Path) -> None:
    write_small(open_registry(root), "v2")
    shutil.rmtree(root / "v1")
    (root / "v2").rename(root / "v1")


def grow(root: Path) -> None:
    os.truncate(root / "v1/model.joblib", 1 << 40)


def pipe(root: Path) -> None:
    (root / "v1/model.joblib").unlink()
    os.mkfifo(root / "v1/model.joblib")


def flip(root: Path) -> None:
    data = bytearray((root / "v1/model.joblib").read_bytes())
    data[len(data) // 2] ^= 1
    (root / "v1/model.joblib").write_bytes(data)


def packages(**versions: str):
    def edit(root: Path) -> None:
        edit_json(root / "v1/manifest.json", lambda m: m["packages"].update(versions))

    return edit


DAMAGES = {
    "truncated": ("digests", lambda root: os.truncate(root / "v1/model.joblib", 100)),
    "emptied": ("digests", lambda root: os.truncate(root / "v1/model.joblib", 0)),
    "one bit flipped": ("digests", flip),
    "grown beyond any size": ("digests", grow),
    "model missing": ("digests", lambda root: (root / "v1/model.joblib").unlink()),
    "card missing": ("digests", lambda root: (root / "v1/card.md").unlink()),
    "figure missing": ("digests", lambda root: (root / "v1/figures/coverage.svg").unlink()),
    "extra file": ("digests", lambda root: (root / "v1/extra.pkl").write_bytes(b"")),
    "extra figure": ("digests", lambda root: (root / "v1/figures/extra").write_bytes(b"")),
    "extra link": ("digests", lambda root: (root / "v1/extra").symlink_to(root)),
    "swapped with another version's": ("digests", swap),
    "model linked": ("digests", link("v1/model.joblib")),
    "figures linked": ("digests", link("v1/figures")),
    "another version's folder": ("manifest", swap_folders),
    "manifest linked": ("manifest", link("v1/manifest.json")),
    "another scikit-learn": ("versions", packages(**{"scikit-learn": "1.8.2"})),
    "scikit-learn of the next age": ("versions", packages(**{"scikit-learn": "11.9.1"})),
    "scikit-learn unsaid": ("versions", packages(**{"scikit-learn": ""})),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_version_is_refused_at_its_step(damage, registry):
    step, do_damage = DAMAGES[damage]
    do_damage(registry.root)
    with pytest.raises(ArtefactError, match=r"^model v1[,:].+; .+`recycler train`$") as caught:
        registry.load()
    *_, failed = registry.verify()
    assert failed == Check(step, passed=False, detail=str(caught.value))


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(registry):
    pipe(registry.root)
    with pytest.raises(ArtefactError, match=r"model\.joblib: a plain file is expected"):
        registry.load()


def test_a_linked_version_is_no_version(registry):
    link("v1")(registry.root)
    assert registry.versions() == []
    with pytest.raises(ArtefactError, match="no version 'v1'"):
        registry.load()


def test_other_versions_of_python_and_numpy_are_left_to_the_golden_estimate(registry):
    packages(python="3.13.1", numpy="2.9.9", scipy="1.99", joblib="1.99")(registry.root)
    assert registry.load().manifest.packages["numpy"] == "2.9.9"


def test_another_patch_of_scikit_learn_is_accepted(registry):
    packages(**{"scikit-learn": "1.9.99"})(registry.root)
    assert registry.load().version == "v1"


@pytest.mark.parametrize("change", [{"/totals/other": 1.0}, {}], ids=["one more", "one less"])
def test_the_golden_estimate_is_complete(registry, change):
    """Otherwise a manifest could pass a model by leaving out what differs."""

    def edit(manifest) -> None:
        if not change:
            manifest["golden"]["figures"].popitem()
        manifest["golden"]["figures"] |= change

    edit_json(registry.root / "v1/manifest.json", edit)
    with pytest.raises(ArtefactError, match="other figures than the model makes"):
        registry.load()
