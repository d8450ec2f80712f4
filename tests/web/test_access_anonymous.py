"""Callers without a key: who is served follows from where it listens and who really asks."""

import pytest
import web_samples
from keyed import keyed
from test_problems import check_problem

from recycler.keys import Scope
from recycler.settings import Settings
from recycler.web.access.anonymous import Anonymous, is_loopback
from recycler.web.access.gate import sent_key

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"}
AFAR = {"REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "recycler.example"}


@pytest.mark.parametrize(
    ("anonymous", "host", "here", "afar"),
    [
        ("loopback", "127.0.0.1", True, False),
        ("loopback", "::1", True, False),
        ("loopback", "localhost", True, False),
        ("loopback", "127.8.8.8", True, False),
        ("loopback", "0.0.0.0", False, False),  # noqa: S104 - nothing listens there
        ("loopback", "::", False, False),
        ("loopback", "", False, False),
        ("loopback", "10.0.0.5", False, False),
        ("loopback", "plant.example", False, False),
        ("yes", "0.0.0.0", True, True),  # noqa: S104 - nothing listens there
        ("yes", "127.0.0.1", True, True),
        ("no", "127.0.0.1", False, False),
        ("no", "0.0.0.0", False, False),  # noqa: S104 - nothing listens there
    ],
)
def test_who_is_served_without_a_key(anonymous, host, here, afar):
    rule = Anonymous(Settings(anonymous=anonymous, host=host))

    assert (rule.lets_in(HERE), rule.lets_in(AFAR)) == (here, afar)


def test_behind_a_proxy_that_is_named_nobody_comes_from_the_machine():
    behind = Settings(host="127.0.0.1", trusted_proxies="127.0.0.1")

    assert not Anonymous(behind).lets_in(HERE)
    assert Anonymous(behind).anyone is False


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"],
)
def test_what_a_proxy_on_the_machine_passes_on_is_not_from_the_machine(client, header):
    assert client.get("/v1/elements").status_code == 200
    check_problem(client.get("/v1/elements", headers={header: "127.0.0.1"}), 401)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("[::1]", 200),
        ("evil.example", 401),
        ("127.0.0.1.evil.example", 401),
        ("localhost.evil.example:8000", 401),
        ("evil.example@127.0.0.1", 401),
        ("127.0.0.1:x", 401),
        ("[::1", 401),
        ("192.0.2.7", 401),
        ("", 401),
    ],
)
def test_a_page_in_a_browser_gets_nowhere_under_a_name_that_it_pointed_here(client, host, status):
    """The defence against DNS rebinding: the browser says by which name it was asked."""
    got = client.get("/v1/elements", environ_overrides={"HTTP_HOST": host}).status_code

    assert got == status


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_page_in_a_browser_cannot_send_anything_as_a_form_would(client, media):
    """These are the media types that a browser sends elsewhere without asking whether it may."""
    for path in ("/v1/assays", "/v1/assays/import", "/v1/estimates"):
        check_problem(client.post(path, data=b"{}", content_type=media), 415)
    asked = client.options(
        "/v1/assays",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]


def test_a_caller_elsewhere_is_not_served_even_if_the_service_was_told_to_listen_here(client):
    """As when another server than ours serves the application to everyone."""
    answer = client.get("/v1/elements", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})

    check_problem(answer, 401)


@pytest.mark.parametrize(
    "name", ["", "loopback", "127.1", "2130706433", "0x7f.1", "::ffff:1.2.3.4"]
)
def test_names_are_not_looked_up_nor_guessed(name):
    assert not is_loopback(name)


def test_the_headers_of_a_key_are_not_taken_for_a_caller_without_one():
    assert sent_key({"HTTP_X_API_KEY": ""}) == ""
    assert sent_key({"HTTP_AUTHORIZATION": "Bearer"}) == ""
    assert sent_key({"HTTP_AUTHORIZATION": "Basic YTpi"}) is None
    assert sent_key({}) is None


# /readyz


UNUSABLE = "postgresql://ada:s3cret@/lots?host=/nonexistent"


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """A service whose database cannot be used, and whose models folder is empty."""
    folder = tmp_path_factory.mktemp("troubled")
    return Settings(
        models=folder,
        database_url=UNUSABLE,
        database_timeout_s=1,
        keys_file=folder / "keys.json",
        anonymous="no",
    )


def test_strangers_are_told_what_fails_but_neither_where_nor_why(troubled, caplog):
    with keyed(troubled) as service:
        service.ask("/v1/assays", service.keys[Scope.ASSAYS])
        for key in (None, service.keys[Scope.ASSAYS], "nonsense"):
            answer = service.ask("/readyz", key)
            told = {
                check["check"]: (check["passed"], check["detail"])
                for check in answer.json["checks"]
            }
            assert answer.status_code == 200
            assert told["database"] == (False, "the log says why")
            assert told["champion"] == (True, "holds")
        shown = service.ask("/readyz", service.keys[Scope.METRICS])
    assert "PostgreSQL database lots on /nonexistent" in shown.text
    assert web_samples.VERSION in shown.text
    assert "the check database fails: PostgreSQL database lots" in caplog.text
    assert "s3cret" not in shown.text + caplog.text


def test_a_service_that_is_not_ready_tells_strangers_no_more(client_of, troubled):
    client = client_of(troubled)
    answer = client.get("/readyz")
    problem = check_problem(answer, 503)

    assert problem["detail"] == "Champion: the log says why."
    assert str(troubled.models) not in answer.text


def test_who_asks_on_the_machine_of_an_open_service_is_told_all(bare_app, settings):
    assert str(settings.models) in bare_app.test_client().get("/readyz").text
    afar = bare_app.test_client().get("/readyz", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert str(settings.models) not in afar.text
