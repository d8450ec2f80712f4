"""Where the model comes from: the registry of the settings, or nowhere with the reason kept."""

import logging

import pytest
import web_samples

from recycler.registry import Registry
from recycler.registry.allowed import Kind
from recycler.settings import Settings
from recycler.web import create_app

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
def client(registry):
    """A client of a service that is handed the champion of the registry."""
    settings = Settings(models=registry.root)
    return create_app(settings, registry.load()).test_client()


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


def test_a_refused_champion_is_reported_and_logged_and_the_service_starts(registry, caplog):
    """The sample's class is on no allow-list but the test's own."""
    with caplog.at_level(logging.ERROR):
        client = create_app(Settings(models=registry.root)).test_client()

    assert client.get("/livez").status_code == 200
    told = client.get("/readyz")
    assert told.status_code == 503
    assert "GramPerPiece" in told.json["checks"][0]["detail"]
    assert "GramPerPiece" in caplog.text


def test_a_registry_without_a_champion_is_not_ready(tmp_path):
    told = create_app(Settings(models=tmp_path)).test_client().get("/readyz")

    assert told.status_code == 503
    assert "champion" in told.json["detail"]
