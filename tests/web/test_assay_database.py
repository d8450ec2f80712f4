"""A database that cannot be used: assays answer 503, estimates go on, and readiness says why."""

import sqlite3
import threading
from contextlib import closing

import pytest
import web_samples
from test_problems import check_problem

from recycler.settings import Settings
from recycler.web.app import ASSAY_DATABASE
from recycler.web.lots.schema import EXAMPLE
from recycler.web.process import assay_database
from recycler.web.views.estimates import EXAMPLE as BATCH

ASSAY = "/v1/assays/00000000-0000-4000-8000-000000000000"
USES = [
    ("POST", "/v1/assays", {"json": EXAMPLE}),
    ("GET", "/v1/assays", {}),
    ("GET", ASSAY, {}),
    ("PUT", ASSAY, {"json": EXAMPLE, "headers": {"If-Match": '"1"'}}),
    ("DELETE", f"{ASSAY}?who=Ada&why=x", {}),
    ("GET", f"{ASSAY}/history", {}),
    ("POST", "/v1/assays/import", {"data": "lot_id\n", "content_type": "text/csv"}),
    ("GET", "/v1/assays/export", {}),
]


@pytest.fixture
def service(client_of, tmp_path):
    """Makes services with a database at a URL."""

    def service(url):
        times = {"database_timeout_s": 1, "retry_after_s": 7}
        settings = Settings(models=tmp_path, database_url=url, **times)
        return client_of(settings, web_samples.loaded())

    return service


def database_check(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    [found] = [check for check in answer.json["checks"] if check["check"] == "database"]
    return found


UNUSABLE = [
    "sqlite:////nonexistent/folder/assays.db",
    "sqlite:////proc/version",
    "sqlite:///",
    "postgresql://ada:s3cret@/recycler?host=/nonexistent",
]


@pytest.mark.parametrize("url", UNUSABLE)
def test_every_assay_endpoint_is_503_and_everything_else_goes_on(service, url):
    client = service(url)
    for method, path, options in USES[:6] + USES[7:]:
        answer = client.open(path, method=method, **options)
        problem = check_problem(answer, 503)
        assert problem["type"] == "urn:problem-type:recycler:database-unavailable"
        assert answer.headers["Retry-After"] == "7"
        assert "s3cret" not in answer.text
    assert client.post("/v1/estimates", json=BATCH).status_code == 200
    assert client.get("/livez").status_code == 200


def test_what_is_wrong_with_a_request_is_said_before_the_database_is_asked(service):
    client = service(UNUSABLE[0])

    check_problem(client.post("/v1/assays", json={}), 422)
    check_problem(client.get("/v1/assays?limit=0"), 422)
    check_problem(client.get("/v1/assays/x"), 404)
    method, path, options = USES[6]
    check_problem(client.open(path, method=method, **options), 422)


@pytest.mark.parametrize("url", UNUSABLE)
def test_readiness_stays_and_says_what_is_wrong_once_the_database_was_used(service, url):
    client = service(url)
    assert database_check(client) == {
        "check": "database",
        "passed": True,
        "detail": "not used by this process yet",
    }
    client.get("/v1/assays")
    check = database_check(client)

    assert not check["passed"]
    assert "cannot be used" in check["detail"]
    assert "s3cret" not in check["detail"]


def test_no_file_appears_before_an_assay_endpoint_is_used(service, tmp_path):
    file = tmp_path / "assays.db"
    client = service(f"sqlite:///{file}")
    client.post("/v1/estimates", json=BATCH)
    client.get("/readyz")
    assert not file.exists()

    client.get("/v1/assays")
    assert file.exists()
    assert database_check(client)["detail"] == "answers"


def test_a_locked_database_is_503_after_the_time_that_is_set_and_works_again_afterwards(
    service, tmp_path
):
    client = service(f"sqlite:///{tmp_path}/assays.db")
    client.get("/v1/assays")
    with closing(sqlite3.connect(tmp_path / "assays.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        check_problem(client.post("/v1/assays", json=EXAMPLE), 503)
        assert client.get("/v1/assays").status_code == 200
        other.rollback()

    assert client.post("/v1/assays", json=EXAMPLE).status_code == 201


def test_a_database_that_hangs_does_not_make_readiness_hang(service, tmp_path, monkeypatch):
    monkeypatch.setattr(assay_database, "_PATIENCE_S", 0.01)
    client = service(f"sqlite:///{tmp_path}/assays.db")
    client.get("/v1/assays")
    database = client.application.extensions[ASSAY_DATABASE]
    free, asked = threading.Event(), []
    monkeypatch.setattr(database._store, "revision", lambda: (asked.append(1), free.wait()))

    found = [database_check(client) for _ in range(3)]
    free.set()

    assert {check["detail"] for check in found} == {"no answer within 0.01 s"}
    assert len(asked) == 1, "one question at a time"
