from collections.abc import Callable, Iterator
from typing import Any

import pytest
import web_samples
from applications import application
from flask import Flask
from flask.testing import FlaskClient

from recycler.assays import AssayStore
from recycler.settings import Settings
from recycler.web import openapi_document
from recycler.web.app import ASSAY_DATABASE


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Default limits, an empty models folder and a database of their own."""
    return Settings(
        models=tmp_path_factory.mktemp("models"),
        database_url=f"sqlite:///{tmp_path_factory.mktemp('database') / 'assays.db'}",
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The service with the sample model."""
    with application(settings, web_samples.loaded()) as app:
        yield app


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document for default settings."""
    return openapi_document(Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the service."""
    return app.test_client()


@pytest.fixture(scope="session")
def bare_app(settings: Settings) -> Iterator[Flask]:
    """The service as it starts when there is no champion."""
    with application(settings) as app:
        yield app


@pytest.fixture
def assay_app(app: Flask, database_url: str) -> Iterator[Flask]:
    """The service with an empty database, of each kind in turn."""
    database = app.extensions[ASSAY_DATABASE]
    kept, database._store = database._store, AssayStore(database_url, timeout_s=10)
    yield app
    database._store.close()
    database._store = kept


@pytest.fixture
def assay_client(assay_app: Flask) -> FlaskClient:
    """A client of the service with an empty database."""
    return assay_app.test_client()


@pytest.fixture(params=["/v1/estimates", "/v1/route-comparisons"])
def post(client: FlaskClient, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Posts bytes as JSON to each path that takes a batch."""

    def send(body: bytes, **kwargs: Any) -> Any:
        return client.post(request.param, data=body, content_type="application/json", **kwargs)

    return send
