"""What one request may ask for: every limit is there, and what is refused costs little."""

import gzip
import json
import socket
import time
from collections.abc import Iterator

import pytest
import web_samples
from served import served

from recycler.settings import Settings
from recycler.web.problems import ProblemSchema
from recycler.web.views.estimates import EXAMPLE

MIB = 1_048_576
JSON = {"Content-Type": "application/json"}
MOST_SAID = 64 * 1024
"""Bytes of the longest refusal: a small part of what was sent to provoke it."""


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """Port of a service with one worker."""
    folder = tmp_path_factory.mktemp("served")
    with served(folder, f"sqlite:///{folder}/assays.db", workers=1) as (port, _):
        yield port


def send(port, *lines, body=b""):
    """Send lines of a request as they are; the answer up to its end."""
    head = "\r\n".join((*lines, "Host: localhost", "Connection: close", "", ""))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode("latin-1") + body)
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((f"GET /v1/routes?{'a' * 4100} HTTP/1.1",), 414),
        (("GET /v1/routes HTTP/1.1", *(f"X-{i}: 1" for i in range(101))), 431),
        (("GET /v1/routes HTTP/1.1", f"X-Long: {'a' * 8200}"), 431),
        (("GET /v1/routes",), 400),
        (("GET /v1/routes HTTP/1.1", "Content-Length: 3", "Content-Length: 4"), 400),
        (("POST /v1/estimates HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked"), 400),
        (("POST /v1/estimates HTTP/1.1", "Content-Length: -1"), 400),
        (("GET /v1/routes HTTP/1.1", "Bad Name: 1"), 400),
    ],
)
def test_a_head_that_is_too_long_or_ambiguous_is_refused_by_the_server(port, lines, status):
    answer = send(port, *lines)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    head, body = answer.split(b"\r\n\r\n")
    assert b"\r\nContent-Type: application/problem+json\r\n" in head
    assert b"\r\nContent-Security-Policy: default-src 'none'" in head
    problem = json.loads(body)
    assert (problem["status"], problem["instance"], problem["errors"]) == (status, "", [])
    assert set(problem) == set(ProblemSchema().fields) - {"checks", "assay_id", "deleted"}
    assert "routes" not in problem["detail"]


def test_a_body_that_is_compressed_on_its_way_is_refused(port):
    bomb = gzip.compress(b" " * (20 * MIB))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb)
    line, kind = "POST /v1/estimates HTTP/1.1", "Content-Type: application/json"

    answer = send(port, line, kind, "Transfer-Encoding: gzip, chunked", body=chunked)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"])
def test_a_compressed_body_is_refused_unopened(client, encoding):
    bomb = gzip.compress(b" " * (20 * MIB))

    answer = client.post("/v1/estimates", data=bomb, headers={**JSON, "Content-Encoding": encoding})

    assert answer.status_code == 415
    assert "without a Content-Encoding" in answer.json["detail"]


DIGITS = "9" * 1_000_000


def _items(line):
    return json.dumps({"items": [line] * 1000}).encode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 500_000, 400),
        (b'{"items":' * 100_000, 400),
        (b'{"items":[{"category":"phone","count":' + DIGITS.encode() + b"}]}", 422),
        (b'{"items":[{"category":"phone","count":0.3' + DIGITS.encode() + b"}]}", 422),
        (b'{"items":[{"category":"phone","count":1e' + DIGITS.encode() + b"}]}", 422),
        (b'{"items":[{"category":"' + b"x" * 1_000_000 + b'","count":1}]}', 422),
        (b'{"items":[{"' + b"x" * 1_000_000 + b'":1}]}', 400),
        (json.dumps({f"unknown {i}": 1 for i in range(50_000)}).encode(), 400),
        (json.dumps({f"unknown {i}": 1 for i in range(99)}).encode(), 422),
        (_items({f"unknown {i}": 1 for i in range(60)}), 422),
        (_items({"category": "phnoe", "count": -1, "year": "x", "state": 3}), 422),
        (json.dumps({"items": [{"category": "phone", "count": 1}] * 20_000}).encode(), 422),
    ],
    ids=lambda value: str(value[:40]) if isinstance(value, bytes) else str(value),
)
def test_a_hostile_body_is_refused_soon_and_in_few_words(post, body, status):
    assert len(body) <= MIB + 100
    begun = time.thread_time()

    answer = post(body[:MIB])

    assert answer.status_code == status
    assert len(answer.data) < MOST_SAID
    assert len(answer.json["errors"]) <= 50
    assert time.thread_time() - begun < 5  # s; a fraction of one on a machine that is not busy


@pytest.mark.parametrize("path", ["/v1/sources", "/v1/assays", "/v1/monitoring"])
@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"unknown{i}=1" for i in range(300)),
        "table=" + "x" * 4000,
        "plant=" + "%00" * 1300,
        "&".join(["plant=a"] * 400),
        "=&" * 2000,
    ],
    ids=["many names", "long value", "no text", "one name often", "no names"],
)
def test_a_hostile_query_is_refused_in_few_words(client, path, query):
    answer = client.get(f"{path}?{query}")

    assert answer.status_code == 422
    assert len(answer.data) < MOST_SAID
    assert len(answer.json["errors"]) <= 50


ANALYSED = {"category": "magnet", "count": 9, "assay": {"samples": [{"Nd": 22.0}]}}


@pytest.fixture
def narrow(client_of, tmp_path):
    """A client of a service of which little may be asked."""
    told = Settings(
        models=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'assays.db'}",
        max_analysed_lines=2,
        max_planned_lines=3,
        max_import_lots=2,
    )
    return client_of(told, web_samples.loaded())


def _analysed(masses):
    return [ANALYSED | {"unit_mass_kg": mass} for mass in masses]


def test_lines_with_analyses_of_their_own_are_limited(narrow):
    plain = [{"category": "phone", "count": 1, "year": 1990 + i} for i in range(20)]
    two, three = _analysed([1, 2]), _analysed([1, 2, 3])

    assert narrow.post("/v1/estimates", json={"items": two + plain}).status_code == 200
    refused = narrow.post("/v1/estimates", json={"items": three + plain})
    assert refused.status_code == 422
    [wrong] = refused.json["errors"]
    assert wrong["pointer"] == "/items"
    assert wrong["message"] == (
        "3 lines differ and carry an assay or a declared composition; "
        "at most 2 such lines are estimated together"
    )


def test_a_declared_composition_counts_like_an_analysis(narrow):
    items = [
        {"category": "motor", "count": 1, "magnet": {"composition": {"Nd": 20 + i}}}
        for i in range(3)
    ]

    assert narrow.post("/v1/route-comparisons", json={"items": items}).status_code == 422


def test_lines_that_differ_in_size_alone_count_once(narrow):
    items = [{**ANALYSED, "count": None, "mass_kg": 5 + i} for i in range(5)]
    for item in items:
        del item["count"], item["assay"]
        item["magnet"] = {"composition": {"Nd": 22}}

    assert narrow.post("/v1/estimates", json={"items": items}).status_code == 200


def test_lines_that_are_planned_together_are_limited(narrow):
    def plan(lines):
        items = [{"category": "phone", "count": 9, "year": 1990 + i} for i in range(lines)]
        document = {"batch": {"items": items}, "element": "Nd", "relative_half_width": 0.4}
        return narrow.post("/v1/sampling-plans", json=document)

    assert plan(3).status_code == 200
    [wrong] = plan(4).json["errors"]
    assert wrong == {
        "pointer": "/batch/items",
        "message": "4 lines differ; at most 3 lines that differ are planned together",
    }


@pytest.mark.parametrize(("lots", "status"), [(2, 200), (3, 413)])
def test_lots_of_an_import_are_limited(narrow, lots, status):
    rows = "".join(f"{i},2026-01-01,balance,phone,9,hydrometallurgy,1\n" for i in range(lots))
    table = "lot_id,date,method,category,count,route,recovered_Nd_kg\n" + rows

    answer = narrow.post("/v1/assays/import", data=table, headers={"Content-Type": "text/csv"})

    assert answer.status_code == status
    if status == 413:
        assert answer.json["detail"] == "The list holds more than the 2 lots that are read."
        assert narrow.get("/v1/assays").json["assays"] == []


def test_the_shipped_example_is_within_every_limit(client):
    assert client.post("/v1/estimates", json=EXAMPLE).status_code == 200
