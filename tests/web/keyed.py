"""Services that callers need a key for, and keys for them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import web_samples
from applications import application
from flask.testing import FlaskClient

from recycler.keys import Scope, new_key, open_keys
from recycler.settings import Settings

FROM_AFAR = {"REMOTE_ADDR": "192.0.2.7"}
"""Environ of a request that comes from another machine."""


def key_for(settings: Settings, *scopes: Scope, expires_in_s: float | None = None) -> str:
    """Make a key where a service with these settings looks for keys."""
    now = datetime.now(UTC)
    expires_at = None if expires_in_s is None else now + timedelta(seconds=expires_in_s)
    text, key = new_key(f"for {', '.join(scopes)}", scopes, now, expires_at)
    keeper = open_keys(settings)
    keeper.add(key)
    keeper.close()
    return text


@dataclass(frozen=True)
class Keyed:
    """A service, and a key of each scope."""

    client: FlaskClient
    settings: Settings
    keys: dict[Scope, str]

    def ask(self, path: str, key: str | None = None, method: str = "GET", **options: Any):
        """Ask from afar, with a key or without one."""
        sent = {} if key is None else {"Authorization": f"Bearer {key}"}
        headers = {**sent, **options.pop("headers", {})}
        return self.client.open(
            path, method=method, headers=headers, environ_overrides=FROM_AFAR, **options
        )


@contextmanager
def keyed(settings: Settings, scopes: Iterable[Scope] = Scope) -> Iterator[Keyed]:
    """The service with the sample model and a key of each of these scopes."""
    keys = {scope: key_for(settings, scope) for scope in scopes}
    with application(settings, web_samples.loaded()) as app:
        yield Keyed(app.test_client(), settings, keys)
