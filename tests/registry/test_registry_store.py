"""Versions are written whole and never change; loading checks all."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import joblib
import numpy as np
import pytest
from forked import PYTHONPATH
from registry_samples import (
    GOLDEN_BATCH,
    MOMENT,
    SMALL_ALLOWED,
    dump,
    open_registry,
    tree,
    write_small,
)

from recycler.batch import Assay, Batch, DeclaredMagnet, FeedState, LineItem, MagnetType, Reading
from recycler.registry import STEPS, ArtefactError, Check, Registry


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
    pages |= {"lots.csv": b"lot\n", "assays.csv": b"assay\n"}
    write_small(registry, "v2", further=pages)
    assert tree(registry.root / "v2") == tree(registry.root / "v1") | pages.keys()
    assert registry.page("v2") == "<!doctype html>"
    assert registry.held_out("v2") == "measured\nµ\n"
    assert (registry.lots("v2"), registry.assays("v2")) == ("lot\n", "assay\n")
    evidence = registry.evidence("v2")
    assert (evidence.held_out, evidence.lots) == ("measured\nµ\n", "lot\n")
    assert registry.manifest("v2").files["card.html"].size == 15
    assert all(check.passed for check in registry.verify("v2"))


def test_a_version_without_further_files_has_none(registry):
    assert registry.page("v1") is None
    assert registry.held_out("v1") is None
    assert registry.lots("v1") is None


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


def test_a_name_that_is_taken_is_known_before_anything_is_computed(registry):
    with pytest.raises(ArtefactError, match="model v1: the name v1 is taken; nothing was written"):
        registry.check_room("v1")


def test_looking_for_room_leaves_nothing_behind(registry, tmp_path):
    before = tree(registry.root)
    registry.check_room("v2")
    registry.check_room()
    open_registry(tmp_path / "not" / "there").check_room()
    assert tree(registry.root) == before
    assert not (tmp_path / "not").exists()


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


def test_the_clock_is_the_time_of_day_unless_another_is_given(tmp_path):
    registry = Registry(tmp_path, allowed=SMALL_ALLOWED)
    write_small(registry)
    age = datetime.now(UTC) - registry.manifest("v1").created_at
    assert timedelta(0) <= age < timedelta(minutes=1)


def run_python(script: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": PYTHONPATH, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "models").write_text("")
    with pytest.raises(ArtefactError, match="nothing was written"):
        write_small(open_registry(tmp_path / "models"))


def test_a_models_folder_may_be_reached_through_a_link(registry, tmp_path):
    (tmp_path / "mounted").symlink_to(registry.root)
    assert open_registry(tmp_path / "mounted").load().version == "v1"
