"""What the OpenAPI document and docs/ say of keys is what the gate does."""

import re
from pathlib import Path

import pytest
from keyed import keyed

from recycler.settings import Settings
from recycler.web import openapi_document
from recycler.web.access.scopes import NEEDED, OPEN

ROOT = Path(__file__).parents[2]
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def closed():
    """The document of a service that nobody may use without a key."""
    return openapi_document(Settings(anonymous="no"))


def operations(document):
    for path, members in document["paths"].items():
        for method in members.keys() & METHODS:
            yield path, members[method]


def test_both_ways_to_send_a_key_are_declared(closed):
    schemes = closed["components"]["securitySchemes"]

    assert {(s["type"], s.get("scheme", s.get("name"))) for s in schemes.values()} == {
        ("http", "bearer"),
        ("apiKey", "X-API-Key"),
    }


def test_every_operation_says_which_scope_it_needs_in_which_way(closed):
    for path, operation in operations(closed):
        if NEEDED[path] is OPEN:
            assert operation["security"] == []
            assert not {"401", "403"} & operation["responses"].keys()
        else:
            scope = NEEDED[path].value
            assert operation["security"] == [{"bearer": [scope]}, {"header": [scope]}]
            assert {"401", "403"} <= operation["responses"].keys()


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(anonymous="yes", host="192.0.2.1")], ids=["here", "everyone"]
)
def test_where_some_callers_need_no_key_that_is_one_of_the_ways(settings):
    for path, operation in operations(openapi_document(settings)):
        if NEEDED[path] is not OPEN:
            assert operation["security"][-1] == {}


def test_a_service_that_listens_to_everybody_says_that_a_key_is_needed():
    document = openapi_document(Settings(host="0.0.0.0"))  # noqa: S104 - nothing listens there
    for _, operation in operations(document):
        assert {} not in operation["security"]


def test_the_answers_401_and_403_are_as_documented(closed, tmp_path):
    settings = Settings(
        models=tmp_path, database_url=f"sqlite:///{tmp_path}/assays.db", anonymous="no"
    )
    with keyed(settings) as service:
        for status, answer in (
            (401, service.ask("/v1/model")),
            (403, service.ask("/v1/model", next(iter(service.keys.values())))),
        ):
            response = closed["components"]["responses"][f"PROBLEM_{status}"]
            assert answer.status_code == status
            assert list(response["headers"]) == ["X-Request-ID", "WWW-Authenticate"]
            assert "WWW-Authenticate" in answer.headers
            assert answer.mimetype in response["content"]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_page_lists_every_path_under_its_scope():
    section = page("http.md").split("\n## Keys\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?:`(\w+)`|(open)) \| (.+) \|$", section, re.MULTILINE)
    told = {
        path: scope or None for scope, _, cell in rows for path in re.findall(r"`(/[^`]+)`", cell)
    }

    assert told == {path: scope and str(scope) for path, scope in NEEDED.items()}


def test_the_pages_name_the_times_that_are_set():
    assert f"`RECYCLER_KEYS_CHECK_S` seconds ({Settings().keys_check_s:g})" in page("http.md")
    assert f"`RECYCLER_KEYS_CHECK_S` seconds ({Settings().keys_check_s:g})" in page("operations.md")
    assert f"`RECYCLER_KEYS_GRACE_S` seconds ({Settings().keys_grace_s:g})" in page("operations.md")


def test_every_test_that_the_page_on_security_names_is_there():
    named = re.findall(r"`((?:tests/\w+/)?test_\w+\.py)`", page("security.md"))

    assert len(named) > 10
    assert [name for name in named if not list(ROOT.glob(f"tests/**/{Path(name).name}"))] == []
