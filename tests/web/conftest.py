from collections.abc import Callable
from typing import Any

import pytest
import web_samples
from flask import Flask
from flask.testing import FlaskClient

from recycler.settings import Settings
from recycler.web import create_app


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Default limits and an empty models folder."""
    return Settings(models=tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """The service with the sample model."""
    return create_app(settings, web_samples.loaded())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the service."""
    return app.test_client()


@pytest.fixture(scope="session")
def bare_app(settings: Settings) -> Flask:
    """The service as it starts when there is no champion."""
    return create_app(settings)


@pytest.fixture
def post(client: FlaskClient) -> Callable[..., Any]:
    """Posts bytes to /v1/estimates as JSON."""

    def send(body: bytes, **kwargs: Any) -> Any:
        return client.post("/v1/estimates", data=body, content_type="application/json", **kwargs)

    return send
