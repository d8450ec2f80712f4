"""Callers without a key: who of them is served.

A service that listens on a loopback address is there for the programs of its machine. That alone
does not tell who asks: a proxy on the machine passes on what strangers sent, and a page in a
browser can ask under a name of its own that it had pointed at 127.0.0.1. Both are told from a
caller on the machine by what they send.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from recycler.settings import Settings

_FORWARDED: Final = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
)
"""What proxies add: who sends one of these is not the caller."""

_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[0-9a-zA-Z.-]+)(?::[0-9]+)?")

Environ = Mapping[str, Any]


class Anonymous:
    """The rule of RECYCLER_ANONYMOUS for a service that listens where the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.everyone = settings.anonymous == "yes"
        """Whether nobody needs a key."""
        self.this_machine = (
            settings.anonymous != "no"
            and is_loopback(settings.host)
            and not settings.trusted_proxies  # behind one, strangers come from this machine
        )
        """Whether callers on this machine need none."""

    @property
    def anyone(self) -> bool:
        """Whether there are callers that need no key."""
        return self.everyone or self.this_machine

    def lets_in(self, environ: Environ) -> bool:
        """Whether a request without a key is served."""
        return self.everyone or self.knows(environ)

    def knows(self, environ: Environ) -> bool:
        """Whether a request comes from this machine, for which the service is there."""
        return (
            self.this_machine
            and is_loopback(environ.get("REMOTE_ADDR", ""))
            and _is_loopback_host(environ.get("HTTP_HOST", ""))
            and not any(header in environ for header in _FORWARDED)
        )


@lru_cache(256)
def is_loopback(name: str) -> bool:
    """Whether a name or an address is one of the loopback interface; names are not looked up."""
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache(256)
def _is_loopback_host(host: str) -> bool:
    """The same of a header Host, which may name a port."""
    found = _HOST.fullmatch(host)
    return found is not None and is_loopback(found[1])
