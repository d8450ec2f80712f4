"""Who may ask for what: every path has its scope, and what keeps a caller out says which."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import web_samples
from flask import g
from keyed import FROM_AFAR, Keyed, key_for, keyed
from test_problems import check_problem

from recycler.assays import utc_now
from recycler.keys import KeysUnavailableError, Scope, id_in, open_keys
from recycler.settings import Settings
from recycler.web.access.gate import require_declared
from recycler.web.access.scopes import NEEDED, OPEN, UndeclaredPathError
from recycler.web.app import KEYRING
from recycler.web.endpoints import documented_path
from recycler.web.views.estimates import EXAMPLE

CLOSED = {path: scope for path, scope in NEEDED.items() if scope is not OPEN}

ROUTES = sorted((path, scope) for path, scope in CLOSED.items())


@pytest.fixture(scope="module")
def closed_settings(tmp_path_factory):
    """A service that nobody may use without a key."""
    folder = tmp_path_factory.mktemp("closed")
    return Settings(models=folder, database_url=f"sqlite:///{folder}/assays.db", anonymous="no")


@pytest.fixture(scope="module")
def service(closed_settings) -> Iterator[Keyed]:
    """That service with the sample model and a key of every scope."""
    with keyed(closed_settings) as service:
        yield service


def filled(path: str) -> str:
    """A path with something in the place of its parameters."""
    return re.sub(r"\{\w+\}", "vannielen2020", path)


def methods_of(client, path: str) -> set[str]:
    return {
        method
        for rule in client.application.url_map.iter_rules()
        if documented_path(rule.rule) == path
        for method in rule.methods
    }


# Every path


def test_every_path_of_the_service_has_a_scope_or_is_declared_open(app):
    assert {documented_path(rule.rule) for rule in app.url_map.iter_rules()} == set(NEEDED)


def test_a_path_of_which_nobody_said_who_may_ask_is_not_served(client_of, closed_settings):
    app = client_of(closed_settings, web_samples.loaded()).application
    app.add_url_rule("/v1/secrets/<name>", "secrets", lambda name: name)

    with pytest.raises(UndeclaredPathError, match=r"who may ask /v1/secrets/\{name\}"):
        require_declared(app)
    answer = app.test_client().get("/v1/secrets/x", headers={"X-API-Key": "x"})
    check_problem(answer, 500)


def test_what_is_open_to_everyone_is_named_here_once_more():
    """So that a path is not opened by a slip in the table."""
    assert NEEDED.keys() - CLOSED.keys() == {
        *("/livez", "/readyz", "/openapi.json"),
        *("/docs", "/docs/style.css"),
    }


@pytest.mark.parametrize("path", sorted(NEEDED.keys() - CLOSED.keys()))
@pytest.mark.parametrize("key", [None, "nonsense"])
def test_an_open_path_answers_whatever_key_is_sent(service, path, key):
    assert service.ask(path, key).status_code == 200


@pytest.mark.parametrize("path", [path for path, _ in ROUTES])
def test_without_a_key_no_method_of_a_path_is_answered(service, path):
    for method in methods_of(service.client, path):
        answer = service.ask(filled(path), method=method)
        assert answer.status_code == 401, method
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="recycler"'


@pytest.mark.parametrize(("path", "scope"), ROUTES)
def test_a_key_is_good_for_the_paths_of_its_scope_and_for_no_other(service, path, scope):
    for own, key in service.keys.items():
        for method in methods_of(service.client, path):
            answer = service.ask(filled(path), key, method)
            assert (answer.status_code == 403) == (own != scope), (own, method)
            assert answer.status_code != 401


# What a caller is told


def test_who_has_no_key_is_told_how_to_send_one(service):
    problem = check_problem(service.ask("/v1/model"), 401)

    assert problem["type"] == "urn:problem-type:recycler:key-wanted"
    assert "Authorization: Bearer KEY" in problem["detail"]
    assert "X-API-Key: KEY" in problem["detail"]


def test_who_lacks_a_scope_is_told_which(service):
    answer = service.ask("/v1/models", service.keys[Scope.ESTIMATE])
    problem = check_problem(answer, 403)

    assert problem["type"] == "urn:problem-type:recycler:missing-scope"
    assert "the scope models;" in problem["detail"]
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="recycler", error="insufficient_scope", scope="models"'
    )


def bad_keys(settings) -> dict[str, str]:
    good = key_for(settings, Scope.ESTIMATE)
    revoked = key_for(settings, Scope.ESTIMATE)
    keeper = open_keys(settings)
    keeper.revoke(id_in(revoked), utc_now())
    keeper.close()
    return {
        "nonsense": "nonsense",
        "empty": "",
        "unknown": f"rcy_{'0' * 12}_{'0' * 64}",
        "wrong secret": good[:-4] + "ffff",
        "revoked": revoked,
        "expired": key_for(settings, Scope.ESTIMATE, expires_in_s=-1),
    }


def test_nobody_is_told_what_is_wrong_with_a_key(closed_settings):
    """An unknown id, a wrong secret, a revoked and an expired key get one and the same answer."""
    bad = bad_keys(closed_settings)
    with keyed(closed_settings, ()) as service:
        answers = {name: service.ask("/v1/elements", key) for name, key in bad.items()}
    told = [check_problem(answer, 401) | {"request_id": ""} for answer in answers.values()]

    assert all(problem == told[0] for problem in told)
    assert told[0]["type"] == "urn:problem-type:recycler:key-rejected"
    assert {answer.headers["WWW-Authenticate"] for answer in answers.values()} == {
        'Bearer realm="recycler", error="invalid_token"'
    }


def test_a_bad_key_is_refused_where_none_would_be_needed(closed_settings):
    """Its sender believes to be somebody: better a clear no than other rights than thought."""
    with keyed(replace(closed_settings, anonymous="yes"), ()) as service:
        assert service.ask("/v1/elements").status_code == 200
        check_problem(service.ask("/v1/elements", "nonsense"), 401)


def test_no_key_is_echoed_or_logged(service, caplog):
    caplog.set_level("DEBUG")
    for sent in ("s3cret-nonsense", service.keys[Scope.METRICS]):
        for headers in ({"Authorization": f"Bearer {sent}"}, {"X-API-Key": sent}):
            for path in ("/v1/models", "/nope"):
                answer = service.ask(path, headers=headers)
                secret = sent.split("_")[-1]
                assert secret not in answer.text
                assert secret not in str(answer.headers)
                assert secret not in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nope"),
        ("POST", "/v1/estimates/x"),
        ("GET", "/v1/estimates"),
        ("GET", "/v1/assays/00000000-0000-4000-8000-000000000000"),
        ("GET", "/v1/elements"),
        ("BREW", "/v1/elements"),
    ],
)
def test_strangers_are_not_told_which_paths_and_methods_there_are(service, method, path):
    """Except those of the OpenAPI document, which says what there is to everyone."""
    problem = check_problem(service.ask(path, method=method), 401)
    other = check_problem(service.ask("/v1/x", method="GET"), 401)

    assert problem["detail"] == other["detail"]


def test_who_has_any_key_is_told_that_a_path_is_not_there(service):
    key = service.keys[Scope.METRICS]

    check_problem(service.ask("/nope", key), 404)
    check_problem(service.ask("/v1/elements", key, "POST"), 405)


# How a key is sent


def test_a_key_may_be_sent_in_either_header(service):
    key = service.keys[Scope.ESTIMATE]
    ways = (
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer  {key} "},
        {"X-API-Key": key},
        {"X-API-Key": key, "Authorization": "Basic YTpi"},
        {"X-API-Key": key, "Authorization": "Bearer of something for the proxy"},
    )

    assert [service.ask("/v1/elements", headers=sent).status_code for sent in ways] == [200] * 5


@pytest.mark.parametrize(
    "sent", ["Basic YTpi", "", "Bearer", "Digest x", "Bearer\t", "\xff\xfe", "Bearer \xe4"]
)
def test_an_authorization_that_holds_no_key_lets_nobody_in(service, sent):
    assert service.ask("/v1/elements", headers={"Authorization": sent}).status_code == 401


def test_a_key_in_the_query_string_is_none(service):
    """It would end up in every log on the way."""
    key = service.keys[Scope.ESTIMATE]

    assert service.ask(f"/v1/elements?api_key={key}&key={key}").status_code == 401


# What the rest of the service learns


def test_the_public_id_of_the_key_is_there_for_logs_and_limits(service):
    key = service.keys[Scope.ESTIMATE]
    with service.client as client:
        client.get("/v1/elements", headers={"X-API-Key": key}, environ_overrides=FROM_AFAR)
        assert g.key_id == key.split("_")[1]
        client.get("/v1/models", headers={"X-API-Key": key}, environ_overrides=FROM_AFAR)
        assert g.key_id == key.split("_")[1], "also where it lacks the scope"
        for path, sent in (("/livez", key), ("/v1/elements", "nonsense"), ("/v1/elements", "")):
            client.get(path, headers={"X-API-Key": sent}, environ_overrides=FROM_AFAR)
            assert g.key_id is None


def test_without_a_key_the_id_is_none(client):
    with client:
        assert client.get("/v1/elements").status_code == 200
        assert g.key_id is None


def test_nothing_of_a_body_is_read_before_the_gate(service):
    class Unread:
        def read(self, *_):
            raise AssertionError("read")

    answer = service.client.post(
        "/v1/estimates",
        content_type="application/json",
        environ_overrides=FROM_AFAR | {"wsgi.input": Unread(), "CONTENT_LENGTH": "100"},
    )
    assert answer.status_code == 401


def test_with_its_key_an_estimate_is_what_it_is_without_one(service, client):
    mine = service.ask("/v1/estimates", service.keys[Scope.ESTIMATE], "POST", json=EXAMPLE)

    assert mine.data == client.post("/v1/estimates", json=EXAMPLE).data


def test_keys_that_cannot_be_read_are_503_and_never_an_open_door(service, monkeypatch):
    def away(_):
        raise KeysUnavailableError("The keys cannot be read now; the log says why")

    ring = service.client.application.extensions[KEYRING]
    monkeypatch.setattr(ring, "holder_of", away)
    for key in (*service.keys.values(), "nonsense"):
        answer = service.ask("/v1/elements", key)
        problem = check_problem(answer, 503)
        assert problem["type"] == "urn:problem-type:recycler:keys-unavailable"
        assert answer.headers["Retry-After"] == "5"
    check_problem(service.ask("/v1/elements"), 401)
    assert service.ask("/livez").status_code == 200


def test_without_its_database_a_closed_service_lets_nobody_in(tmp_path):
    settings = Settings(
        models=tmp_path,
        database_url="sqlite:////nonexistent/assays.db",
        database_timeout_s=1,
        anonymous="no",
    )
    with keyed(settings, ()) as service:
        check_problem(service.ask("/v1/elements", f"rcy_{'0' * 12}_{'0' * 64}"), 503)
        check_problem(service.ask("/v1/elements"), 401)
