"""Asks the service for the examples of its OpenAPI document.

    PYTHONPATH=tests .venv/bin/python tests/web/example_answers.py

writes them anew into recycler/web/answers/examples.json, after a change of what is answered or of
the shipped model; test_openapi_examples.py fails as long as they are not what is answered.
"""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import web_samples
from applications import application
from flask.testing import FlaskClient
from keyed import key_for
from test_plant_sources import Learned
from werkzeug.test import TestResponse

from recycler.assays import UnstorableLotError
from recycler.keys import Scope
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.app import ASSAY_DATABASE
from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.views.estimates import EXAMPLE as BATCH
from recycler.web.views.sampling_plans import EXAMPLE as PLAN

ROOT = Path(__file__).parents[2]
FILE = ROOT / "recycler" / "web" / "answers" / "examples.json"

FIRST = "0b7c1f4e-6a52-4d0c-9d5b-3f1d2a8e7c64"
"""Stands for the name of an assay: the service makes up another one every time."""

NOW = "2026-11-27T12:00:00.000000Z"

GONE = {"who": "Ada", "why": "measured another crate"}

MOST = 2  # entries of a list that are kept
LONGEST = 600  # characters of a text that are kept

Send = Callable[..., TestResponse]


def examples() -> dict[str, Any]:
    """Answers by operation and media type, problems by status and kind."""
    with ExitStack() as opened, tempfile.TemporaryDirectory() as folder:

        def service(model: Any = None, **settings: Any) -> FlaskClient:
            told = {"database_url": f"sqlite:///{folder}/assays.db", **settings}
            return opened.enter_context(application(Settings(**told), model)).test_client()

        registry = Registry(ROOT / "models")
        client = service(registry.load(), models=ROOT / "models")
        learned = service(web_samples.loaded(Learned()))
        plant = _told(_send(learned, "GET", "/v1/sources/plant:north"))
        answers = {**dict(_answers(client)), "get_plant_source": plant}
        problems: dict[str, dict[str, Any]] = {}
        for answer in (*_refusals(client), *_failures(service)):
            found = answer.get_json()
            name = found["type"].rsplit(":", 1)[-1]
            name = name if name != "blank" else re.sub(r"\W+", "-", found["title"].lower())
            problems.setdefault(str(found["status"]), {})[name] = _shortened(found)
        return _settled({"answers": answers, "problems": problems})


def _answers(client: FlaskClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Operation -> media type -> what it answered."""
    yield "livez", _told(_send(client, "GET", "/livez"))
    yield "get_metrics", _metrics(_send(client, "GET", "/metrics"))
    yield "readyz", _told(_send(client, "GET", "/readyz"))
    yield "create_estimate", _told(_send(client, "POST", "/v1/estimates", json=BATCH))
    compared = _send(client, "POST", "/v1/route-comparisons", json=BATCH)
    yield "create_route_comparison", _told(compared)
    yield "create_sampling_plan", _told(_send(client, "POST", "/v1/sampling-plans", json=PLAN))
    for word in ("categories", "routes", "elements", "sources", "models"):
        yield f"list_{word}", _told(_send(client, "GET", f"/v1/{word}"))
    yield "get_source", _told(_send(client, "GET", "/v1/sources/sekine2017"))
    yield "get_model", _told(_send(client, "GET", "/v1/model"))
    yield "get_model_card", _told(_send(client, "GET", "/v1/model/card"))
    yield from _assays(client)
    yield "get_monitoring", _told(_send(client, "GET", "/v1/monitoring"))


def _assays(client: FlaskClient) -> Iterator[tuple[str, dict[str, Any]]]:
    created = _send(client, "POST", "/v1/assays", json=LOT)
    path = created.headers["Location"]
    yield "create_assay", _told(created)
    yield "get_assay", _told(_send(client, "GET", path))
    corrected = {**LOT, "weighed": 6}
    yield (
        "replace_assay",
        _told(_send(client, "PUT", path, json=corrected, headers={"If-Match": '"1"'})),
    )
    yield "get_assay_history", _told(_send(client, "GET", f"{path}/history"))
    csv, ndjson = (
        _send(client, "GET", "/v1/assays/export", headers={"Accept": media})
        for media in ("text/csv", "application/x-ndjson")
    )
    yield "export_assays", {**_told(csv), **_told(ndjson)}
    sent = {"data": csv.get_data(), "content_type": "text/csv"}
    yield "import_assays", _told(_send(client, "POST", "/v1/assays/import", **sent))
    yield "list_assays", _told(_send(client, "GET", "/v1/assays"))
    other = _send(client, "POST", "/v1/assays", json={**LOT, "lot_id": "2026-0418"})
    gone = _send(client, "DELETE", other.headers["Location"], query_string=GONE)
    yield "delete_assay", _told(gone)


def _refusals(client: FlaskClient) -> Iterator[TestResponse]:
    """What a sender does wrong."""
    [assay] = _send(client, "GET", "/v1/assays").get_json()["assays"]
    path = f"/v1/assays/{assay['assay_id']}"
    yield _send(client, "POST", "/v1/estimates", data=b'{"items": [', content_type=JSON)
    yield _send(client, "POST", "/v1/assays", json=LOT, headers={"Idempotency-Key": "no good"})
    wrong = {"data": b"lot;date\n", "content_type": "text/csv"}
    yield _send(client, "POST", "/v1/assays/import", **wrong)
    yield _send(client, "GET", "/v1/sources/sekine2071")
    yield _send(client, "GET", f"/v1/assays/{FIRST}")
    yield _send(client, "GET", "/v1/assays/export", headers={"Accept": "image/png"})
    yield _send(client, "POST", "/v1/assays", json={**LOT, "method": "XRF"})
    other = _send(client, "POST", "/v1/assays", json={**LOT, "lot_id": "2026-0419"})
    _send(client, "DELETE", other.headers["Location"], query_string=GONE)
    yield _send(client, "GET", other.headers["Location"])
    yield _send(client, "PUT", path, json=LOT, headers={"If-Match": '"1"'})
    yield _send(client, "POST", "/v1/estimates", data=b"phones: 3", content_type="text/plain")
    yield from _unfit(client)
    yield _send(client, "PUT", path, json=LOT)


def _unfit(client: FlaskClient) -> Iterator[TestResponse]:
    """What can be read, but not be so."""
    phnoes = {"items": [{"category": "phnoe", "count": 3}]}
    yield _send(client, "POST", "/v1/estimates", json=phnoes)
    yield _send(client, "POST", "/v1/sampling-plans", json={**PLAN, "element": "Fe"})
    yield _send(client, "POST", "/v1/assays", json={**LOT, "date": "27.11.2026"})
    twice = {"data": b"lot_id\nx\n", "content_type": "text/csv"}
    yield _send(client, "POST", "/v1/assays/import", **twice)
    key = {"Idempotency-Key": "attempt-1"}
    _send(client, "POST", "/v1/assays", json={**LOT, "lot_id": "2026-0420"}, headers=key)
    yield _send(client, "POST", "/v1/assays", json={**LOT, "lot_id": "2026-0421"}, headers=key)
    yield _send(client, "GET", "/v1/assays?limit=1000")


def _failures(service: Callable[..., FlaskClient]) -> Iterator[TestResponse]:
    """What is wrong with the service."""
    sample = service(web_samples.loaded(), models=Path("/models"))
    yield _send(sample, "GET", "/v1/model/card")
    yield _send(service(max_body_bytes=10), "POST", "/v1/estimates", json=BATCH)
    yield from _kept_out(service)
    often = service(rate_limit="1 per hour")
    _send(often, "GET", "/v1/elements")
    yield _send(often, "GET", "/v1/elements")
    database = sample.application.extensions[ASSAY_DATABASE]
    refusing = Mock(add=Mock(side_effect=UnstorableLotError("the database refuses a value")))
    with patch.object(database, "_store", refusing):
        yield _send(sample, "POST", "/v1/assays", json=LOT)
    broken = Mock(estimate=Mock(side_effect=ZeroDivisionError))
    yield _send(service(web_samples.loaded(broken)), "POST", "/v1/estimates", json=BATCH)
    yield _send(service(models=Path("/models")), "GET", "/readyz")
    yield _send(service(database_url="sqlite:////nonexistent/assays.db"), "GET", "/v1/assays")


def _kept_out(service: Callable[..., FlaskClient]) -> Iterator[TestResponse]:
    """Nobody is let in without a key, and nobody by one that lacks the scope."""
    with tempfile.TemporaryDirectory() as folder:
        closed = Settings(anonymous="no", keys_file=Path(folder) / "keys.json")
        key = key_for(closed, Scope.ESTIMATE)
        client = service(anonymous="no", keys_file=closed.keys_file)
        yield _send(client, "GET", "/v1/elements")
        yield _send(client, "GET", "/v1/models", headers={"X-API-Key": key})


JSON = "application/json"


def _send(client: FlaskClient, method: str, path: str, **sent: Any) -> TestResponse:
    headers = {"X-Request-ID": "example-1", **sent.pop("headers", {})}
    return client.open(path, method=method, headers=headers, **sent)


def _told(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    found = answer.get_json() if answer.mimetype == JSON else answer.text
    return {answer.mimetype: _shortened(found)}


def _metrics(answer: TestResponse) -> dict[str, Any]:
    """The count of requests: what else there is hangs on the clock."""
    kept = [line for line in answer.text.splitlines() if "recycler_requests_total" in line]
    return {answer.mimetype: "\n".join((*kept, ""))}


def _shortened(found: Any) -> Any:
    """The same with the first entries of lists, and the beginning of long texts."""
    match found:
        case dict():
            kept = list(found.items())[: MOST if _is_a_table(found) else None]
            return {name: _shortened(value) for name, value in kept}
        case list():
            return [_shortened(entry) for entry in found[:MOST]]
        case str() if len(found) > LONGEST:
            return f"{found[:LONGEST].rsplit(chr(10), 1)[0]}\n..."
        case float():
            return float(f"{found:.6g}")
    return found


def _is_a_table(found: dict[str, Any]) -> bool:
    """Whether an object has names that no schema lists: factors, files, packages."""
    return len(found) > 12 and not found.keys() & {"category", "lot_id", "version", "after"}


def _settled(found: dict[str, Any]) -> dict[str, Any]:
    """The same with one name and one moment for those that are others every time."""
    text = json.dumps(found, ensure_ascii=False)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", FIRST, text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", NOW, text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-27 12:00 UTC", text)
    text = re.sub(r"go on in \d+ s", "go on in 3600 s", text)
    text = re.sub(r"since \d{4}-\d\d-\d\d", "since 2026-10-28", text)
    text = re.sub(r'("recent_from": )"[^"]+"', r'\1"2026-10-28"', text)
    return json.loads(text)


if __name__ == "__main__":
    written = json.dumps(examples(), ensure_ascii=False, indent=1)
    FILE.write_text(f"{written}\n", encoding="utf-8")
