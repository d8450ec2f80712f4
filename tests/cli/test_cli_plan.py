"""`recycler plan`: the same answer as over HTTP, a page for people, refusals in its own words."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from recycler.cli.plan_page import half_width, plan_page
from recycler.estimate import ModelReference, Note, VarianceShares
from recycler.plan import PlannedLine, SamplingPlan, Weighing
from recycler.registry import Registry
from recycler.settings import Settings

ROOT = Path(__file__).parents[2]
MAGNETS = "examples/magnets.json"

PLAN = SamplingPlan(
    plan_id="0123456789abcdef" * 2,
    batch_id="intake-0042",
    element="Dy",
    level=0.9,
    assurance=0.8,
    relative_half_width_target=0.3,
    before=1.69,
    after=0.298,
    floor=0.167,
    reachable=True,
    pieces_to_assay=43,
    lines=(
        PlannedLine(2, "crate-7", "magnet", "sintered_block", 100, 40, 0.61),
        PlannedLine(0, None, "magnet", None, 30, 3, 0.298),
    ),
    shares=VarianceShares(0.1, 0.5, 0.4, 0.0, 0.0),
    weighing=Weighing((0, 2), 0.2),
    notes=(Note("pieces_to_open", 0, "About one piece in 5 holds such a magnet."),),
    model=ModelReference("2026.11-1", "ab" * 32, "cd" * 32),
)


def shown(plan: SamplingPlan, width: int = 120) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    console.print(plan_page(plan))
    return " ".join(console.file.getvalue().split())


def test_json_is_what_http_answers_byte_for_byte(run, client_of):
    result = run("plan", MAGNETS, "--element", "Dy", "--half-width", "0.4")
    body = {
        "batch": json.loads((ROOT / MAGNETS).read_bytes()),
        "element": "Dy",
        "relative_half_width": 0.4,
    }
    client = client_of(Settings(), Registry(ROOT / "models").load())
    answer = client.post("/v1/sampling-plans", json=body)
    assert answer.status_code == 200
    assert result.stdout_bytes == answer.data + b"\n"


def test_level_overrides_the_batchs(run):
    command = ("plan", MAGNETS, "--element", "Nd", "--half-width", "0.1")
    wide, narrow = (json.loads(run(*command, "--level", p).stdout) for p in ("0.95", "0.5"))
    assert (wide["level"], narrow["level"]) == (0.95, 0.5)
    assert narrow["before"] < wide["before"]


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_people_get_a_page_that_fits(on_terminal, width):
    command = ("plan", MAGNETS, "--element", "Dy", "--half-width", "0.4")
    code, text = on_terminal(*command, width=width)
    assert code == 0
    assert "Assay, in this order" in text
    assert "…" not in text


def test_the_page_says_what_to_do_and_what_it_brings():
    text = shown(PLAN)
    assert "dysprosium contained" in text
    assert "Now ±169 %, target ±30 %: assay 43 pieces, which brings it to ±29.8 %." in text
    assert "1 crate-7 sintered_block 40 100 ±61 %" in text
    assert "2 1 magnet 3 30 ±29.8 %" in text
    assert "Also weigh the magnets of lines 1, 3 (magnet.mass_g): then ±20 %." in text
    assert "line 1: About one piece in 5" in text


def test_the_page_says_where_assays_end():
    far = replace(PLAN, reachable=False, relative_half_width_target=0.1, after=0.167)
    assert "assays alone do not reach it. 43 pieces bring it to ±16.7 %" in shown(far)
    none = replace(far, lines=(), pieces_to_assay=0, after=1.69, floor=1.69)
    assert "assays would hardly narrow it" in shown(none)
    met = replace(PLAN, lines=(), pieces_to_assay=0, before=0.2, after=0.2, weighing=None)
    assert "nothing to assay, the target is met" in shown(met)


def test_a_width_over_a_median_of_zero_is_unbounded():
    assert half_width(None) == "unbounded"
    assert half_width(0.15) == "±15 %"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--element", "Fe", "--half-width", "0.1"), "'Fe' is not a rare earth"),
        (("--element", "Dy", "--half-width", "0"), "0.0 is not in the range 0<x<1"),
        (("--element", "Dy", "--half-width", "15"), "15.0 is not in the range 0<x<1"),
        (("--element", "Dy"), "Missing option '--half-width'"),
        (("--half-width", "0.1"), "Missing option '--element'"),
        (("--element", "Dy", "--half-width", "0.1", "--level", "9"), ", --level: level"),
        (
            ("--element", "Y", "--half-width", "0.1"),
            "'--element': no line of this batch is estimated to hold Y",
        ),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(run, args, said):
    result = run("plan", MAGNETS, *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_fields_of_the_batch_are_named_as_in_an_estimate(run):
    table = "category,count\nphone,12\nphon,1\n"
    command = ("plan", "-", "--format", "csv", "--element", "Nd", "--half-width", "0.2")
    result = run(*command, input=table)
    assert result.exit_code == 2
    assert "standard input, line 3, column category" in result.stderr
