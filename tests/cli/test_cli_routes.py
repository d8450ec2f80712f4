"""`recycler estimate --route all`: routes side by side, for people and for machines."""

import io
import json
import re
from pathlib import Path

import pytest
from cli_samples import BATCH, make_estimate
from rich.console import Console

from recycler.cli.route_page import route_page
from recycler.comparison import AssumedPart, ComparedRoute, RouteComparison, RouteTotals
from recycler.reference import load_tables
from recycler.registry import Registry
from recycler.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
TABLES = load_tables()
ROUTES = ("hydrogen_hpms", "hydrometallurgy", "shredding")
DESIGN = "examples/design-example.json"
STYLE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def champion():
    return Registry(ROOT / "models").load()


def make_comparison() -> RouteComparison:
    """Three routes, each yielding half of what the one before it does."""
    estimate = make_estimate()
    return RouteComparison(
        comparison_id="0123456789abcdef" * 2,
        batch_id="intake-0042",
        level=0.9,
        route="hydrometallurgy",
        model=estimate.model,
        routes=tuple(make_route(route, place) for place, route in enumerate(ROUTES)),
        notes=(*estimate.notes, *(note for item in estimate.items for note in item.notes)),
    )


def make_route(route: str, place: int) -> ComparedRoute:
    estimate = make_estimate(scale=0.5**place)
    totals = estimate.totals
    return ComparedRoute(
        route=route,
        label=TABLES.route_labels[route],
        delivers="oxides" if place else None,
        probability_of_most=(0.9, 0.1, 0.0)[place],
        probability_of_more_than={
            other: 0.8 if ROUTES.index(other) > place else 0.2 for other in ROUTES
        },
        total_yield_fraction=0.7 / 2**place,
        yield_fractions={"Nd": 0.7 / 2**place},
        totals=RouteTotals(totals.elements, totals.total_ree, totals.treo),
        losses=estimate.losses,
        assumed=(AssumedPart("calcination", ()), AssumedPart("leaching", ("Tb", "Gd"))),
    )


def printed(width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(route_page(BATCH, make_comparison()))
    return console.file.getvalue()


def rows(text: str, route: str) -> list[str]:
    return [line for line in text.splitlines() if line.split()[:1] == [route]]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
def test_the_page_fits_without_cutting_anything(width):
    text = printed(width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [80, 120])
def test_every_route_has_a_row_with_total_yield_and_probability(width):
    text = printed(width)
    first = [rows(text, route)[0] for route in ROUTES]
    assert [re.findall(r"(\d+) %", row)[:2] for row in first] == [
        ["70", "90"],
        ["35", "10"],
        ["18", "0"],
    ]
    assert [text.index(row) for row in first] == sorted(text.index(row) for row in first)


@pytest.mark.parametrize("width", [80, 120])
def test_every_element_has_a_column_in_one_unit(width):
    text = printed(width)
    for element in ("Nd, kg", "Pr, kg", "Dy, kg", "Tb, g", "Gd, g", "Ce, g"):
        assert element in text
    assert len({len(rows(text, route)) for route in ROUTES}) == 1


def test_what_is_assumed_is_told_of_each_route_with_its_elements():
    text = " ".join(printed(200).split())
    for route, delivers in zip(ROUTES, ("", " Delivers oxides.", " Delivers oxides."), strict=True):
        label = TABLES.route_labels[route]
        assumed = "Assumed: calcination; of Tb, Gd also leaching."
        assert f"{route}: {label}.{delivers} {assumed}" in text


def test_a_note_stands_once_with_the_lines_that_it_is_about():
    text = printed(120)
    assert text.count("dysprosium's yield is borrowed") == 1
    assert "line crate-7: The tables hold no magnet mass for this." in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_is_what_http_answers_byte_for_byte(run, client_of, champion, path):
    result = run("estimate", f"examples/{path.name}", "--route", "all")
    client = client_of(Settings(), champion)
    body = path.read_bytes()
    answer = client.post("/v1/route-comparisons", data=body, content_type="application/json")
    assert answer.status_code == 200
    assert result.stdout_bytes == answer.data + b"\n"


def test_each_route_is_as_in_its_own_estimate(run):
    routes = json.loads(run("estimate", DESIGN, "--route", "all").stdout)["routes"]
    assert {found["route"] for found in routes} == set(TABLES.routes)
    for found in routes:
        alone = json.loads(run("estimate", DESIGN, "--route", found["route"]).stdout)
        assert found["totals"].items() <= alone["totals"].items()
        assert found["losses"] == alone["losses"]


def test_the_same_batch_gives_the_same_bytes(run):
    first, second = (run("estimate", DESIGN, "--route", "all").stdout_bytes for _ in range(2))
    assert first == second


def test_a_csv_of_line_items_is_compared_as_well(run):
    answer = json.loads(run("estimate", "examples/intake.csv", "--route", "all").stdout)
    assert len(answer["routes"]) == len(TABLES.routes)


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_people_get_a_page_that_fits(on_terminal, width):
    code, shown = on_terminal("estimate", DESIGN, "--route", "all", width=width)
    lines = STYLE.sub("", shown).splitlines()
    assert code == 0
    assert max(len(line) for line in lines) <= width
    assert "all routes" in lines[1]
    for route in TABLES.routes:
        assert rows("\n".join(lines), route)


def test_explain_is_about_one_route(run):
    result = run("estimate", DESIGN, "--route", "all", "--explain")
    assert result.exit_code == 2
    assert "--explain is about one route" in result.stderr


def test_what_is_wrong_with_a_batch_is_said_as_for_one_route(run):
    batch = '{"items": [{"category": "phnoe", "count": 1}]}'
    result = run("estimate", "-", "--route", "all", input=batch)
    assert result.exit_code == 2
    assert "did you mean phone?" in result.stderr
