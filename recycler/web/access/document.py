"""What the OpenAPI document says of keys: how they are sent, and which scope an operation needs."""

from typing import Any, Final

from recycler.web.access.anonymous import Anonymous
from recycler.web.access.scopes import NEEDED, OPEN

_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "rcy_ID_SECRET",
        "description": "A key, made by `recycler keys create`.",
    },
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key; if both are sent, this one counts.",
    },
}

_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})

KEPT_OUT: Final = (401, 403)
"""Statuses of callers that have no good key, or one that lacks the scope."""

_UNKNOWN: Final = 503
"""Status of callers of whose key nobody can tell whether it is good."""


def declare_access(document: dict[str, Any], anonymous: Anonymous) -> None:
    """Add to a document how keys are sent, and to every operation what it needs.

    Where some callers need no key, that is documented as one of the ways to be let in.
    """
    document["components"]["securitySchemes"] = _SCHEMES
    for path, operations in document["paths"].items():
        for method in operations.keys() & _METHODS:
            _declare(operations[method], NEEDED[path], anonymous)


def _declare(operation: dict[str, Any], scope: str | None, anonymous: Anonymous) -> None:
    if scope is OPEN:
        operation["security"] = []
        return
    without: list[dict[str, Any]] = [{}] if anonymous.anyone else []
    operation["security"] = [{name: [str(scope)]} for name in _SCHEMES] + without
    for status in (*KEPT_OUT, _UNKNOWN):
        answer = {"$ref": f"#/components/responses/PROBLEM_{status}"}
        operation["responses"].setdefault(str(status), answer)
