"""`recycler estimate` with the champion: JSON for machines, a page for people."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from recycler.cli.failures import invalid_input
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.answers.documents import dump
from recycler.web.input.schemas import parse_batch

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
DESIGN = "examples/design-example.json"

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m")
STYLE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def champion():
    return Registry(ROOT / "models").load()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_is_what_http_answers_byte_for_byte(run, client_of, champion, path):
    result = run("estimate", f"examples/{path.name}")
    client = client_of(Settings(), champion)
    answer = client.post("/v1/estimates", data=path.read_bytes(), content_type="application/json")
    assert answer.status_code == 200
    assert result.stdout_bytes == answer.data + b"\n"


def test_standard_input_gives_the_same_as_the_file(run):
    data = (ROOT / DESIGN).read_bytes()
    assert run("estimate", "-", input=data).stdout_bytes == run("estimate", DESIGN).stdout_bytes


def test_a_table_of_line_items_is_the_same_as_its_json(run, champion):
    items = [
        {"category": "phone", "subtype": "smartphone", "count": 12, "year": 2017},
        {"category": "magnet", "mass_kg": 1.5, "magnet": {"type": "NdFeB", "grade": "N42SH"}},
    ]
    batch = parse_batch(json.dumps({"items": items}).encode(), Settings())
    table = (
        "category;subtype;count;mass_kg;year;magnet_type;grade\n"
        "phone;smartphone;12;;2017;;\nmagnet;;;1.5;;NdFeB;N42SH\n"
    )
    result = run("estimate", "-", "--format", "csv", input=table)
    assert result.stdout_bytes == dump(champion.estimate(batch)) + b"\n"


def test_the_name_tells_csv_from_json(run, tmp_path):
    table = tmp_path / "INTAKE.CSV"
    table.write_text("category,count\nphone,1\n")
    assert json.loads(run("estimate", str(table)).stdout)["items"][0]["category"] == "phone"


def test_options_override_what_the_batch_says(run):
    options = ("--level", "0.5", "--route", "shredding", "--collected-year", "2020")
    answer = json.loads(run("estimate", DESIGN, *options).stdout)
    batch = json.loads((ROOT / DESIGN).read_bytes())
    batch |= {"level": 0.5, "route": "shredding", "collected_year": 2020}
    assert answer == json.loads(run("estimate", "-", input=json.dumps(batch)).stdout)
    assert (answer["level"], answer["route"]) == (0.5, "shredding")


@pytest.mark.parametrize(("example", "width"), [(DESIGN, 80), ("examples/intake.csv", 120)])
def test_on_a_terminal_people_get_a_page_that_fits(on_terminal, example, width):
    code, shown = on_terminal("estimate", example, width=width)
    lines = STYLE.sub("", shown).splitlines()
    assert code == 0
    assert max(len(line) for line in lines) <= width
    assert any(
        re.match(r" Nd +.* (t|kg|g) +[\d.,]+  +[\d.,]+ \N{EN DASH} [\d.,]+ ", line)
        for line in lines
    )
    assert not any("…" in line for line in lines)


def test_on_a_terminal_json_is_for_those_who_ask(on_terminal):
    _, shown = on_terminal("estimate", DESIGN, "--json")
    assert json.loads(shown)["batch_id"] == "intake-0042"


def test_a_page_can_be_piped(run):
    piped = run("estimate", DESIGN, "--table").stdout
    assert "Losses by stage" in piped
    assert "\x1b" not in piped


def test_no_color_takes_the_colours_away(on_terminal, tmp_path):
    """A line outside the domain is marked in yellow."""
    line = {"category": "other", "count": 5, "unit_mass_kg": 0.3}
    path = tmp_path / "unknown.json"
    path.write_text(json.dumps({"items": [line, line]}))
    assert COLOUR.search(on_terminal("estimate", str(path))[1])
    assert not COLOUR.search(on_terminal("estimate", str(path), NO_COLOR="1")[1])


def test_a_terminal_without_dashes_still_gets_its_page(start):
    env = {"PYTHONIOENCODING": "ascii"}
    process = start("estimate", DESIGN, "--table", stdout=subprocess.PIPE, env=env)
    assert b"Losses by stage" in process.stdout.read()
    assert process.wait(timeout=30) == 0


def test_explain_names_sources_and_assumptions_also_when_piped(run):
    explained = run("estimate", "examples/tokyo-2020-medal-phones.json", "--explain").stdout
    assert "What it rests on" in explained
    assert re.search(r"plymouth2019 \(\d+\)", explained)
    assert "plymouth2019: University of Plymouth" in explained
    assert "Manual dismantling of whole products is assumed" in explained


def test_explain_and_json_exclude_each_other(run):
    result = run("estimate", DESIGN, "--explain", "--json")
    assert result.exit_code == 2
    assert "--explain adds to the table" in result.stderr


def test_every_wrong_cell_is_named_by_line_and_column(run):
    table = "category,count,year,grade\nphone,12,2017,\nphon,-1,20x7,\nmagnet,3,,N42QQ\n"
    result = run("estimate", "-", "--format", "csv", input=table)
    assert result.exit_code == 2
    said = result.stderr.splitlines()
    assert said[0] == "Error: standard input: 4 fields are wrong."
    assert [line.split(": ")[0] for line in said[1:]] == [
        "  line 3, column category",
        "  line 3, column count",
        "  line 3, column year",
        "  line 4, column grade",
    ]


@pytest.mark.parametrize(
    ("args", "sent", "said"),
    [
        ((), b'{"items": [{"category": "phone", "count": 1.5}]}', "/items/0/count: count must be"),
        ((), b'{"items": [{"category": "phone"}]}', "standard input, /items/0"),
        ((), b'{"items": [], "items": []}', 'standard input: the name "items" stands'),
        ((), b"", "standard input: the body is empty"),
        ((), b"category,count\nphone,1\n", "Is it CSV? Then say --format csv."),
        (("--format", "csv"), b"category,cuont\nphone,1\n", "Line 1: 'cuont' is no column"),
        (("--format", "csv"), b"category,count\nphone,1\nphone,\n", "standard input, line 3"),
        (("--level", "9"), b'{"items": [{"category": "phone", "count": 1}]}', ", --level: level"),
        (("--route", "x"), b'{"items": [{"category": "phone", "count": 1}]}', ', --route: "x" is'),
        (("--level", "0.8"), b"[]", "the batch: "),
        (("--level", "high"), b"{}", "'high' is not a valid float"),
    ],
)
def test_invalid_input_is_a_sentence_and_exit_code_2(run, args, sent, said):
    result = run("estimate", "-", *args, input=sent)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_of_very_many_errors_the_first_are_listed():
    said = invalid_input("intake.csv", [f"line {n}: wrong" for n in range(2, 302)]).message
    first, *listed, last = said.splitlines()
    assert first == "intake.csv: 300 fields are wrong."
    assert listed == [f"  line {n}: wrong" for n in range(2, 22)]
    assert last == "  and 280 more"


def test_a_missing_file_is_wrong_usage(run):
    result = run("estimate", "nowhere.json")
    assert result.exit_code == 2
    assert "nowhere.json" in result.stderr


def test_a_models_folder_without_models_is_a_failure(run, tmp_path):
    result = run("estimate", DESIGN, "--models", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: no version in {tmp_path} is champion")
