"""/v1/assays/import and /v1/assays/export: all or nothing in, everything out, on each database."""

import json

import pytest
from lot_samples import MAGNETS, lot_json
from test_problems import check_problem

from recycler.assays import DatabaseUnavailableError
from recycler.settings import Settings
from recycler.web import openapi_document
from recycler.web.app import ASSAY_DATABASE
from recycler.web.lots.lot_lists import write_lots_ndjson
from recycler.web.lots.lot_tables import write_lots_csv
from recycler.web.lots.schema import EXAMPLE, read_lot

CSV, NDJSON = "text/csv", "application/x-ndjson"
WRITERS = {CSV: write_lots_csv, NDJSON: write_lots_ndjson}
LOTS = [read_lot(document, Settings()) for document in (EXAMPLE, MAGNETS)]


def written(media, lots=LOTS) -> bytes:
    return "".join(WRITERS[media](lots)).encode()


@pytest.fixture
def send(assay_client):
    def send(body, media=CSV, **options):
        return assay_client.post("/v1/assays/import", data=body, content_type=media, **options)

    return send


@pytest.fixture
def export(assay_client):
    def export(media=CSV, **query):
        headers = {} if media is None else {"Accept": media}
        return assay_client.get("/v1/assays/export", query_string=query, headers=headers)

    return export


@pytest.mark.parametrize("media", WRITERS)
def test_a_list_is_stored_once_and_comes_back_as_it_was(send, export, media):
    first, again = send(written(media), media), send(written(media), media)

    assert (first.status_code, first.json) == (200, {"added": 2, "unchanged": 0})
    assert (again.status_code, again.json) == (200, {"added": 0, "unchanged": 2})
    for form in WRITERS:
        assert export(form).data == written(form)
        assert export(form).mimetype == form


def test_a_charset_that_is_utf8_may_be_named(send):
    assert send(written(CSV), "text/csv; charset=UTF-8; header=present").status_code == 200


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, CSV),
        ("*/*", CSV),
        ("text/*", CSV),
        ("text/html, application/x-ndjson;q=0.9, */*;q=0.1", NDJSON),
        ("application/x-ndjson, text/csv;q=0.5", NDJSON),
    ],
)
def test_the_accept_header_chooses_the_form(export, accept, media):
    answer = export(accept)

    assert answer.status_code == 200
    assert answer.mimetype == media
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=assays.")


@pytest.mark.parametrize("accept", ["application/json", "text/csv;q=0", "text/html"])
def test_a_form_that_there_is_not_is_406(export, accept):
    problem = check_problem(export(accept), 406)

    assert problem["detail"] == "Lots are sent as text/csv or application/x-ndjson."


def test_an_export_of_no_lots_is_an_empty_list(export):
    assert export(CSV).text.count("\n") == 1
    assert export(NDJSON).data == b""


def test_an_export_takes_the_filters_of_the_list_but_no_page(send, export):
    send(written(CSV))

    assert [json.loads(export(NDJSON, category="magnet").data)["lot_id"]] == ["a-1"]
    problem = check_problem(export(NDJSON, limit=1), 422)
    assert problem["errors"][0]["pointer"] == "/limit"


def test_deleted_lots_are_not_exported(assay_client, send, export):
    send(written(CSV))
    [first, second] = assay_client.get("/v1/assays").json["assays"]
    gone = {"who": "Ada", "why": "twice"}
    assay_client.delete(f"/v1/assays/{first['assay_id']}", query_string=gone)

    assert json.loads(export(NDJSON).data) == second["lot"]


HEAD = "lot_id,date,method,category,count,sample_Nd\n"


def test_of_a_list_with_anything_wrong_nothing_is_stored_and_all_that_is_wrong_is_named(
    assay_client, send
):
    rows = "a,2026-01-02,XRF,motor,9,20\nb,2026-01-02,XRF,motor,0,20\nc,x,XRF,motor,9,50\n"
    problem = check_problem(send(HEAD + rows), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-lots"
    assert problem["detail"] == "2 fields are wrong."
    assert [error["pointer"] for error in problem["errors"]] == ["/3/count", "/4/date"]
    assert problem["errors"][0]["message"].startswith("Line 3, column count: count must be")
    assert assay_client.get("/v1/assays").json["assays"] == []


def test_of_a_list_with_a_lot_that_is_there_otherwise_nothing_is_stored(assay_client, send):
    stored = assay_client.post("/v1/assays", json=MAGNETS).json
    lots = [read_lot(lot_json("b"), Settings()), read_lot(lot_json("a-1", nd=9), Settings())]
    problem = check_problem(send(written(NDJSON, lots), NDJSON), 409)

    assert problem["type"] == "urn:problem-type:recycler:duplicate-lot"
    assert problem["assay_id"] == stored["assay_id"]
    assert problem["detail"].startswith("Line 2: Plant 'north' has a lot 'a-1' already")
    assert len(assay_client.get("/v1/assays").json["assays"]) == 1


def test_of_a_table_it_is_the_line_where_the_lot_begins_that_is_named(assay_client, send):
    """Lots take several rows, and rows may be empty: their number is not that of the line."""
    assay_client.post("/v1/assays", json=MAGNETS)
    other = read_lot(lot_json("a-1", nd=9), Settings())
    head, *rows = written(CSV, [LOTS[0], other]).decode().splitlines()
    problem = check_problem(send("\n".join([head, "", *rows])), 409)

    assert len(rows) == 3
    assert problem["detail"].startswith("Line 5: Plant 'north' has a lot 'a-1' already")


@pytest.mark.parametrize(
    ("body", "media", "status", "kind"),
    [
        (b"", CSV, 400, "malformed-table"),
        (b"lot_id,colour\n", CSV, 400, "malformed-table"),
        (b"\xff\xfe\0", CSV, 400, "malformed-table"),
        (b'lot_id\n"', CSV, 400, "malformed-table"),
        (HEAD, CSV, 422, "invalid-lots"),
        (HEAD + "a,2026-01-02\n", CSV, 422, "invalid-lots"),
        (HEAD + "a\0,2026-01-02,XRF,motor,9,20\n", CSV, 422, "invalid-lots"),
        (b"", NDJSON, 422, "invalid-lots"),
        (b"{\n", NDJSON, 422, "invalid-lots"),
        (b"[" * 100_000, NDJSON, 422, "invalid-lots"),
        (b'{"lot_id": "\\ud800"}\n', NDJSON, 422, "invalid-lots"),
    ],
)
def test_what_is_no_list_of_lots_is_refused(send, body, media, status, kind):
    problem = check_problem(send(body, media), status)

    assert problem["type"] == f"urn:problem-type:recycler:{kind}"


@pytest.mark.parametrize("media", ["application/json", "", "text/csv; charset=latin-1"])
def test_another_media_type_is_415(send, media):
    problem = check_problem(send(written(CSV), media), 415)

    assert "text/csv or application/x-ndjson" in problem["detail"]


def test_a_compressed_body_is_415(send):
    check_problem(send(written(CSV), headers={"Content-Encoding": "gzip"}), 415)


def test_imports_have_a_limit_of_their_own(client_of, settings, tmp_path):
    """A list may be larger than any other body."""
    table, url = written(CSV), f"sqlite:///{tmp_path}/assays.db"
    limits = {"max_body_bytes": 10, "max_import_bytes": len(table), "database_url": url}
    post = client_of(Settings(models=settings.models, **limits)).post

    assert post("/v1/assays/import", data=table, content_type=CSV).status_code == 200
    check_problem(post("/v1/assays/import", data=table + b"\n", content_type=CSV), 413)


def test_an_export_that_fails_at_once_is_an_error_not_half_a_list(assay_app, monkeypatch):
    def failing(_self, _filters):
        raise DatabaseUnavailableError("it is gone")
        yield

    database = assay_app.extensions[ASSAY_DATABASE]
    monkeypatch.setattr(type(database._store), "iterate", failing)

    check_problem(assay_app.test_client().get("/v1/assays/export"), 503)


def test_a_reader_who_leaves_an_export_early_frees_the_database(assay_app, send):
    send(written(NDJSON, [read_lot(lot_json(str(n)), Settings()) for n in range(300)]), NDJSON)
    answer = assay_app.test_client().get("/v1/assays/export", buffered=False)
    begun = next(iter(answer.response))
    answer.close()
    pool = assay_app.extensions[ASSAY_DATABASE]._store._database._opened[2].pool

    assert begun.startswith(b"lot_id,plant,")
    assert pool.checkedout() == 0


def test_both_forms_are_documented(settings):
    paths = openapi_document(settings)["paths"]
    sent = paths["/v1/assays/import"]["post"]["requestBody"]["content"]
    answered = paths["/v1/assays/export"]["get"]["responses"]["200"]["content"]

    assert sent.keys() == answered.keys() == WRITERS.keys()
