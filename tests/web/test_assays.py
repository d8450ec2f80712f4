"""/v1/assays, one lot at a time, on each kind of database: what is kept, and every refusal."""

import json
from urllib.parse import quote

import pytest
from lot_samples import GONE, MAGNETS
from test_openapi import check, schema_of
from test_problems import check_problem

from recycler.web.lots.schema import EXAMPLE

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def post(assay_client):
    def post(lot=EXAMPLE, key=None, **headers):
        if key is not None:
            headers["Idempotency-Key"] = key
        return assay_client.post("/v1/assays", json=lot, headers=headers)

    return post


@pytest.fixture
def stored(post):
    """The example as it was stored."""
    return post().json


@pytest.fixture
def put(assay_client):
    def put(stored, lot, version=None):
        headers = {} if version is None else {"If-Match": version}
        return assay_client.put(f"/v1/assays/{stored['assay_id']}", json=lot, headers=headers)

    return put


@pytest.fixture
def delete(assay_client):
    def delete(stored, headers=None, **query):
        path = f"/v1/assays/{stored['assay_id']}"
        return assay_client.delete(path, query_string=GONE | query, headers=headers)

    return delete


def test_a_lot_is_stored_and_found_where_the_answer_says(assay_client, post, document):
    made = post()
    found = assay_client.get(made.headers["Location"])

    assert made.status_code == 201
    assert found.status_code == 200
    assert found.json == made.json
    assert made.json["lot"] == {**EXAMPLE, "origin": "end_of_life"}
    assert made.json["version"] == 1
    assert made.json["created_at"] == made.json["updated_at"]
    assert (made.json["quarantined"], made.json["deleted"]) == (None, None)
    assert made.headers["ETag"] == found.headers["ETag"] == '"1"'
    check(document, schema_of(document, "/v1/assays", "201", "post"), made.json)
    check(document, schema_of(document, "/v1/assays/{assay_id}", "200"), found.json)


def test_the_example_is_a_lot_by_the_document(document):
    body = document["paths"]["/v1/assays"]["post"]["requestBody"]["content"]["application/json"]

    assert body["example"] == EXAMPLE
    check(document, body["schema"], EXAMPLE)


def test_a_lot_without_a_plant_is_the_services_own(post):
    lot = {name: value for name, value in MAGNETS.items() if name != "plant"}

    assert post(lot).json["lot"]["plant"] == "own"


def test_a_repeated_key_gives_the_same_answer_and_stores_nothing(assay_client, post):
    first, again = post(key="a.1"), post(key="a.1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert len(assay_client.get("/v1/assays").json["assays"]) == 1


def test_a_repeated_key_gives_the_same_answer_after_a_change(post, put):
    first = post(key="a")
    put(first.json, {**EXAMPLE, "count": 41}, '"1"')

    assert post(key="a").data == first.data


def test_the_same_lot_written_otherwise_is_the_same_body(assay_client, post):
    first = post(key="k")
    text = json.dumps({**EXAMPLE, "count": 40.0, "origin": "end_of_life"}, indent=3)
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}

    assert assay_client.post("/v1/assays", data=text, headers=headers).data == first.data


def test_a_key_with_another_body_is_refused_and_names_the_assay(post):
    stored = post(key="k").json
    problem = check_problem(post({**EXAMPLE, "count": 41}, key="k"), 422)

    assert problem["type"] == "urn:problem-type:recycler:idempotency-key-reused"
    assert problem["assay_id"] == stored["assay_id"]


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "ä", 'quoted"', "a;b", "<script>"])
def test_a_key_that_is_not_sane_is_malformed(post, key):
    problem = check_problem(post(key=key.encode().decode("latin-1")), 400)

    assert problem["type"] == "urn:problem-type:recycler:malformed-header"
    assert "Idempotency-Key must be 1 to 128 letters" in problem["detail"]


def test_the_second_lot_of_a_name_is_a_conflict_and_names_the_first(post, stored):
    problem = check_problem(post({**EXAMPLE, "count": 41}), 409)

    assert problem["type"] == "urn:problem-type:recycler:duplicate-lot"
    assert problem["assay_id"] == stored["assay_id"]
    assert stored["assay_id"] in problem["detail"]


def test_another_plant_may_use_the_name(post):
    post()

    assert post({**EXAMPLE, "plant": "south"}).status_code == 201


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"samples": [{"Nd": 50}]}, "/samples/0"),
        ({"lot_id": "a\0b"}, "/lot_id"),
        ({"lot_id": "\u2028"}, "/lot_id"),
        ({"count": 10**400}, "/count"),
        ({"assay": {"samples": []}}, "/assay"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_no_lot_is_422_and_names_the_field(post, assay_client, changed, pointer):
    problem = check_problem(post({**EXAMPLE, **changed}), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-lot"
    assert problem["detail"] == "One field is wrong."
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert assay_client.get("/v1/assays").json["assays"] == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"lot_id": "\\udc00"}', "application/json", 400),
        (b'{"lot_id": "\xff"}', "application/json", 400),
        (b'{"lot_id": NaN}', "application/json", 400),
        (json.dumps(EXAMPLE).encode(), "text/csv", 415),
        (b" " * 2_000_000, "application/json", 413),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_no_body_is_refused_by_every_way_in(
    assay_client, stored, method, body, content_type, status
):
    path = "/v1/assays" if method == "POST" else f"/v1/assays/{stored['assay_id']}"
    headers = {"If-Match": '"1"'}

    check_problem(
        assay_client.open(
            path, method=method, data=body, content_type=content_type, headers=headers
        ),
        status,
    )


WORDS = [
    "Robert'); DROP TABLE lots;--",
    "100 % \\ _ ' \" ; --",
    "Süd/Ofen 3 🧲",
    "\u202egnirts",
    "e\u0301 is not \u00e9",
    "../../etc/passwd",
    "{{7*7}} ${7*7} %s %(a)s :name ?",
    "=1+1",
    "null",
]


@pytest.mark.parametrize("word", WORDS)
def test_any_text_comes_back_as_it_was_sent_and_finds_its_lot_alone(assay_client, post, word):
    post({**EXAMPLE, "lot_id": "other"})
    made = post({**EXAMPLE, "lot_id": word, "plant": word, "method": word, "line_id": word})

    assert made.status_code == 201
    for name in ("plant", "method"):
        found = assay_client.get("/v1/assays", query_string={name: word}).json["assays"]
        assert found == [made.json]


@pytest.mark.parametrize(
    "name", [NOBODY, "x", "imports", "x" * 5000, "%00", "%ff", "'; --", quote("ä"), NOBODY.upper()]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_assay_that_never_was_is_404(assay_client, name, method):
    answer = assay_client.open(
        f"/v1/assays/{name}",
        method=method,
        json=EXAMPLE,
        headers={"If-Match": '"1"'},
        query_string=GONE,
    )
    problem = check_problem(answer, 404)

    assert problem["type"] == "urn:problem-type:recycler:unknown-assay"
    assert len(problem["detail"]) < 300


@pytest.mark.parametrize(("name", "allowed"), [("import", {"POST"}), ("export", {"GET", "HEAD"})])
def test_a_list_beside_the_assays_is_no_name_of_one(assay_client, name, allowed):
    answer = assay_client.delete(f"/v1/assays/{name}", query_string=GONE)

    check_problem(answer, 405)
    assert allowed | {"OPTIONS"} == answer.allow.as_set(preserve_casing=True)


@pytest.mark.parametrize("sent", ["", ",", " "])
def test_a_deletion_if_nothing_in_particular_matches_is_refused(stored, assay_client, sent):
    path = f"/v1/assays/{stored['assay_id']}"
    answer = assay_client.delete(path, query_string=GONE, headers={"If-Match": sent})

    assert "If-Match must name a version" in check_problem(answer, 400)["detail"]
    assert assay_client.get(path).status_code == 200


def test_the_history_of_an_assay_that_never_was_is_404(assay_client):
    problem = check_problem(assay_client.get(f"/v1/assays/{NOBODY}/history"), 404)

    assert problem["type"] == "urn:problem-type:recycler:unknown-assay"


def test_a_replacement_has_the_next_version_and_the_history_keeps_the_first(
    assay_client, put, stored, document
):
    changed = put(stored, {**EXAMPLE, "count": 41}, '"1"')
    path = f"/v1/assays/{stored['assay_id']}"
    history = assay_client.get(f"{path}/history").json

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json["lot"]["count"] == 41
    assert changed.json["created_at"] == stored["created_at"] <= changed.json["updated_at"]
    assert assay_client.get(path).json == changed.json
    assert history["assay_id"] == stored["assay_id"]
    assert [(v["version"], v["lot"]) for v in history["versions"]] == [(1, stored["lot"])]
    check(document, schema_of(document, "/v1/assays/{assay_id}/history", "200"), history)


def test_what_was_read_can_be_sent_back_and_changes_nothing(put, stored):
    again = put(stored, stored["lot"], '"1"')

    assert (again.status_code, again.json) == (200, stored)


def test_a_replacement_must_say_which_version_it_replaces(put, stored):
    problem = check_problem(put(stored, EXAMPLE), 428)

    assert problem["type"] == "urn:problem-type:recycler:version-required"


@pytest.mark.parametrize(
    "tag", ['"2"', '"0"', '"-1"', 'W/"1"', '"1 "', '"\u0661"', '"' + "9" * 999 + '"']
)
def test_a_replacement_of_another_version_is_refused(assay_client, put, stored, tag):
    problem = check_problem(
        put(stored, {**EXAMPLE, "count": 41}, tag.encode().decode("latin-1")), 412
    )

    assert problem["type"] == "urn:problem-type:recycler:stale-version"
    assert 'at version "1"' in problem["detail"]
    assert assay_client.get(f"/v1/assays/{stored['assay_id']}").json == stored


@pytest.mark.parametrize("tag", ['"1"', "*", '"7", "1"'])
def test_if_match_is_read_as_http_has_it(put, stored, tag):
    assert put(stored, {**EXAMPLE, "count": 41}, tag).status_code == 200


def test_a_replacement_may_not_take_the_name_of_another_lot(post, put, stored):
    other = post({**EXAMPLE, "lot_id": "other"}).json
    problem = check_problem(put(stored, {**EXAMPLE, "lot_id": "other"}, '"1"'), 409)

    assert problem["assay_id"] == other["assay_id"]


def test_a_replacement_that_is_no_lot_is_422(put, stored):
    problem = check_problem(put(stored, {**EXAMPLE, "count": 0}, '"1"'), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-lot"


def test_a_deleted_assay_is_410_and_says_who_when_and_why(assay_client, delete, stored, document):
    gone = delete(stored)
    path = f"/v1/assays/{stored['assay_id']}"
    problem = check_problem(assay_client.get(path), 410)

    assert gone.status_code == 200
    assert gone.json == {**stored, "deleted": problem["deleted"]}
    assert problem["type"] == "urn:problem-type:recycler:deleted-assay"
    assert problem["deleted"].keys() == {"when", "who", "why"}
    assert (problem["deleted"]["who"], problem["deleted"]["why"]) == tuple(GONE.values())
    assert "by Ada: measured another crate." in problem["detail"]
    assert assay_client.get("/v1/assays").json["assays"] == []
    [last] = assay_client.get(f"{path}/history").json["versions"]
    assert (last["version"], last["lot"]) == (1, stored["lot"])
    check(document, schema_of(document, "/v1/assays/{assay_id}", "200", "delete"), gone.json)


def test_a_deleted_assay_cannot_be_changed_or_deleted_again(delete, put, stored):
    delete(stored)

    check_problem(delete(stored), 410)
    check_problem(put(stored, EXAMPLE, '"1"'), 410)


def test_the_name_of_a_deleted_lot_is_free_again(delete, post, stored):
    delete(stored)
    again = post()

    assert again.status_code == 201
    assert again.json["assay_id"] != stored["assay_id"]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("", ["/who", "/why"]),
        ("?who=Ada", ["/why"]),
        ("?who=&why=x", ["/who"]),
        ("?who=Ada&who=Eve&why=x", ["/who"]),
        ("?who=%00&why=x", ["/who"]),
        ("?who=a&why=x&force=1", ["/force"]),
    ],
)
def test_a_deletion_must_say_who_and_why(assay_client, stored, query, pointers):
    path = f"/v1/assays/{stored['assay_id']}"
    problem = check_problem(assay_client.delete(path + query), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-query"
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert assay_client.get(path).json == stored


def test_a_deletion_that_names_a_version_deletes_that_one_alone(delete, put, stored):
    put(stored, {**EXAMPLE, "count": 41}, '"1"')

    check_problem(delete(stored, {"If-Match": '"1"'}), 412)
    assert delete(stored, {"If-Match": '"2"'}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/assays", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", f"/v1/assays/{NOBODY}", {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}),
        ("PATCH", f"/v1/assays/{NOBODY}", {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}),
    ],
)
def test_other_methods_are_405(assay_client, method, path, allowed):
    answer = assay_client.open(path, method=method)

    check_problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == allowed
