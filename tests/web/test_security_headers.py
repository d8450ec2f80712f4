"""Headers that tell browsers what an answer may not do."""

import pytest

from recycler.web.security_headers import page_policy
from recycler.web.views.estimates import EXAMPLE

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def answers(client):
    """An answer of every sort: JSON, text, errors of ours, of Flask and of nobody."""
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    return {
        "estimate": client.post("/v1/estimates", json=EXAMPLE),
        "vocabulary": client.get("/v1/routes"),
        "assays": client.get("/v1/assays"),
        "metrics": client.get("/metrics"),
        "document": client.get("/openapi.json"),
        "probe": client.get("/livez"),
        "no such path": client.get("/nothing"),
        "no such method": client.put("/v1/estimates"),
        "malformed": client.post("/v1/estimates", data=b"{", content_type="application/json"),
        "options": client.options("/v1/estimates"),
        "head": client.head("/v1/routes"),
    }


def test_every_answer_says_what_browsers_may_not_do(client):
    for name, answer in answers(client).items():
        assert answer.headers["Content-Security-Policy"] == NOTHING, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["Referrer-Policy"] == "no-referrer", name
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "camera=()" in answer.headers["Permissions-Policy"], name


def test_nothing_is_kept_by_caches(client):
    for name, answer in answers(client).items():
        assert answer.headers["Cache-Control"] == "no-store", name


def test_an_error_of_our_own_has_them_too(bare_app):
    answer = bare_app.test_client().post("/v1/estimates", json=EXAMPLE)

    assert answer.status_code == 503
    assert answer.headers["Content-Security-Policy"] == NOTHING


def test_no_other_site_is_let_in(client):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        client.options("/v1/estimates", headers=asked),
        client.post("/v1/estimates", json=EXAMPLE, headers=asked),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Url-Scheme"])
def test_a_sender_cannot_make_the_service_promise_tls(client, header):
    answer = client.get("/v1/routes", headers={header: "https"})

    assert "Strict-Transport-Security" not in answer.headers


def test_a_page_may_do_what_it_names_and_no_more():
    policy = page_policy(scripts=["'sha256-abc='"], connects=["'self'"])

    assert policy == f"{NOTHING}; script-src 'sha256-abc='; connect-src 'self'"
