"""The command line as a whole: quick to start, helpful, quiet when stopped, honest exit codes."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import recycler
from recycler.cli import COMMANDS, main

SLOW = ("numpy", "scipy", "sklearn", "joblib", "flask", "marshmallow", "gunicorn", "rich", "orjson")


def every_command() -> list[list[str]]:
    context = click.Context(main)
    found = [[name] for name in COMMANDS]
    for name in COMMANDS:
        command = main.get_command(context, name)
        found += [[name, sub] for sub in getattr(command, "commands", ())]
    return found


@pytest.mark.parametrize(
    "args", [["--version"], ["--help"], *([*c, "--help"] for c in every_command())]
)
def test_help_and_version_import_nothing_slow(args):
    code = (
        "import sys\nfrom recycler.cli import main\n"
        f"main({args!r}, standalone_mode=False)\n"
        f"print('SLOW', [m for m in {SLOW!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "SLOW []"


def test_version_is_the_packages(run):
    assert run("--version").output == f"recycler {recycler.__version__}\n"


def test_help_lists_every_command_with_a_sentence(run):
    listed = run("--help").output.split("Commands:")[1]
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*\.$", listed, re.MULTILINE)


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_help_of_a_command_ends_with_an_example_of_options_that_it_has(run, command):
    text = run(*command, "--help").output
    options, example = text.split("Options:")[1].split("Example")
    assert f"recycler {' '.join(command)}" in example
    for option in re.findall(r"--[a-z-]+", example):
        assert option in options


def test_no_command_is_wrong_usage(run):
    assert run().exit_code == 2
    assert run("estimatr").exit_code == 2


def test_a_fault_of_ours_is_a_sentence_that_says_how_to_see_more(run, monkeypatch):
    monkeypatch.setattr("recycler.settings.describe", lambda: 1 / 0)
    result = run("settings")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "Error: something is wrong in recycler itself (ZeroDivisionError"
    )
    assert "--debug" in result.stderr
    assert "Traceback" not in result.output


def test_debug_lets_the_exception_through(run, monkeypatch):
    monkeypatch.setattr("recycler.settings.describe", lambda: 1 / 0)
    assert isinstance(run("--debug", "settings").exception, ZeroDivisionError)


def test_a_wrong_setting_is_invalid_input(run):
    result = run("settings", env={"RECYCLER_PORT": "eighty"})
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: RECYCLER_PORT is 'eighty', but a whole number from 0 to 65535 is expected.\n"
    )


def test_what_the_system_refuses_names_the_file(run, monkeypatch):
    def refuse() -> None:
        raise PermissionError(13, "Permission denied", "/srv/models")

    monkeypatch.setattr("recycler.settings.describe", refuse)
    result = run("settings")
    assert (result.exit_code, result.stderr) == (1, "Error: /srv/models: Permission denied.\n")


def test_a_terminal_without_our_characters_shows_others(start):
    process = start("evaluate", "--help", stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii"})
    assert b"Usage" in process.stdout.read()
    assert process.wait(timeout=10) == 0


def test_ctrl_c_ends_quietly_with_130_and_leaves_nothing_half_written(start, tmp_path):
    models = tmp_path / "models"
    process = start("train", "--models", str(models), "--jobs", "1", stderr=subprocess.PIPE)
    assert process.stderr.readline() == b"start: 1 of 1\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert b"Traceback" not in process.stderr.read()
    assert not models.exists()


@pytest.mark.slow
def test_as_the_first_process_of_a_container_a_command_can_be_told_to_stop(tmp_path):
    models = tmp_path / "models"
    command = [sys.executable, "-m", "recycler", "train", "--models", str(models), "--jobs", "1"]
    alone = ["unshare", "--pid", "--fork", "--kill-child"]
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare, for process ids of its own")
    with subprocess.Popen([*alone, *command], stderr=subprocess.PIPE) as process:
        assert process.stderr.readline() == b"start: 1 of 1\n"
        first = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(first), signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    assert not models.exists()


def test_a_reader_that_leaves_early_is_no_reason_to_complain(start):
    process = start("settings", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    process.stdout = None
    assert process.wait(timeout=10) in (0, 1)
    assert process.stderr.read() == b""
