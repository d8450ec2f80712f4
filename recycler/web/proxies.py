"""Who a request came from, behind proxies that are trusted to say so.

Anybody can send X-Forwarded-* headers. They count only where they come from an address that the
settings name; of X-Forwarded-For only what trusted proxies wrote counts, which is its right end.
gunicorn's own rules are switched off: they believe every process on the same machine, and leave the
address alone. Werkzeug's ProxyFix counts hops without looking who they are, so it is asked only
once that is known.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORWARDED_FOR: Final = "HTTP_X_FORWARDED_FOR"

_SANE: Final = {
    "HTTP_X_FORWARDED_PROTO": re.compile(r"https?"),
    "HTTP_X_FORWARDED_HOST": re.compile(
        r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?"
    ),
    "HTTP_X_FORWARDED_PREFIX": re.compile(r"(/[A-Za-z0-9._~-]+)+"),
}
"""What the last value of a header must look like to be used: links are made of them."""

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """Corrects what WSGI says of a request's sender and address, if a trusted proxy sent it.

    Args:
        app: What answers.
        trusted: Addresses and networks of the proxies, separated by commas.
    """

    def __init__(self, app: "WSGIApplication", trusted: str) -> None:
        networks = tuple(ip_network(text.strip()) for text in trusted.split(","))
        self._app = app
        self._told = ProxyFix(app, x_for=0, x_proto=1, x_host=1, x_prefix=1)
        self._is_trusted = lru_cache(4096)(lambda address: _lies_in(address, networks))

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        if not self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return self._app(environ, start_response)
        environ["REMOTE_ADDR"] = self._sender(environ)
        for name, sane in _SANE.items():
            if name in environ and not sane.fullmatch(environ[name].rpartition(",")[2].strip()):
                del environ[name]
        return self._told(environ, start_response)

    def _sender(self, environ: "WSGIEnvironment") -> str:
        """The first address from the right that is no trusted proxy, or else the last one known."""
        sender: str = environ["REMOTE_ADDR"]
        for hop in reversed(environ.get(_FORWARDED_FOR, "").split(",")):
            written = _address(hop.strip())
            if written is None:
                break
            sender = written
            if not self._is_trusted(sender):
                break
        return sender


def _address(hop: str) -> str | None:
    """An address out of X-Forwarded-For, without its port; None if there is none."""
    bare = hop[1:].partition("]")[0] if hop.startswith("[") else hop
    if bare.count(":") == 1:  # IPv4 with a port: IPv6 has more of them
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return None


def _lies_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed: Any = ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)
