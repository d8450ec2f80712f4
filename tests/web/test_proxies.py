"""Who a request came from, with proxies in front and with senders that pretend to be one."""

import pytest
import web_samples
from flask import request
from flask.testing import FlaskClient

from recycler.settings import Settings, SettingsError
from recycler.web.lots.schema import EXAMPLE as LOT

PROXY, OTHER_PROXY, SENDER = "10.0.0.1", "192.0.2.9", "203.0.113.7"
TRUSTED = "10.0.0.0/8, 192.0.2.9"


@pytest.fixture
def behind(client_of, tmp_path):
    """Asks a service that trusts the given proxies, and says whom it saw."""

    def behind(trusted, peer, path="/livez", **headers):
        app = client_of(trusting(trusted, tmp_path), web_samples.loaded()).application
        app.view_functions["health.livez"] = seen
        client = FlaskClient(app)  # nothing documents what is answered here
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(path, headers=sent, environ_base={"REMOTE_ADDR": peer})

    return behind


@pytest.fixture
def behind_client(client_of, tmp_path):
    """A client of a service that trusts proxies."""
    return client_of(trusting(TRUSTED, tmp_path), web_samples.loaded())


def trusting(trusted, folder):
    """Settings of a service that trusts the given proxies."""
    database_url = f"sqlite:///{folder / 'assays.db'}"
    told = {"trusted_proxies": trusted, "anonymous": "yes"}
    return Settings(models=folder, database_url=database_url, **told)


def seen():
    return {"address": request.remote_addr, "root": request.url_root}


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (SENDER, SENDER),
        (f"1.1.1.1, {SENDER}", SENDER),  # what the sender wrote itself stands to the left
        (f"1.1.1.1, {SENDER}, {OTHER_PROXY}", SENDER),
        (f"{SENDER}, 10.9.9.9, {OTHER_PROXY}, 10.0.0.2", SENDER),
        (f"{SENDER}:51234", SENDER),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8:0::1", "2001:db8::1"),
        (f"{SENDER},unknown", PROXY),
        (f"{SENDER}, {OTHER_PROXY}, _hidden, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", PROXY),
        ("999.1.1.1", PROXY),
        (f"{SENDER},", PROXY),
        ("x" * 5000, PROXY),
    ],
)
def test_the_sender_is_the_first_from_the_right_that_is_no_trusted_proxy(behind, said, address):
    assert behind(TRUSTED, PROXY, X_Forwarded_For=said).json["address"] == address


@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8"])
def test_who_is_no_trusted_proxy_is_believed_nothing(behind, trusted):
    answer = behind(
        trusted,
        SENDER,
        X_Forwarded_For="127.0.0.1",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Prefix="/evil",
        Forwarded="for=127.0.0.1;proto=https;host=evil.example",
        X_Real_Ip="127.0.0.1",
    )

    assert answer.json == {"address": SENDER, "root": "http://localhost/"}
    assert "Strict-Transport-Security" not in answer.headers


def test_not_even_the_same_machine_is_trusted_unasked(behind):
    answer = behind("", "127.0.0.1", X_Forwarded_For="1.1.1.1", X_Forwarded_Proto="https")

    assert answer.json == {"address": "127.0.0.1", "root": "http://localhost/"}


def test_a_peer_of_a_socket_for_both_versions_of_ip_is_known_by_its_own_address(behind):
    answer = behind(TRUSTED, "::ffff:10.0.0.1", X_Forwarded_For=SENDER)

    assert answer.json["address"] == SENDER


def test_links_are_those_of_the_proxy(behind):
    answer = behind(
        TRUSTED,
        PROXY,
        X_Forwarded_Proto="https",
        X_Forwarded_Host="metals.example:8443",
        X_Forwarded_Prefix="/recycler",
    )

    assert answer.json["root"] == "https://metals.example:8443/recycler/"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_links_to_assays_are_paths_under_the_prefix_whatever_the_host(behind_client):
    told = {"X-Forwarded-Prefix": "/recycler", "X-Forwarded-Host": "metals.example"}
    sent = {"headers": told, "environ_base": {"REMOTE_ADDR": PROXY}}
    stored = [
        behind_client.post("/v1/assays", json=LOT | {"lot_id": name}, **sent) for name in "ab"
    ]
    page = behind_client.get("/v1/assays?limit=1", **sent)

    for answer in stored:
        assert answer.headers["Location"] == f"/recycler/v1/assays/{answer.json['assay_id']}"
    assert page.headers["Link"].startswith("</recycler/v1/assays?")


def test_a_problem_names_the_path_that_the_sender_asked_for(behind):
    answer = behind(TRUSTED, PROXY, "/nothing", X_Forwarded_Prefix="/recycler")

    assert answer.json["instance"] == "/recycler/nothing"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X_Forwarded_Proto", "javascript"),
        ("X_Forwarded_Host", "evil.example/path"),
        ("X_Forwarded_Host", "evil.example\\@good"),
        ("X_Forwarded_Prefix", "//evil.example"),
        ("X_Forwarded_Prefix", "/a b"),
        ("X_Forwarded_Prefix", "evil"),
    ],
)
def test_what_cannot_be_part_of_a_link_is_left_out_of_it(behind, header, value):
    assert behind(TRUSTED, PROXY, **{header: value}).json["root"] == "http://localhost/"


def test_the_nearest_proxy_has_the_last_word_on_scheme_and_host(behind):
    answer = behind(
        TRUSTED, PROXY, X_Forwarded_Proto="http, https", X_Forwarded_Host="evil.example, good"
    )

    assert answer.json["root"] == "https://good/"


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.1/8", "*", "10.0.0.0/33"])
def test_proxies_that_are_no_addresses_are_refused_by_name(text):
    with pytest.raises(SettingsError, match=r"RECYCLER_TRUSTED_PROXIES is .* such as 10.0.0.0/8"):
        Settings.from_environment({"RECYCLER_TRUSTED_PROXIES": text})


def test_gunicorn_itself_believes_nobody():
    from gunicorn.config import Config

    from recycler.web.server import gunicorn_options

    config = Config()
    config.set("forwarded_allow_ips", gunicorn_options(Settings())["forwarded_allow_ips"])
    assert config.forwarded_allow_ips == []
    assert list(config.forwarded_allow_networks()) == []
