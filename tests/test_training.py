"""Training: the same data and seed give the same model, and the repository's champion is it."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from score_samples import CHOICES, some_scores

from recycler.card.figures import pictures
from recycler.card.svg import on_paper
from recycler.card.words import factor_name
from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    UNSEEN,
    folds,
    from_csv,
    product_method,
    summarise,
    to_csv,
)
from recycler.model.factors.priors import Priors
from recycler.model.recovery import RecoveryModel
from recycler.parallel import LocalProcesses
from recycler.reference import load_tables
from recycler.registry import ArtefactError, Registry
from recycler.registry.gate import gate_of
from recycler.registry.golden import make_golden
from recycler.seen import Seen
from recycler.settings import Settings
from recycler.training import GOLDEN_BATCH, Evaluation, _new_name, compare, train

MODELS = Path(__file__).parents[1] / "models"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A version trained by the whole use case, and what progress it reported."""
    told = []
    folder = tmp_path_factory.mktemp("models")
    report = train(
        models=folder,
        backend=LocalProcesses(min(2, os.cpu_count() or 1)),
        promote=True,
        progress=lambda *progress: told.append(progress),
    )
    return Registry(folder), report, told


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A version trained on scores made before, and these: all but the evaluation, in seconds."""
    found = Evaluation(some_scores(), CHOICES)
    folder = tmp_path_factory.mktemp("quick")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recycler.training.evaluate", lambda **_: found)
        report = train(models=folder, version="v1", progress=lambda *_: None)
    return Registry(folder), report, found


def test_training_keeps_scores_card_page_pictures_and_every_figure(quick):
    registry, report, found = quick
    files = registry.manifest("v1").files
    assert report.scores == registry.manifest("v1").scores == found.scores
    assert registry.held_out("v1") == to_csv(found.held_out)
    assert registry.card("v1").startswith("# Recovery model v1\n")
    assert "<h1>Recovery model <span>v1</span></h1>" in registry.page("v1")
    linked = set(re.findall(r"\]\((figures/[^)]+)\)", registry.card("v1")))
    assert linked == {name for name in files if name.startswith("figures/")}
    assert len(linked) == 5


def test_scores_and_pictures_can_be_made_again_of_what_a_version_keeps(quick):
    """Without a fit; to the six digits that are kept."""
    registry, report, _ = quick
    kept = from_csv(registry.held_out("v1"))
    again = summarise(kept)["pooled"]
    assert again["coverage"] == report.scores["pooled"]["coverage"]
    assert again["crps"] == pytest.approx(report.scores["pooled"]["crps"], rel=1e-5)
    for picture in pictures(kept):
        file = registry.root / "v1" / "figures" / f"{picture.name}.svg"
        assert shape(on_paper(picture.svg)) == shape(file.read_bytes())


def test_a_version_that_the_gate_refuses_stays_written(monkeypatch, tmp_path):
    """No figure lies inside any interval."""
    missed = Evaluation([replace(score, below=0.99, upto=0.99) for score in some_scores()], CHOICES)
    monkeypatch.setattr("recycler.training.evaluate", lambda **_: missed)
    gate = gate_of(Settings())
    report = train(models=tmp_path, version="v1", promote=True, gate=gate, progress=lambda *_: None)
    registry = Registry(tmp_path)
    assert report.refused is not None
    assert "v1 held" in report.refused.objections[0]
    assert registry.versions() == ["v1"]
    assert registry.aliases() == {}


def test_a_name_that_is_taken_is_refused_before_the_evaluation(monkeypatch, quick):
    registry, _, _ = quick
    monkeypatch.setattr("recycler.training.evaluate", lambda **_: pytest.fail("it was begun"))
    with pytest.raises(ArtefactError, match="the name v1 is taken"):
        train(models=registry.root, version="v1", progress=lambda *_: None)


def test_a_name_that_anything_has_is_not_taken_again(tmp_path):
    """The clock may have been set back, and a folder may lack its manifest."""
    registry = Registry(tmp_path)
    first = _new_name(registry, "ab" * 32)
    (tmp_path / first).mkdir()
    assert _new_name(registry, "ab" * 32) == f"{first}-2"
    (tmp_path / f"{first}-2").symlink_to("nowhere")
    assert _new_name(registry, "ab" * 32) == f"{first}-3"


def shape(svg: bytes) -> bytes:
    """A drawing without its last digits."""
    return re.sub(rb"\.\d+", b"", svg)


def test_the_champion_is_what_training_makes():
    """Fitting again to the packaged tables reproduces the committed model's golden estimate."""
    manifest = Registry(MODELS).manifest("champion")
    priors = {name: found["value"] for name, found in manifest.scores["priors"].items()}
    again = RecoveryModel(seed=manifest.seed, priors=Priors(**priors)).fit(load_tables())
    assert manifest.data_digest == load_tables().digest
    assert manifest.rows == Seen(load_tables(), (), {}).rows
    found = make_golden(again, manifest.golden.batch).figures
    assert dict(found) == pytest.approx(dict(manifest.golden.figures), rel=1e-3)


def test_the_repository_holds_the_champion_only_and_it_is_small():
    registry = Registry(MODELS)
    assert registry.versions() == [registry.resolve("champion")]
    assert sum(f.stat().st_size for f in MODELS.rglob("*") if f.is_file()) < 5_000_000


@pytest.mark.slow
def test_training_writes_a_version_that_serves(trained):
    registry, report, _ = trained
    model = registry.load("champion")
    assert model.version == report.version
    assert model.estimate(GOLDEN_BATCH).model.version == report.version


@pytest.mark.slow
def test_training_reports_its_progress_to_the_end(trained):
    _, _, told = trained
    ends = [(stage, total) for stage, done, total in told if done == total]
    assert [stage for stage, _ in ends] == ["start", "evaluate", "fit"]
    assert ends[1][1] > 50


@pytest.mark.slow
def test_the_committed_scores_are_what_evaluation_finds(trained):
    _, report, _ = trained
    committed = Registry(MODELS).manifest("champion").scores
    for name, scores in committed["factors"].items():
        assert report.scores["factors"][name]["n"] == scores["n"]
        assert report.scores["factors"][name]["crps"] == pytest.approx(scores["crps"], rel=1e-2)


@pytest.mark.slow
def test_the_scores_of_every_factor_can_be_made_again_of_the_figures_kept(trained):
    registry, report, _ = trained
    again = summarise(from_csv(registry.held_out("champion")))
    for name, scores in report.scores["factors"].items():
        assert again["factors"][name]["coverage"] == scores["coverage"]
        assert again["factors"][name]["baselines"] == pytest.approx(scores["baselines"], rel=1e-4)


def test_scores_do_not_depend_on_the_number_of_processes():
    """A fold of each part of the model, the smallest ones."""
    tables = load_tables()
    tried = [[fold for fold in folds(tables) if fold.part is part][-1] for part in UNSEEN]
    methods = {MODEL: product_method(tables), **BASELINES}
    alone, shared = (compare(tried, methods, backend=LocalProcesses(jobs)) for jobs in (1, 2))
    assert alone == shared


@pytest.mark.slow
def test_the_card_tells_the_scores(trained):
    registry, report, _ = trained
    card = registry.card("champion")
    assert report.version in card
    for name, scores in report.scores["factors"].items():
        counts = " | ".join(str(scores[count]) for count in ("n", "figures", "sources"))
        assert f"| {factor_name(name)} | {counts} |" in card
    json.dumps(report.scores)
