"""Assays end to end: gunicorn with two workers on one SQLite file, which goes and comes back."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from lot_samples import lot_json
from served import served

from recycler.web.views.estimates import EXAMPLE as BATCH

THREADS = 8


@dataclass(frozen=True)
class Service:
    """A running service, and the file that it keeps its assays in."""

    port: int
    file: Path

    def ask(self, method: str, path: str, document: Any = None, **headers: str):
        """Send one request; return status, headers and body."""
        body = None if document is None else json.dumps(document).encode()
        sent = {"Content-Type": "application/json"} if body else {}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, sent | names)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def store(self, number: int):
        """Send the lot of a number under the key of that number."""
        return self.ask(
            "POST", "/v1/assays", lot_json(f"lot-{number}"), Idempotency_Key=f"key-{number}"
        )

    def stored(self) -> dict[str, str]:
        """lot_id -> assay_id of every lot, page by page."""
        path, found = "/v1/assays?limit=50", {}
        while path:
            status, _, body = self.ask("GET", path)
            assert status == 200
            page = json.loads(body)
            found |= {one["lot"]["lot_id"]: one["assay_id"] for one in page["assays"]}
            path = page["next"] and f"/v1/assays?limit=50&after={page['next']}"
        return found

    def database_check(self) -> dict[str, Any]:
        """What /readyz says of the database, as seen by the worker that happens to answer."""
        status, _, body = self.ask("GET", "/readyz")
        assert status == 200
        [check] = [c for c in json.loads(body)["checks"] if c["check"] == "database"]
        return check

    @contextmanager
    def without_file(self) -> Iterator[None]:
        """A folder stands where the file was, until the file is back."""
        aside = self.file.with_suffix(".aside")
        self.file.rename(aside)
        self.file.mkdir()
        try:
            yield
        finally:
            self.file.rmdir()
            aside.rename(self.file)


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    """Two workers of three threads, stopped by SIGTERM afterwards."""
    file = tmp_path / "assays.db"
    settings = {"workers": 2, "threads": 3, "database_timeout_s": 20, "retry_after_s": 3}
    with served(tmp_path, f"sqlite:///{file}", **settings) as (port, _):
        yield Service(port, file)


def test_nothing_acknowledged_is_lost_while_the_database_goes_and_comes_back(service):
    acknowledged: dict[str, str] = {}

    def note(answer):
        status, headers, body = answer
        assert status in (201, 503), body
        if status == 201:
            made = json.loads(body)
            acknowledged[made["lot"]["lot_id"]] = made["assay_id"]
        else:
            assert headers["Retry-After"] == "3"
            assert "database-unavailable" in json.loads(body)["type"]
        return status

    with ThreadPoolExecutor(THREADS) as threads:
        before = {note(answer) for answer in threads.map(service.store, range(60))}
        under_way = [threads.submit(service.store, number) for number in range(60, 120)]
        with service.without_file():
            for answer in under_way:
                note(answer.result())
            gone = {note(answer) for answer in threads.map(service.store, range(120, 140))}
            estimates = threads.map(
                lambda _: service.ask("POST", "/v1/estimates", BATCH)[0], range(20)
            )
            assert set(estimates) == {200}
            checks = [service.database_check() for _ in range(4)]
        again = {note(answer) for answer in threads.map(service.store, range(160))}

    assert (before, gone, again) == ({201}, {503}, {201})
    assert not any(check["passed"] for check in checks)
    assert "cannot be used" in checks[0]["detail"]
    assert service.database_check()["passed"]
    assert service.stored() == acknowledged
    assert len(acknowledged) == 160


def test_one_key_sent_to_both_workers_at_once_stores_one_lot(service):
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda _: service.store(1), range(3 * THREADS)))

    assert {status for status, _, _ in answers} == {201}
    assert len({body for _, _, body in answers}) == 1
    assert len(service.stored()) == 1


def test_changes_to_one_lot_by_both_workers_are_all_or_refused(service):
    """Every writer reads, changes and tries again until its change is in: none is overwritten."""
    path = f"/v1/assays/{json.loads(service.store(1)[2])['assay_id']}"

    def add_a_sample(number: int) -> None:
        while True:
            _, headers, body = service.ask("GET", path)
            lot = json.loads(body)["lot"]
            changed = {**lot, "samples": [*lot["samples"], {"Nd": number}]}
            status, _, _ = service.ask("PUT", path, changed, If_Match=headers["ETag"])
            assert status in (200, 412)
            if status == 200:
                return

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(add_a_sample, range(1, THREADS + 1)))

    made = json.loads(service.ask("GET", path)[2])
    assert sorted(s["Nd"] for s in made["lot"]["samples"]) == [*range(1, THREADS + 1), 22.8]
    assert made["version"] == 1 + THREADS
    versions = json.loads(service.ask("GET", f"{path}/history")[2])["versions"]
    assert [version["version"] for version in versions] == list(range(1, THREADS + 1))


def test_an_export_is_streamed_and_can_be_imported_again(service):
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(service.store, range(150)))
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", "/v1/assays/export")
    answer = connection.getresponse()
    table = answer.read()
    connection.request("POST", "/v1/assays/import", table, {"Content-Type": "text/csv"})
    imported = json.loads(connection.getresponse().read())
    connection.close()

    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert imported == {"added": 0, "unchanged": 150}
