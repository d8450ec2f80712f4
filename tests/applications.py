"""Applications whose answers are checked, and that let go of what they hold after a test."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from documented_answers import DocumentedClient
from flask import Flask

from recycler.registry import LoadedModel
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.app import ASSAY_DATABASE, KEYRING


@contextmanager
def application(settings: Settings, model: LoadedModel | None = None) -> Iterator[Flask]:
    """The service; see `create_app`."""
    app = create_app(settings, model)
    app.test_client_class = DocumentedClient
    with closing(app.extensions[ASSAY_DATABASE]), closing(app.extensions[KEYRING]):
        yield app
