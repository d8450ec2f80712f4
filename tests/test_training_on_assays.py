"""Training on measured lots: what a version keeps of them, and what an interrupted run leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from score_samples import CHOICES, some_scores
from test_seen import assayed

from recycler.assays import AssayStore
from recycler.batch import Batch, LineItem
from recycler.registry import Registry
from recycler.training import Evaluation, train

ROOT = Path(__file__).parents[1]
WON = {"route": "hydrometallurgy", "recovered_kg": {"Nd": 5.0, "Dy": 0.3}}
ASSAYS = [*(assayed(number, **WON) for number in range(6)), assayed(6, 0.02)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A version trained on seven lots, with scores made before."""
    found = Evaluation(some_scores(), CHOICES)
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recycler.training.evaluate", lambda **_: found)
        report = train(models=folder, version="v1", assays=ASSAYS, progress=lambda *_: None)
    return Registry(folder), report


def test_a_version_records_what_it_has_seen(trained):
    registry, report = trained
    manifest = registry.manifest("v1")
    assert (manifest.rows["assays"], manifest.rows["assays_set_aside"]) == (6, 1)
    assert manifest.data_digest != Registry(ROOT / "models").manifest().data_digest
    assert (registry.root / "v1" / "assays.csv").read_text().count("\n") == 8
    assert list(report.set_aside) == ["id-6"]
    assert "| own | 6 | 1 |" in registry.card("v1")


def test_it_loads_and_answers_its_plant_from_the_plants_own_lots(trained):
    """The lots hold a twelfth as much Dy as Nd, less than is published of such motors."""
    model = trained[0].load("v1")
    line = LineItem("motor", "ev_traction_motor", count=40)
    own, other = (model.estimate(Batch((line,), plant=plant)) for plant in ("own", "another"))
    assert ratio(own) < ratio(other)
    basis = {found.factor: found for found in own.items[0].basis}["nd_fraction"]
    assert (basis.basis, basis.sources[0].source_id, basis.sources[0].rows) == (
        "measured",
        "plant:own",
        6,
    )
    assert [note.code for note in other.notes if note.code.startswith("plant")] == ["plant_unknown"]
    assert not [note for note in own.notes if note.code == "plant_unknown"]


def test_it_loads_what_was_learned_of_the_plants_yields(trained):
    """They count for the plant on the route of its lots, and nowhere else."""
    model = trained[0].load("v1")
    line = LineItem("motor", "ev_traction_motor", count=40)
    basis = {
        (plant, route): {
            found.factor: found.sources
            for found in model.estimate(Batch((line,), route, plant=plant)).items[0].basis
        }.get("overall_yield", ())
        for plant in ("own", "another")
        for route in (WON["route"], "hydrogen_hpms")
    }
    told = basis.pop(("own", WON["route"]))
    assert [(use.source_id, use.rows) for use in told] == [("plant:own", 6)]
    assert set(basis.values()) == {()}


def test_it_tells_how_many_lots_of_a_plant_told_which_factor_of_which_product(trained):
    """The lot that was set aside is not among them, and nobody measured a magnet mass."""
    told = trained[0].load("v1").learned_lots()
    motor, route = ("motor", "ev_traction_motor", None), (None, None, WON["route"])
    assert {found.plant for found in told} == {"own"}
    assert {(f.factor, f.lots, (f.category, f.subtype, f.route)) for f in told} == {
        ("nd_fraction", 6, motor),
        ("ratio:Dy", 6, motor),
        ("overall_yield", 6, route),
    }


def test_the_shipped_model_has_learned_from_no_plant():
    assert Registry(ROOT / "models").load().learned_lots() == ()


def ratio(estimate):
    """Median Dy over median Nd of the batch."""
    kg = {found.element: found.contained_kg.median for found in estimate.totals.elements}
    return kg["Dy"] / kg["Nd"]


@pytest.fixture
def database(tmp_path):
    """A database with lots, of which the last was set aside by an earlier run."""
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    store = AssayStore(url, timeout_s=5)
    stored = [store.add(found.lot)[0] for found in ASSAYS]
    store.set_quarantine({stored[-1].assay_id: "an earlier reason"}, by="an earlier run")
    store.close()
    return url


def test_training_that_is_killed_leaves_nothing_behind(database, tmp_path):
    """SIGKILL while folds are computed: no version, no half of one, no other judgement of lots."""
    models = tmp_path / "models"
    command = [sys.executable, "-m", "recycler", "train", "--assays", "--models", str(models)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RECYCLER_DATABASE_URL": database}
    process = subprocess.Popen(
        command, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stderr.readline() == "start: 1 of 1\n"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        process.stderr.close()

    assert not models.exists()
    store = AssayStore(database, timeout_s=5)
    reasons = [found.quarantined for found in store.iterate() if found.quarantined]
    store.close()
    assert reasons == ["an earlier reason"]
