"""Why a caller is kept out. No message repeats what the caller sent."""

from typing import Final

_REALM: Final = 'Bearer realm="recycler"'


class AccessError(PermissionError):
    """The caller is kept out; `challenge` is what WWW-Authenticate says to that (RFC 6750)."""

    def __init__(self, message: str, challenge: str) -> None:
        super().__init__(message)
        self.challenge = challenge


class KeyWantedError(AccessError):
    """No key was sent, and the caller needs one."""

    def __init__(self) -> None:
        super().__init__(
            "A key is needed here; send it as Authorization: Bearer KEY or as X-API-Key: KEY",
            _REALM,
        )


class KeyRejectedError(AccessError):
    """What was sent is no key that is good now; whether it ever was one is nobody's business."""

    def __init__(self) -> None:
        super().__init__(
            "The key that was sent is not good here: it is unknown, revoked or expired",
            f'{_REALM}, error="invalid_token"',
        )


class MissingScopeError(AccessError):
    """The key is good, but not for this."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"The key lacks the scope {scope}; whoever made it can make one that has it",
            f'{_REALM}, error="insufficient_scope", scope="{scope}"',
        )
