"""docs/quickstart.md and docs/api-examples.md: every command is run, and answers what is shown."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from served import SHIPPED, served

ROOT = Path(__file__).parents[2]
PAGES = ("api-examples.md", "quickstart.md")

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

OTHERS_EACH_TIME = (
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
)
"""Names of assays and moments: shown in their form only."""


@pytest.fixture(scope="module", params=PAGES)
def told(request, tmp_path_factory) -> list[tuple[str, str, str]]:
    """Command, what the page shows, and what was answered; in the order of the page."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here (on Debian: apt-get install curl)")
    blocks = BLOCK.findall((ROOT / "docs" / request.param).read_text(encoding="utf-8"))
    pairs = [(command, shown) for (kind, command), (_, shown) in pairwise(blocks) if kind == "sh"]
    folder = tmp_path_factory.mktemp("page")
    for name in ("examples", "models"):
        (folder / name).symlink_to(ROOT / name)
    database = f"sqlite:///{folder / 'assays.db'}"
    with served(ROOT / "models", database, program=SHIPPED, workers=1) as (port, _):
        answers = run([command for command, _ in pairs], port, folder)
    return [(*pair, answer) for pair, answer in zip(pairs, answers, strict=True)]


def run(commands: list[str], port: int, folder: Path) -> list[str]:
    """Run commands in one shell, which keeps what the earlier ones have set."""
    recycler = f"{Path(sys.executable).with_name('recycler')} "
    here = [
        command.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("./run ", recycler)
        for command in commands
    ]
    script = "".join(f"{{ {command}\n}} >answer-{i}\n" for i, command in enumerate(here))
    subprocess.run(["bash", "-euc", script], cwd=folder, check=True)
    return [(folder / f"answer-{i}").read_text() for i in range(len(commands))]


def test_every_command_answers_what_is_shown(told):
    assert len(told) >= 3
    for command, shown, answered in told:
        if shown.startswith("{"):
            assert_part_of(json.loads(shown), json.loads(answered), command)
        else:
            assert shown.split() == answered.split(), command


def assert_part_of(part, whole, place: str) -> None:
    """Assert that all of `part` stands in `whole`; entries of arrays in their order."""
    match part:
        case dict():
            for name, value in part.items():
                assert_part_of(value, whole[name], f"{place}/{name}")
        case list():
            left = iter(whole)
            for entry in part:
                assert any(stands_in(entry, other) for other in left), f"{place}: {entry}"
        case float() | int():
            assert part == pytest.approx(whole, rel=1e-4), place
        case str() if form := next((f for f in OTHERS_EACH_TIME if f.fullmatch(part)), None):
            assert form.fullmatch(whole), place
        case _:
            assert part == whole, place


def stands_in(part, whole) -> bool:
    try:
        assert_part_of(part, whole, "")
    except (AssertionError, KeyError, TypeError):
        return False
    return True
