"""GET /livez and /readyz: is the process there, and can it answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import marshmallow as ma
from flask import Response, request
from flask_smorest import Blueprint

from recycler.web.access.gate import Gate
from recycler.web.answers.schemas import many, word
from recycler.web.endpoints import add_endpoint, json_answer
from recycler.web.problems import Check, CheckSchema, NotReadyError
from recycler.web.process.assay_database import DATABASE, AssayDatabase
from recycler.web.process.champion import PROMOTION, Champion


class LiveSchema(ma.Schema):
    """The process is there."""

    status = word("Always live.", ("live",))


class ReadySchema(ma.Schema):
    """The service can answer."""

    status = word("Always ready; else 503.", ("ready",))
    checks = many(CheckSchema, "What was checked; `promotion` and `database` may have failed.")


_MAY_FAIL: Final = (PROMOTION, DATABASE)


def health(champion: Champion, database: AssayDatabase, gate: Gate) -> Any:
    """Build the blueprint of the probes; the gate tells who is shown the details."""
    blueprint = Blueprint("health", __name__, description="Probes for whoever runs the service")

    def livez() -> Response:
        """Say that the process is there, and nothing more."""
        return json_answer({"status": "live"})

    def readyz() -> Response:
        """Say whether the champion is loaded and reproduces its golden estimate."""
        found = (*champion.checks(), database.check())
        checks = found if gate.trusts(request.environ) else _in_brief(found)
        failed = [check for check in checks if not check.passed and check.check not in _MAY_FAIL]
        if failed:
            raise NotReadyError(f"{failed[0].check}: {failed[0].detail}", checks)
        return json_answer({"status": "ready", "checks": checks})

    add_endpoint(blueprint, "GET", "/livez", livez, answer=LiveSchema, limited=False)
    add_endpoint(
        blueprint,
        "GET",
        "/readyz",
        readyz,
        answer=ReadySchema,
        problems=(500, 503),
        limited=False,
    )
    return blueprint


def _in_brief(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks as everyone may see them: details name versions, folders and hosts."""
    return tuple(
        replace(check, detail="holds" if check.passed else "the log says why") for check in checks
    )
