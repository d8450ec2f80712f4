"""docs/faults.md names tests that there are, and settings as they are."""

import re
from pathlib import Path

from recycler.settings import Settings
from recycler.web.worker import LEAST_RATE, MOST

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "faults.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert len(named) > 20
    assert named <= there


def test_every_file_that_the_page_names_is_there():
    root = HERE.parents[1]
    named = re.findall(r"`((?:tests|recycler)/[\w/.]+)`", PAGE)

    assert all((root / name).exists() for name in named)


def test_the_deadlines_are_those_of_the_service():
    assert f"`RECYCLER_REQUEST_TIMEOUT_S` ({Settings().request_timeout_s})" in PAGE
    assert f"every {LEAST_RATE // 1000} kB announced" in PAGE
    assert f"up to {MOST // 1024} KiB of it" in PAGE
