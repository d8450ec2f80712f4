"""docs/security.md says what is true."""

import re
from pathlib import Path

from recycler.settings import Settings, describe
from recycler.web.process.rate_limits import PATIENCE_S, PAUSE_S
from recycler.web.process.window_counts import MOST
from recycler.web.server import gunicorn_options

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_page_gives_the_defaults_of_the_rate_limits():
    shown = dict(re.findall(r"^\| `(RECYCLER_RATE_\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))

    assert shown == {name: default for name, default, _ in describe() if "_RATE_" in name}


def test_the_page_names_every_limit_on_a_request():
    limits = {name for name, _, _ in describe() if "_MAX_" in name}
    of_fields = {"RECYCLER_MAX_COUNT", "RECYCLER_MAX_MASS_KG"}

    assert limits - of_fields == set(
        re.findall(r"`(RECYCLER_MAX_\w+)`", section("Limits of a request"))
    )


def test_the_page_gives_the_limits_of_the_server():
    options, limits = gunicorn_options(Settings()), section("Limits of a request")

    assert f"{options['limit_request_line']} bytes" in limits
    fields, size = options["limit_request_fields"], options["limit_request_field_size"]
    assert f"{fields}, of {size} bytes each" in limits


def test_the_page_gives_the_figures_of_the_counts():
    assert f"within {PATIENCE_S} s" in PAGE
    assert f"alone for {PAUSE_S:.0f} s" in PAGE
    assert f"at most {MOST:,} senders" in PAGE


def test_the_page_gives_the_headers_of_every_answer(client):
    answer, told = client.get("/livez"), section("Headers")

    for name in set(answer.headers.keys()) - {"Content-Type", "Content-Length", "X-Request-ID"}:
        assert f"`{name}`" in told, name
    assert answer.headers["Content-Security-Policy"] in told


def test_the_page_names_tests_that_there_are():
    named = set(re.findall(r"`(test_\w+\.py)`", PAGE))

    assert named
    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def test_nginx_limits_bodies_as_the_service_does():
    text, settings = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8"), Settings()
    told = dict(re.findall(r"client_max_body_size (\d+)m; # (RECYCLER_\w+)", text))

    assert {name: int(size) * 2**20 for size, name in told.items()} == {
        "RECYCLER_MAX_BODY_BYTES": settings.max_body_bytes,
        "RECYCLER_MAX_IMPORT_BYTES": settings.max_import_bytes,
    }
