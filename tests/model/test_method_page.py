"""docs/method.md says of stage yields what the model makes of them."""

import re
from pathlib import Path

import pytest

from recycler.batch import FeedState, LineItem
from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    product_method,
    score_fold,
    stage_yield_folds,
    summarise,
)

PAGE = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
TOLD = " ".join(PAGE.split())


def table() -> dict[str, dict[str, float]]:
    """State -> route -> yield, as the page's table has them."""
    header = re.search(r"^\| state \|(.*)\|$", PAGE, re.MULTILINE)
    assert header
    routes = re.findall(r"`(\w+)`", header[1])
    rows = re.findall(r"^\| `(\w+)` \|((?: \d+ % \|)+)$", PAGE, re.MULTILINE)
    return {
        state: dict(zip(routes, (int(n) / 100 for n in re.findall(r"(\d+) %", cells)), strict=True))
        for state, cells in rows
    }


@pytest.mark.parametrize("state", FeedState)
def test_the_table_of_states_is_what_the_model_says(estimate, state):
    line = LineItem("hdd", "hdd_mixed", count=5000, year=2015, state=state)
    for route, told in table()[state].items():
        total = estimate(line, route=route).totals.total_ree
        found = total.recoverable_kg.mean / total.contained_kg.mean
        assert told == pytest.approx(found, abs=0.01)


def test_the_offset_told_is_the_one_fitted(model):
    offset = model.factors_.yields.heavy_offset()
    assert f"{offset.mean:.2f} logit" in TOLD
    assert f"standard error of {offset.spread:.1f}, and {offset.of_stage:.1f} between" in TOLD


def test_the_scores_of_stage_yields_told_are_those_found(tables):
    methods = {MODEL: product_method(tables), "category_mean": BASELINES["category_mean"]}
    scores = [s for fold in stage_yield_folds(tables) for s in score_fold(fold, methods)]
    found = summarise(scores)["pooled"]
    inside = {level: f"{100 * found['coverage'][level]:.0f} %" for level in ("0.5", "0.9")}
    assert f"held {inside['0.9']} of the {found['n']} votes on leaching" in TOLD
    assert f"those at 50 % {inside['0.5']}" in TOLD
    told = re.search(r"CRPS was ([\d.]+), of the category means (\d\.\d+)", TOLD)
    assert told
    assert float(told[1]) == pytest.approx(found["crps"], abs=0.01)
    assert float(told[2]) == pytest.approx(found["baselines"]["category_mean"], abs=0.01)


def test_the_number_of_products_with_a_lifetime_is_right(tables):
    known = sum(product.lifetime_scale_years is not None for product in tables.products)
    assert f"published lifetimes of {known} products" in TOLD
