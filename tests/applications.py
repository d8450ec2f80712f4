"""Applications that let go of their database and their keys when a test is done with them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from flask import Flask

from recycler.registry import LoadedModel
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.app import ASSAY_DATABASE, KEYRING


@contextmanager
def application(settings: Settings, model: LoadedModel | None = None) -> Iterator[Flask]:
    """The service; see `create_app`."""
    app = create_app(settings, model)
    with closing(app.extensions[ASSAY_DATABASE]), closing(app.extensions[KEYRING]):
        yield app
