"""Requests that are nearly right, made by a seeded chance: which endpoint, what it is sent."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

import orjson
from json_mutations import FRAGMENTS, NUMBERS, TEXTS, mutated_json
from table_mutations import mutated_table

from recycler.settings import Settings
from recycler.web.lots.lot_lists import write_lots_ndjson
from recycler.web.lots.lot_tables import write_lots_csv
from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.lots.schema import read_lot
from recycler.web.views.estimates import EXAMPLE as BATCH
from recycler.web.views.sampling_plans import EXAMPLE as PLAN


@dataclass(frozen=True)
class Request:
    """One request: what a server would hand to the application."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    query: str = ""
    headers: Mapping[str, str] | None = None


def _lots() -> list[dict[str, Any]]:
    """Three lots: magnets with two samples, motors with a label, phones that were only won."""
    motors = {
        "magnet": {"type": "NdFeB", "mass_g": 1500, "grade": "N42SH", "composition": {"Nd": 25}},
        "year": 2015,
        "unit_mass_kg": 30,
        "origin": "end_of_life",
        "estimate_id": "0123456789abcdef" * 2,
    }
    phones = {"lot_id": "b-2", "date": "2026-01-02", "method": "x", "category": "phone", "count": 9}
    won = {"route": "shredding", "recovered_kg": {"Nd": 0.001}}
    return [LOT, {**LOT, **motors, "lot_id": "a-1", "plant": "süd"}, {**phones, **won}]


_READ = [read_lot(lot, Settings()) for lot in _lots()]
_NDJSON = [orjson.loads(line) for line in write_lots_ndjson(_READ)]


def _table() -> list[list[str]]:
    """The same lots as a table, with the columns that any of them fills and one that none does."""
    rows = list(csv.reader(io.StringIO("".join(write_lots_csv(_READ)))))
    kept = [i for i, name in enumerate(rows[0]) if any(row[i] for row in rows[1:])]
    return [[row[i] for i in [*kept, rows[0].index("sample_Ce")]] for row in rows]


_TABLE = _table()


def request_of(rng: Random) -> Request:
    """The next request: as a rule a changed document, now and then changed headers or queries."""
    (made,) = rng.choices([make for make, _ in _MIX], [share for _, share in _MIX])
    asked = made(rng)
    return _with_odd_headers(rng, asked) if rng.random() < 0.04 else asked


def _estimate(rng: Random) -> Request:
    path = rng.choice(("/v1/estimates", "/v1/estimates", "/v1/route-comparisons"))
    return Request("POST", path, mutated_json(rng, BATCH))


def _plan(rng: Random) -> Request:
    return Request("POST", "/v1/sampling-plans", mutated_json(rng, PLAN))


def _lot(rng: Random) -> Request:
    return Request("POST", "/v1/assays", mutated_json(rng, rng.choice(_NDJSON)))


def _csv(rng: Random) -> Request:
    return Request("POST", "/v1/assays/import", mutated_table(rng, _TABLE), "text/csv")


def _ndjson(rng: Random) -> Request:
    lines = [orjson.dumps(lot) for lot in _NDJSON]
    lines[rng.randrange(len(lines))] = mutated_json(rng, rng.choice(_NDJSON))
    body = rng.choice((b"\n", b"\n", b"\r\n", b"\r", b"\n\n")).join(lines)
    return Request("POST", "/v1/assays/import", body, "application/x-ndjson")


def _huge(rng: Random) -> Request:
    """Documents of many thousand fields, brackets, cells or digits, at and above the limits."""
    many = 100_000
    documents: tuple[tuple[bytes, str, str], ...] = (
        (b"[" * many, "/v1/estimates", "application/json"),
        (b'{"items":' * (many // 2), "/v1/estimates", "application/json"),
        (b'{"items": [' + b"1," * many + b"1]}", "/v1/estimates", "application/json"),
        (_of_names(b"f%d", many // 2), "/v1/estimates", "application/json"),
        (_of_names(b"f%d" + b"x" * 5000, 60), "/v1/sampling-plans", "application/json"),
        (b'{"' + b"n" * 900_000 + b'": 1}', "/v1/route-comparisons", "application/json"),
        (b'{"level": ' + b"9" * 900_000 + b"}", "/v1/estimates", "application/json"),
        (b'{"batch_id": "' + b"\\u0000" * many + b'"}', "/v1/assays", "application/json"),
        (b" " * 2_000_000, "/v1/assays", "application/json"),
        (b"lot_id," * many, "/v1/assays/import", "text/csv"),
        (b"lot_id\n" + b'"\n' * many, "/v1/assays/import", "text/csv"),
        (b"lot_id,date\n" + b"a,b\n" * many, "/v1/assays/import", "text/csv"),
        (b'lot_id\n"' + b"x" * 1_000_000 + b'"', "/v1/assays/import", "text/csv"),
        (b"{}\n" * many, "/v1/assays/import", "application/x-ndjson"),
        (b"\n" * many, "/v1/assays/import", "application/x-ndjson"),
    )
    body, path, content_type = rng.choice(documents)
    return Request("POST", path, body, content_type)


def _of_names(form: bytes, number: int) -> bytes:
    names = (b'"' + form % i + b'": 1' for i in range(number))
    return b"{" + b",".join(names) + b"}"


def _query(rng: Random) -> Request:
    """Questions by query string, with known and unknown parameters."""
    path = rng.choice(("/v1/assays", "/v1/assays/export", "/v1/sources", "/v1/monitoring"))
    names = (
        "plant",
        "category",
        "limit",
        "after",
        "measured_from",
        "quarantined",
        "table",
        "since",
    )
    asked = (f"{rng.choice((*names, 'x', ''))}={_quoted(rng)}" for _ in range(rng.randint(0, 4)))
    return Request("GET", path, query=rng.choice(("&", "&", ";")).join(asked))


def _path(rng: Random) -> Request:
    """Paths and methods that there are not, or nearly are."""
    before = rng.choice(("/v1/assays/", "/v1/sources/", "/v1/", "/", "//", "/v1/models/../"))
    method = rng.choice(("GET", "PUT", "DELETE", "POST", "OPTIONS", "HEAD", "TRACE", "BREW"))
    return Request(method, before + rng.choice((*TEXTS, "plant:north", "history")), b"{}")


def _quoted(rng: Random) -> str:
    text = rng.choice((*TEXTS, *NUMBERS, "north", "phone", "true", "2026-01-01"))
    raw = rng.choice((text.encode(), text.encode(), rng.choice(FRAGMENTS)))
    return quote_from_bytes(raw[:2000]) if rng.random() < 0.9 else "%zz%"


_MIX: tuple[tuple[Callable[[Random], Request], float], ...] = (
    (_estimate, 0.33),
    (_plan, 0.09),
    (_lot, 0.18),
    (_csv, 0.22),
    (_ndjson, 0.07),
    (_query, 0.06),
    (_path, 0.048),
    (_huge, 0.002),
)
"""What is asked for, and its share: the huge are few, since one costs as much as a hundred."""

_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "If-Match",
    "X-Request-ID",
    "Accept",
    "Host",
    "X-Forwarded-For",
    "Range",
    "Cookie",
    "Authorization",
)

_HEADER_TEXTS = (
    *(text for text in TEXTS if text.isprintable() and len(text) < 200),
    "gzip",
    "application/json; charset=utf-16",
    "application/json; charset=\xff",
    "text/csv; charset",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    '"1"',
    'W/"1", "',
    "*",
    "*/*;q=nan",
    "text/csv;q=1e999, */*;q=-1",
    "a" * 129,
    "bytes=0-,-1",
    "Basic \xff",
)


def _with_odd_headers(rng: Random, asked: Request) -> Request:
    """The same with one to three headers that hold anything; a server would refuse line ends."""
    headers = {rng.choice(_HEADERS): rng.choice(_HEADER_TEXTS) for _ in range(rng.randint(1, 3))}
    own = headers.pop("Content-Type", asked.content_type)
    return Request(asked.method, asked.path, asked.body, own, asked.query, headers)
