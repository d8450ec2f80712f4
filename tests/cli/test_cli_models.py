"""`recycler models`, `evaluate` and `train`: versions, their scores, and how they come about."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from version_samples import write_again

from recycler.card.words import factor_name
from recycler.parallel import LocalProcesses
from recycler.registry import Finding, Registry, Rule, Verdict
from recycler.training import TrainingReport

ROOT = Path(__file__).parents[2]
STYLE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


@pytest.fixture
def folder(tmp_path):
    """A models folder of one's own, with the champion in it."""
    shutil.copytree(ROOT / "models", tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture(scope="module")
def champion():
    return Registry(ROOT / "models").resolve("champion")


def damage(folder: Path, version: str) -> None:
    artefact = folder / version / "model.joblib"
    artefact.write_bytes(artefact.read_bytes()[:-1])


def test_list_shows_every_version_with_alias_and_scores(run, champion):
    _, header, *rows = run("models", "list").stdout.splitlines()
    assert header.split()[:2] == ["version", "alias"]
    row = next(row for row in rows if row.split()[0] == champion)
    assert "champion" in row
    assert re.search(r"\d\d % +\d\.\d{3}", row)


def test_list_goes_on_past_a_damaged_version(run, folder, champion):
    shutil.copytree(folder / champion, folder / "broken")
    (folder / "broken" / "manifest.json").write_text("{")
    listed = run("models", "list", "--models", str(folder)).stdout
    assert re.search(r"broken +damaged", listed)
    assert champion in listed


def test_show_prints_the_card_as_it_is(run, champion):
    assert run("models", "show").stdout == Registry(ROOT / "models").card(champion)


def test_show_names_the_page_on_standard_error_where_there_is_one(run, tmp_path):
    made = Registry(ROOT / "models").load()
    registry = Registry(tmp_path)
    for version, further in (("plain", {}), ("with-page", {"card.html": b"<!doctype html>"})):
        write_again(registry, made, version, scores={}, further=further)
    shown = {v: run("models", "show", v, "--models", str(tmp_path)) for v in registry.versions()}
    assert {result.stdout for result in shown.values()} == {"# Card\n"}
    assert shown["plain"].stderr == ""
    assert str(tmp_path / "with-page" / "card.html") in shown["with-page"].stderr


def test_verify_names_every_check_of_a_sound_version(run, champion):
    result = run("models", "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{champion} in ")
    checks = [line.split(":")[0].split(maxsplit=1) for line in result.stdout.splitlines()[1:]]
    assert checks == [
        ["ok", step] for step in ("manifest", "digests", "versions", "classes", "golden estimate")
    ]


def test_verify_stops_at_the_first_check_that_fails(run, folder, champion):
    damage(folder, champion)
    result = run("models", "verify", "--models", str(folder))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("  FAILED  digests: ")


def test_a_damaged_model_answers_nothing_and_says_so_in_one_sentence(run, folder, champion):
    damage(folder, champion)
    result = run("estimate", "examples/design-example.json", "--models", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: model {champion}")
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_version_is_a_failure_that_names_those_there(run, champion):
    result = run("models", "verify", "1999-1")
    assert result.exit_code == 1
    assert champion in result.stderr


def test_a_models_folder_that_is_not_there_is_wrong_usage(run):
    assert run("models", "list", "--models", "nowhere").exit_code == 2


def test_evaluate_prints_the_scores_of_the_manifest(run, champion):
    scores = json.loads(run("evaluate").stdout)
    assert scores == Registry(ROOT / "models").manifest(champion).scores
    assert {"n", "sources", "coverage", "crps", "baselines"} <= scores["pooled"].keys()
    assert scores["pooled"]["coverage"].keys() == {"0.5", "0.8", "0.9"}


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_evaluate_on_a_terminal_is_a_table_of_every_factor(on_terminal, run, width):
    scores = json.loads(run("evaluate").stdout)
    code, shown = on_terminal("evaluate", width=width)
    lines = STYLE.sub("", shown).splitlines()
    assert code == 0
    assert max(len(line) for line in lines) <= width
    for name, row in {**scores["factors"], "pooled": scores["pooled"]}.items():
        shown_row = next(line for line in lines if line[1:].startswith(f"{factor_name(name)} "))
        gain = 100 * (1 - row["crps"] / row["baselines"]["category_mean"])
        assert re.search(rf" {row['coverage']['0.9'] * 100:.0f} ±\d+ ", shown_row)
        assert f"{row['crps']:.3f}" in shown_row
        assert f"{gain:+.0f} %" in shown_row
        if width >= 80:
            assert f"{row['n']} ({row['sources']})" in shown_row


def test_evaluate_afresh_reports_progress_on_stderr(run, monkeypatch, champion):
    stored = Registry(ROOT / "models").manifest(champion).scores

    def evaluate(*, backend, progress):
        assert backend == LocalProcesses(1)
        for done in range(41):
            progress("evaluate", done, 40)
        return SimpleNamespace(scores=dict(stored))

    monkeypatch.setattr("recycler.training.evaluate", evaluate)
    result = run("evaluate", "--fresh", "--jobs", "1")
    assert json.loads(result.stdout) == stored
    assert result.stderr.splitlines() == [f"evaluate: {n} of 40" for n in (10, 20, 30, 40)]


def test_train_hands_its_options_on_and_says_what_it_wrote(run, monkeypatch, tmp_path, champion):
    scores = Registry(ROOT / "models").manifest(champion).scores
    told = {}

    def train(*, progress, **options):
        told.update(options)
        progress("fit", 1, 1)
        return TrainingReport("v7", tmp_path / "v7", 41.6, dict(scores))

    monkeypatch.setattr("recycler.training.train", train)
    options = ("--models", str(tmp_path), "--seed", "5", "--version", "v7", "--jobs", "1")
    result = run("train", *options)
    assert callable(told.pop("gate"))
    assert told == {
        "models": tmp_path,
        "seed": 5,
        "backend": LocalProcesses(1),
        "version": "v7",
        "promote": False,
        "assays": (),
        "outlier_limit": 6.0,
    }
    assert result.stderr == "fit: 1 of 1\n"
    assert f"Wrote {tmp_path / 'v7'} in 42 s." in result.stdout
    assert "recycler models promote v7" in result.stdout


def test_train_says_why_the_gate_refused_and_exits_1(run, monkeypatch, tmp_path, champion):
    scores = Registry(ROOT / "models").manifest(champion).scores
    verdict = Verdict((Finding(Rule.CRPS, passed=False, says="CRPS of v7 is 0.9."),))

    def train(**_):
        return TrainingReport("v7", tmp_path / "v7", 41.6, dict(scores), verdict)

    monkeypatch.setattr("recycler.training.train", train)
    result = run("train", "--models", str(tmp_path), "--promote")
    assert result.exit_code == 1
    assert f"Wrote {tmp_path / 'v7'} in 42 s." in result.stdout
    assert "champion now" not in result.stdout
    assert "v7 is not promoted.\n  CRPS of v7 is 0.9.\n" in result.stderr


def test_train_that_fails_is_a_sentence(run, monkeypatch, tmp_path):
    """The registry refuses, as it does where a version's name is taken."""

    def train(*, models, **_):
        Registry(models).resolve("nothing-of-this-name")

    monkeypatch.setattr("recycler.training.train", train)
    result = run("train", "--models", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
