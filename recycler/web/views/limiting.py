"""Who is asking, and whether that is more than one sender may ask for."""

from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final

from flask import Flask, Response, current_app, g, request

from recycler.web.problems import RateLimitError, problem_response
from recycler.web.process.rate_limits import RateLimits

RATE_LIMITS: Final = "recycler.rate_limits"
"""Where an application keeps its RateLimits."""

_PROBES: Final = frozenset({"/livez", "/readyz"})
"""Paths that are never refused: a busy service is not a dead one."""

_SUBSCRIBER_BITS: Final = 64
"""Bits of an IPv6 address that tell subscribers apart; the rest each of them chooses at will."""


def limit_requests(app: Flask, limits: RateLimits) -> None:
    """Count every request but probes, and refuse those of a sender that asks for too many.

    Register it after whatever sets `g.key_id`, so that the holder of a key is counted by it;
    whoever has no good key is counted by address.
    """
    app.extensions[RATE_LIMITS] = limits

    @app.before_request
    def count() -> None:
        if request.path not in _PROBES:
            limits.take("requests", _sender())

    @app.after_request
    def count_stranger(answer: Response) -> Response:
        # Whoever is kept out for want of a good key never comes as far as `count`.
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        try:
            limits.take("requests", _sender())
        except RateLimitError as error:
            return problem_response(error)
        return answer


def count_lines(lines: int) -> None:
    """Count the lines of a batch, by what they take, before anything is made of them.

    Raises:
        RateLimitError: They are more than the sender may ask for.
    """
    limits: RateLimits = current_app.extensions[RATE_LIMITS]
    limits.take("lines", _sender(), lines)


def _sender() -> str:
    """The key's public id, or else the address that the request came from."""
    key_id = g.get("key_id")
    return f"key {key_id}" if key_id else _subscriber(request.remote_addr or "")


@lru_cache(4096)
def _subscriber(address: str) -> str:
    """An address as it is counted: of IPv6 only the network of the subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _SUBSCRIBER_BITS << _SUBSCRIBER_BITS))
