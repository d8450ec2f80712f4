"""What tests of hostile input and of faults share; samples of the service stand in tests/web."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from applications import application
from flask import Flask

from recycler.model.recovery import RecoveryModel
from recycler.registry import LoadedModel, Registry
from recycler.settings import Settings
from recycler.web import openapi_document

ROOT = Path(__file__).parents[2]

sys.path.append(str(ROOT / "tests" / "web"))  # where these tests run alone


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document for default settings."""
    return openapi_document(Settings())


@pytest.fixture(scope="session")
def fuzzed_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The service with the champion, of which fewer draws are made, and an empty database."""
    shipped = Registry(ROOT / "models").load()
    quick = RecoveryModel(seed=1, draws=20)
    quick.factors_ = shipped.model.factors_
    model = LoadedModel(shipped.version, shipped.manifest, quick, shipped.reference)
    database = tmp_path_factory.mktemp("database") / "assays.db"
    settings = Settings(database_url=f"sqlite:///{database}", rate_limit="", rate_limit_lines="")
    with application(settings, model) as app:
        yield app
