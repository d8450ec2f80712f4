"""`recycler settings`, `openapi`, `data` and `serve`, and how progress is shown."""

import io
import json
import re
import signal
import subprocess
import urllib.request
from dataclasses import fields
from pathlib import Path

import pytest
from rich.console import Console

from recycler.cli.progress import shown_on
from recycler.settings import Settings, describe, variable

ROOT = Path(__file__).parents[2]


def test_settings_lists_every_setting_with_value_default_and_meaning(run):
    text = " ".join(run("settings", env={"RECYCLER_PORT": "8081"}).stdout.split())
    for field, (name, default, meaning) in zip(fields(Settings), describe(), strict=True):
        present = "8081 (default: 8000)" if field.name == "port" else default or "(not set)"
        assert name == variable(field.name)
        assert f"{name} = {present} {meaning}" in text


def test_openapi_prints_the_contract(run):
    document = json.loads(run("openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/v1/estimates" in document["paths"]


def test_data_prints_the_page_of_the_documentation(run):
    assert run("data").stdout == (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def test_serve_answers_where_its_options_say(start, tmp_path):
    """Options win over the environment; port 0 is a free one, and the first line names it."""
    database = f"sqlite:///{tmp_path}/assays.db"
    env = {"RECYCLER_PORT": "1", "RECYCLER_WORKERS": "200", "RECYCLER_DATABASE_URL": database}
    args = ("serve", "--port", "0", "--workers", "1")
    process = start(*args, stdout=subprocess.PIPE, env=env, text=True)
    address = re.search(r"http://\S+", process.stdout.readline())[0]
    with urllib.request.urlopen(f"{address}/livez", timeout=20) as answer:  # noqa: S310 - its own
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [("--port", "65536", "from 0 to 65535"), ("--workers", "none", "a whole number from 1")],
)
def test_serve_checks_its_options_as_settings_are_checked(run, option, value, expected):
    result = run("serve", option, value)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr
    assert expected in result.stderr


def test_progress_is_bars_on_a_terminal():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with shown_on(console) as report:
        report("evaluate", 0, 7)
        report("evaluate", 7, 7)
    assert "7/7" in console.file.getvalue()


def test_progress_is_few_plain_lines_elsewhere():
    console = Console(file=io.StringIO(), width=80)
    with shown_on(console) as report:
        for done in range(1001):
            report("evaluate", done, 1000)
        report("fit", 0, 1)
        report("fit", 1, 1)
    assert console.file.getvalue().splitlines() == [
        *(f"evaluate: {done} of 1000" for done in (250, 500, 750, 1000)),
        "fit: 1 of 1",
    ]
