"""Where the model comes from: the registry of the settings, or nowhere with the reason kept."""

import logging

import pytest
import web_samples

from recycler.registry import Registry
from recycler.registry.allowed import Kind
from recycler.settings import Settings

TRAINING = {
    "data_digest": "d" * 64,
    "rows": {"element_content": 3},
    "seed": 7,
    "scores": {},
    "card": "# Sample\n",
    "golden_batch": web_samples.GOLDEN,
}


@pytest.fixture
def registry(tmp_path) -> Registry:
    """A registry with two versions of the sample model, of which the first is champion."""
    registry = Registry(tmp_path, allowed={("web_samples", "GramPerPiece"): Kind.OBJECT})
    for version in (web_samples.VERSION, "sample-2"):
        registry.write(web_samples.GramPerPiece(), version=version, **TRAINING)
    registry.promote(web_samples.VERSION, who="tests", why="to be served")
    return registry


@pytest.fixture
def client(client_of, registry):
    """A client of a service that is handed the champion of the registry."""
    return client_of(Settings(models=registry.root), registry.load())


def test_all_versions_are_listed_with_their_aliases(client):
    listed = client.get("/v1/models").json["models"]

    assert [(m["version"], m["aliases"]) for m in listed] == [
        ("sample-1", ["champion"]),
        ("sample-2", []),
    ]
    assert all(m["created_at"] for m in listed)


def test_a_damaged_version_is_listed_without_a_date(client, registry, caplog):
    (registry.root / "sample-2" / "manifest.json").write_text("{}")
    listed = {m["version"]: m["created_at"] for m in client.get("/v1/models").json["models"]}

    assert listed["sample-1"]
    assert listed["sample-2"] is None
    assert "sample-2" in caplog.text


def test_the_model_endpoint_shows_the_card_and_the_digests_of_the_artefact(client):
    shown = client.get("/v1/model").json

    assert shown["card"] == "# Sample\n"
    assert shown["sha256"] == shown["files"]["model.joblib"]["sha256"]
    assert shown["rows"] == {"element_content": 3}


def test_a_card_that_is_not_the_recorded_one_is_not_shown(client, registry):
    (registry.root / web_samples.VERSION / "card.md").write_text("# Better than it is\n")

    assert client.get("/v1/model").json["card"] is None


PAGE = "<!doctype html><title>é</title>"


@pytest.fixture
def page_client(client_of, registry):
    """A client of a service whose champion has its card as a page too."""
    registry.write(
        web_samples.GramPerPiece(),
        version="sample-3",
        further={"card.html": PAGE.encode()},
        **TRAINING,
    )
    registry.promote("sample-3", who="tests", why="it has a page")
    return client_of(Settings(models=registry.root), registry.load())


def test_the_card_is_served_as_a_page_that_may_load_nothing(page_client):
    answer = page_client.get("/v1/model/card")

    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.text == PAGE
    assert answer.headers["Model-Version"] == "sample-3"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; style-src 'unsafe-inline'")
    assert page_client.head("/v1/model/card").headers["Content-Length"] == str(len(PAGE.encode()))


def test_a_version_without_a_page_is_404_and_names_the_markdown(client):
    answer = client.get("/v1/model/card")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == "urn:problem-type:recycler:no-page"
    assert "/v1/model has its card" in answer.json["detail"]


def test_a_page_that_is_not_the_recorded_one_is_not_served(page_client, registry, caplog):
    (registry.root / "sample-3" / "card.html").write_text("<script>")

    assert page_client.get("/v1/model/card").status_code == 404
    assert "card.html" in caplog.text


def test_a_refused_champion_is_reported_and_logged_and_the_service_starts(
    client_of, registry, caplog
):
    """The sample's class is on no allow-list but the test's own."""
    with caplog.at_level(logging.ERROR):
        client = client_of(Settings(models=registry.root))

    assert client.get("/livez").status_code == 200
    told = client.get("/readyz")
    assert told.status_code == 503
    assert "GramPerPiece" in told.json["checks"][0]["detail"]
    assert "GramPerPiece" in caplog.text


def test_a_registry_without_a_champion_is_not_ready(client_of, tmp_path):
    told = client_of(Settings(models=tmp_path)).get("/readyz")

    assert told.status_code == 503
    assert "champion" in told.json["detail"]
