"""The gate: every request passes it before anything of it is read but its headers."""

from functools import lru_cache
from typing import Any

from flask import Flask, g, request

from recycler.keys import ApiKey, Keyring, KeysUnavailableError, Scope
from recycler.web.access.anonymous import Anonymous, Environ
from recycler.web.access.errors import (
    AccessError,
    KeyRejectedError,
    KeyWantedError,
    MissingScopeError,
)
from recycler.web.access.scopes import NEEDED, OPEN, UndeclaredPathError
from recycler.web.endpoints import documented_path


class Gate:
    """Lets in who may ask for a path, and keeps out everyone else.

    Args:
        keyring: Tells who holds a key.
        anonymous: Tells who needs none.
    """

    def __init__(self, keyring: Keyring, anonymous: Anonymous) -> None:
        self._keyring = keyring
        self._anonymous = anonymous

    def holder(self, environ: Environ) -> ApiKey | None:
        """Whose key a request has.

        Returns:
            The key; None if it has none and needs none.

        Raises:
            KeyWantedError: It has none and needs one.
            KeyRejectedError: The key it has is not good.
            KeysUnavailableError: Nobody can tell whether the key is good.
        """
        sent = sent_key(environ)
        if sent is None:
            if self._anonymous.lets_in(environ):
                return None
            raise KeyWantedError
        key = self._keyring.holder_of(sent)
        if key is None:
            raise KeyRejectedError
        return key

    def trusts(self, environ: Environ) -> bool:
        """Whether whoever runs the service asks: by a key for metrics, or on its own machine."""
        if sent_key(environ) is None:
            return self._anonymous.knows(environ)
        try:
            key = self.holder(environ)
        except (AccessError, KeysUnavailableError):
            return False
        return key is not None and Scope.METRICS in key.scopes


def sent_key(environ: Environ) -> str | None:
    """The key that a request sends; None if it sends none.

    X-API-Key goes first: a proxy may need Authorization for itself.
    """
    sent: str | None = environ.get("HTTP_X_API_KEY")
    if sent is not None:
        return sent.strip()
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def guard(app: Flask, gate: Gate) -> None:
    """Let every request of an application pass the gate first; `g.key_id` says whose key it has.

    Where there is no such path, any good key will do, and without one the answer is the same as on
    paths that there are: strangers are not told which is which.
    """

    @app.before_request
    def pass_gate() -> None:
        # Past Flask's proxies, once each: four uses of them cost more than the check itself.
        asked, kept = _behind(request), _behind(g)
        kept.key_id = None
        rule = asked.url_rule
        scope = needed_by(rule.rule) if rule else None
        if rule is not None and scope is OPEN:
            return
        key = gate.holder(asked.environ)
        if key is not None:
            kept.key_id = key.key_id
            if scope is not None and scope not in key.scopes:
                raise MissingScopeError(scope)


def _behind(proxy: Any) -> Any:
    """What one of Flask's proxies stands for at present."""
    return proxy._get_current_object()  # noqa: SLF001 - werkzeug documents it, for this


def require_declared(app: Flask) -> None:
    """Refuse to build a service with a path of which nobody has said who may ask for it.

    Raises:
        UndeclaredPathError: There is one.
    """
    paths = {documented_path(rule.rule) for rule in app.url_map.iter_rules()}
    if undeclared := paths - NEEDED.keys():
        raise UndeclaredPathError(sorted(undeclared))


@lru_cache(256)
def needed_by(rule: str) -> Scope | None:
    """The scope that a route of Flask needs; OPEN if none.

    Raises:
        KeyError: Nobody has said so. The request fails; it is not let in.
    """
    return NEEDED[documented_path(rule)]
