"""docs/training.md says what is true of backends."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from recycler.cli import main
from recycler.parallel.cluster import CONNECT_S
from recycler.parallel.environment import PACKAGES
from recycler.parallel.local import DEATHS_FORGIVEN
from recycler.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
PROSE = " ".join(PAGE.split())


def test_it_names_everything_that_is_compared_between_processes():
    assert f"Python, recycler, {', '.join(PACKAGES[:-1])} or {PACKAGES[-1]}" in PROSE


def test_it_says_how_much_is_forgiven_and_waited_for():
    assert (DEATHS_FORGIVEN, CONNECT_S) == (3, 5)
    assert "after the fourth time the run ends" in PROSE
    assert "an error within five seconds" in PROSE
    assert f"RECYCLER_WORKER_WAIT_S` seconds ({Settings().worker_wait_s})" in PROSE


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_every_option_in_its_examples_exists(command):
    examples = re.findall(rf"^ +recycler {command} +(.*)$", PAGE, re.MULTILINE)
    told = CliRunner().invoke(main, [command, "--help"]).output
    assert examples
    for option in re.findall(r"--[a-z]+", " ".join(examples)):
        assert f"{option} " in told
