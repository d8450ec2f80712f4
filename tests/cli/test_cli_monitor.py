"""`recycler monitor`: the verdict first, the same document as JSON, and pictures on demand."""

import importlib.util
import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from recycler.assays import AssayStore, IntakeStore
from recycler.batch import LineItem, Reading
from recycler.intake import IntakeCount, IntakeKind
from recycler.lot import MeasuredLot
from recycler.monitoring import Monitoring
from recycler.registry import Registry

ROOT = Path(__file__).parents[2]
STYLE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


def lot(number: int, plant: str = "own") -> MeasuredLot:
    """Magnets of traction motors, with far more Dy than any were published with."""
    analysis = {"Nd": Reading(0.22 + 0.002 * (number % 5)), "Dy": Reading(0.085)}
    return MeasuredLot(
        f"lot-{number:02}",
        plant,
        date(2026, 1, 1) + timedelta(days=3 * number),
        "ICP-OES",
        LineItem("motor", "ev_traction_motor", count=10, year=2015),
        samples=(analysis, analysis),
    )


@pytest.fixture
def database(tmp_path):
    """Thirty lots of two plants, and two months of intake; its URL."""
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    store, intake = AssayStore(url, timeout_s=5), IntakeStore(url, timeout_s=5)
    store.add_all(lot(n, "Lyon" if n % 3 == 0 else "own") for n in range(30))
    day = date.today()  # noqa: DTZ011 - any of the last days
    plain = IntakeKind(day, "phone", "", "", "", "", "", in_domain=True, unexpected=False)
    intake.add(
        [IntakeCount(plain._replace(day=day - timedelta(days=ago)), 5, 50) for ago in range(2, 60)]
    )
    store.close()
    intake.close()
    return url


@pytest.fixture
def monitor(run, database, monkeypatch):
    """Run the command on that database; gives what it prints."""
    monkeypatch.setenv("RECYCLER_DATABASE_URL", database)

    def monitor(*args: str) -> str:
        done = run("monitor", *args)
        assert done.exit_code == 0, done.output
        return done.stdout

    return monitor


def test_the_verdict_comes_first(monitor):
    lines = [line.strip() for line in monitor("--table").splitlines() if line.strip()]
    champion = Registry(ROOT / "models").resolve("champion")

    assert lines[0].startswith(f"Model {champion} · 30 of 30 stored lots held against it")
    verdict = next(index for index, line in enumerate(lines) if "Retraining is worth it" in line)
    assert verdict < next(i for i, line in enumerate(lines) if line.startswith("Coverage"))


def test_every_part_is_shown(monitor):
    shown = monitor("--table")

    for title in ("Coverage", "Where figures fell", "Bias", "course of time", "Intake", "Lines by"):
        assert title in shown
    assert "Dy mass fraction" in shown
    assert "Lyon" in shown


def test_no_line_is_longer_than_eighty_columns(on_terminal, database):
    code, shown = on_terminal("monitor", RECYCLER_DATABASE_URL=database)
    plain = STYLE.sub("", shown)
    assert code == 0
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= 80
    assert "…" not in plain


def test_piped_it_is_the_document_as_json(monitor):
    found = json.loads(monitor())

    assert list(found) == list(Monitoring.__dataclass_fields__)
    assert found["lots"]["judged"] == 30
    assert found["verdict"]["decision"] == "retrain"
    assert found["intake"]["recent_lines"] == 28 * 5


def test_plant_since_and_recent_days_narrow_it_down(monitor):
    found = json.loads(monitor("--plant", "Lyon", "--since", "2026-02-01", "--recent-days", "7"))

    assert (found["plant"], found["since"]) == ("Lyon", "2026-02-01")
    assert (found["lots"]["stored"], found["lots"]["judged"]) == (10, 6)
    assert found["intake"]["recent_lines"] == 5 * 5


def test_another_version_can_be_judged(monitor, tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models", folder)
    champion = Registry(folder).resolve("champion")

    assert (
        json.loads(monitor("--models", str(folder), "--version", champion))["version"] == champion
    )


def test_figures_are_drawn_as_png_and_svg(run, monkeypatch, database, tmp_path):
    monkeypatch.setenv("RECYCLER_DATABASE_URL", database)
    done = run("monitor", "--figures", str(tmp_path / "drawn"))

    names = ("bias", "course", "coverage", "intake", "pit")
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == [
        f"{name}.{form}" for name in names for form in ("png", "svg")
    ]
    assert "pit, coverage, course, bias, intake" in done.stderr
    assert json.loads(done.stdout)["lots"]["judged"] == 30


def test_without_matplotlib_figures_name_the_extra(run, monkeypatch, tmp_path):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else found(name)
    )

    done = run("monitor", "--figures", str(tmp_path))

    assert done.exit_code == 2
    assert "install it with recycler[plot]" in done.stderr


def test_a_database_that_is_gone_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("RECYCLER_DATABASE_URL", "sqlite:////nonexistent/assays.db")

    done = run("monitor")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: SQLite database /nonexistent/assays.db cannot be used")


def test_where_nothing_is_counted_there_is_no_intake(monitor, monkeypatch):
    monkeypatch.setenv("RECYCLER_INTAKE", "no")

    assert json.loads(monitor())["intake"] is None
    assert "Lines that come in are not counted." in monitor("--table")


def test_a_date_that_is_none_is_wrong_usage(run):
    assert run("monitor", "--since", "yesterday").exit_code == 2
