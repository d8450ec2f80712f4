"""Benchmarks are run seldom: here it is tested that they still can be."""

import json
import re
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random

import pytest

from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

ROOT = Path(__file__).parent.parent
NEEDS_MORE = "fuzz"  # wants atheris, which its first lines say how to get
SCRIPTS = sorted(p for p in (ROOT / "benchmarks").glob("*.py") if p.stem != NEEDS_MORE)
MODULES = sorted(path.stem for path in (ROOT / "benchmarks" / "serving").glob("*.py"))


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    """Benchmarks are found as their commands find them."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def locked(path: Path) -> dict[str, str]:
    """Package -> version of a lock."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_finds_all_that_it_imports(script, monkeypatch):
    spec = spec_from_file_location(f"benchmark_{script.stem}", script)
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)

    assert callable(module.main)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_service_benchmarks_finds_all_that_it_imports(name):
    assert import_module(f"benchmarks.serving.{name}").__doc__


@pytest.mark.parametrize("lines", [1, 10, 100])
def test_batches_that_are_sent_are_batches(lines):
    batches = import_module("benchmarks.serving.batches")
    sent = batches.filled(batches.template(batches.batch(lines)), Random(1))  # noqa: S311  (no secret)

    assert len(parse_batch(sent, Settings()).items) == lines


def test_other_services_compute_with_the_versions_of_the_project():
    """Else their figures for the same batch could differ, and they would not be compared."""
    peers = locked(ROOT / "benchmarks" / "serving" / "peers" / "peers.txt")
    ours = locked(ROOT / "requirements" / "runtime.txt")

    for package in ("numpy", "scipy", "scikit-learn"):
        assert peers[package] == ours[package]


def test_the_page_says_what_the_figures_say():
    page, figures = (ROOT / "docs" / f"performance.{end}" for end in ("md", "json"))
    found = json.loads(figures.read_text())

    assert import_module("benchmarks.serving.page").rendered(page.read_text(), found) == (
        page.read_text()
    )


def test_a_goal_that_is_missed_is_called_missed():
    found = json.loads((ROOT / "docs" / "performance.json").read_text())
    found["starting"]["service"]["ready_s"] = 2.0
    goals = import_module("benchmarks.serving.goals").goals(found)

    assert {goal.verdict for goal in goals if "/readyz" in goal.name} == {"**missed**"}


def test_every_part_of_an_estimate_is_found_and_timed():
    parts = import_module("benchmarks.serving.parts")
    took_us = parts.measure(rounds=5)["us"]

    assert took_us.keys() == {*parts.PARTS, parts.ALL}
    assert min(took_us.values()) > 0


@pytest.mark.slow
def test_the_echo_is_driven_beside_the_service():
    if not import_module("benchmarks.serving.wrk").is_installed():
        pytest.skip("wrk is not installed")
    loads = import_module("benchmarks.serving.against_echo").compare(rounds=1, seconds=1)

    assert [load["lines"] for load in loads] == [1, 10, 100, 10]
    assert all(load["share"] > 0 for load in loads)


@pytest.mark.slow
def test_wrk_keeps_to_a_rate():
    wrk, batches, services = (
        import_module(f"benchmarks.serving.{name}") for name in ("wrk", "batches", "services")
    )
    if not wrk.is_installed():
        pytest.skip("wrk is not installed")
    with services.service(services.ECHO_SERVICE) as echo:
        text = batches.template(batches.batch(1))
        run = wrk.drive(echo.url, text, seconds=2, rate=20)

    assert run.rate == pytest.approx(20, rel=0.25)
