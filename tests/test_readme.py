"""The README shows what the service really answers."""

import json
import re
from pathlib import Path

import pytest

from recycler.cli.figures import show, unit_for
from recycler.estimate import Estimate, Quantity
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWCASE = (
    "tokyo-2020-medal-phones",
    "japan-appliances-fy2010",
    "iphones-100000",
    "hybrids-japan-2020",
)


@pytest.fixture(scope="module")
def model():
    return Registry(ROOT / "models").load()


def example(name: str) -> bytes:
    return (ROOT / "examples" / f"{name}.json").read_bytes()


def shown(quantity: Quantity) -> str:
    unit = unit_for(quantity)
    figures = show(quantity, unit)
    return f"{figures.median} {unit.name} ({figures.lower} – {figures.upper})"  # noqa: RUF001 - as printed


def test_the_answer_shown_is_the_answer_given(client_of, model):
    given = client_of(Settings.from_environment({}), model).post(
        "/v1/estimates", data=example("design-example"), content_type="application/json"
    )
    assert given.status_code == 200
    block = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert block
    assert_part_of(json.loads(block[1]), given.get_json())


def assert_part_of(part, whole):
    """Everything in `part` stands in `whole`; elements are found by their symbol."""
    if isinstance(part, dict):
        for key, value in part.items():
            assert_part_of(value, whole[key])
    elif isinstance(part, list):
        found = {entry["element"]: entry for entry in whole}
        for entry in part:
            assert_part_of(entry, found[entry["element"]])
    else:
        assert part == (pytest.approx(whole, rel=1e-4) if isinstance(part, float) else whole)


@pytest.mark.parametrize("name", SHOWCASE)
def test_the_showcase_table_is_what_the_model_says(model, name):
    totals = answer(model, name).totals
    contained = {e.element: e.contained_kg for e in totals.elements}
    quantities = (
        contained["Nd"],
        contained["Dy"],
        totals.total_ree.contained_kg,
        totals.total_ree.recoverable_kg,
    )
    cells = [f"`{name}`", *(shown(quantity) for quantity in quantities)]
    assert f"| {' | '.join(cells)} |" in README


def answer(model, name: str) -> Estimate:
    return model.estimate(parse_batch(example(name), Settings.from_environment({})))


def test_forecasts_of_scrapped_hybrids_lie_inside(model):
    """240 t of magnets with 24 t dysprosium were forecast for 400,000 hybrids."""
    totals = answer(model, "hybrids-japan-2020").totals
    dysprosium = next(e.contained_kg for e in totals.elements if e.element == "Dy")
    assert totals.magnet_mass_kg.lower < 240_000 < totals.magnet_mass_kg.upper
    assert dysprosium.lower < 24_000 < dysprosium.upper


def test_the_promise_is_what_evaluation_found(model):
    scores = model.manifest.scores
    pooled, figures = scores["pooled"], scores["pooled"]["by_figure"]
    told = README.replace("\n", " ")
    judged = [part["coverage"]["0.9"] for part in scores["factors"].values() if part["n"] >= 20]
    assert f"90 % intervals held {percent(pooled)} % of {pooled['n']} votes" in told
    assert f"between {min(judged) * 100:.0f} and {max(judged) * 100:.0f} % for every factor" in told
    assert f"was {gain(pooled):.0f} % below" in told
    assert f"held {percent(figures)} % of {figures['n']}, with a CRPS {gain(figures):.0f} %" in told


def test_the_model_keeps_what_it_promises_by_factor(model):
    """90 % intervals hold 85 to 95 % where twenty votes judge; no CRPS above the category mean."""
    for name, part in model.manifest.scores["factors"].items():
        assert part["crps"] < part["baselines"]["category_mean"], name
        assert part["n"] < 20 or 0.85 <= part["coverage"]["0.9"] <= 0.95, name


def percent(summary) -> str:
    """Coverage of the 90 % intervals, as printed."""
    return f"{summary['coverage']['0.9'] * 100:.0f}"


def gain(summary) -> float:
    """How far the CRPS is below that of the category mean, in percent."""
    return 100 * (1 - summary["crps"] / summary["baselines"]["category_mean"])
