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

_CHALLENGE: Final = {
    "description": "What is wrong with the key, as RFC 6750 has it.",
    "schema": {"type": "string"},
}

_KEPT_OUT: Final = {
    "401": "No key was sent, or none that is good.",
    "403": "The key lacks the scope.",
}


def declare_access(document: dict[str, Any], anonymous: Anonymous) -> None:
    """Add to a document how keys are sent, and to every operation what it needs.

    Where some callers need no key, that is documented as one of the ways to be let in.
    """
    components = document["components"]
    components["securitySchemes"] = _SCHEMES
    for status, description in _KEPT_OUT.items():
        components["responses"][f"PROBLEM_{status}"] = _kept_out(description)
    for path, operations in document["paths"].items():
        for method in operations.keys() & _METHODS:
            _declare(operations[method], NEEDED[path], anonymous)


def _declare(operation: dict[str, Any], scope: str | None, anonymous: Anonymous) -> None:
    if scope is OPEN:
        operation["security"] = []
        return
    without: list[dict[str, Any]] = [{}] if anonymous.anyone else []
    operation["security"] = [{name: [str(scope)]} for name in _SCHEMES] + without
    for status in _KEPT_OUT:
        answer = {"$ref": f"#/components/responses/PROBLEM_{status}"}
        operation["responses"].setdefault(status, answer)


def _kept_out(description: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "description": description,
        "headers": {"WWW-Authenticate": _CHALLENGE},
        "content": {"application/problem+json": problem},
    }
