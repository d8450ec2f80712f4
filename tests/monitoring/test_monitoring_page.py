"""docs/monitoring.md says what is true."""

import re
from pathlib import Path

import pytest

from recycler.intake import IntakeKind
from recycler.monitoring import THRESHOLD
from recycler.monitoring.lots import FEWEST_LOTS
from recycler.monitoring.shares import ERROR_LEVEL
from recycler.monitoring.shift import FEW_ROWS
from recycler.monitoring.verdict import BIAS_ALLOWED_PCT, COVERAGE_ALLOWED, LINES_ALLOWED
from recycler.settings import describe
from recycler.web.process.intake_log import MOST_KINDS

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8").split())


def test_the_page_lists_every_setting_with_its_default():
    rows = dict(re.findall(r"\| `(RECYCLER_\w+)` \| (\S+) \|", PAGE))
    own = {name: default for name, default, _ in describe() if re.search("_INTAKE|_MONITOR", name)}

    assert rows == own


def test_the_page_names_every_kind_of_finding():
    source = (ROOT / "recycler" / "monitoring" / "verdict.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Finding\(\s*"(\w+)"', source)) - {"intake"}

    assert len(codes) > 5
    assert codes <= set(re.findall(r"`(\w+)`", PAGE))


@pytest.mark.parametrize(
    "said",
    [
        f"error bars hold {ERROR_LEVEL * 100:.0f} times in 100",
        f"hold under {COVERAGE_ALLOWED[0] * 100:.0f} %",
        f"lies above {COVERAGE_ALLOWED[1] * 100:.0f} altogether",
        f"off by more than {BIAS_ALLOWED_PCT:.0f} %",
        f"by more than {LINES_ALLOWED * 100:.0f} %, beyond chance",
        f"fewer than {FEW_ROWS} rows and lots",
        f"reached {THRESHOLD:.0f}",
        f"up to {MOST_KINDS:,} kinds of lines wait",
    ],
)
def test_the_page_has_the_limits_of_the_code(said):
    assert said in PAGE


def test_ten_lots_are_the_fewest():
    assert FEWEST_LOTS == 10
    assert "Under ten lots nothing is concluded" in PAGE


def test_what_is_kept_of_a_line_is_listed():
    assert len(IntakeKind._fields) == 9
    assert "by day, category, subtype, five years of sale, state, declared magnet type" in PAGE
