"""Many who send to /v1/assays at once: of each thing one is done, and none is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

from lot_samples import GONE
from test_problems import check_problem

from recycler.web.lots.schema import EXAMPLE


def at_once(count, work):
    """Run work(number) in threads that start together."""
    start = threading.Barrier(count)

    def run(number):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_one_key_sent_by_many_at_once_stores_one_lot(assay_app):
    def send(_):
        headers = {"Idempotency-Key": "k"}
        return assay_app.test_client().post("/v1/assays", json=EXAMPLE, headers=headers)

    answers = at_once(6, send)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert len(assay_app.test_client().get("/v1/assays").json["assays"]) == 1


def test_of_many_lots_of_one_name_one_is_stored(assay_app):
    def send(number):
        lot = {**EXAMPLE, "count": 40 + number}
        return assay_app.test_client().post("/v1/assays", json=lot).status_code

    assert sorted(at_once(6, send)) == [201, 409, 409, 409, 409, 409]


def test_of_many_replacements_of_one_version_one_wins(assay_app):
    stored = assay_app.test_client().post("/v1/assays", json=EXAMPLE).json
    path = f"/v1/assays/{stored['assay_id']}"

    def send(number):
        lot, headers = {**EXAMPLE, "count": 41 + number}, {"If-Match": '"1"'}
        return assay_app.test_client().put(path, json=lot, headers=headers).status_code

    assert sorted(at_once(6, send)) == [200, 412, 412, 412, 412, 412]
    assert assay_app.test_client().get(path).json["version"] == 2


def test_of_deletion_and_replacement_at_once_none_is_lost(assay_app):
    stored = assay_app.test_client().post("/v1/assays", json=EXAMPLE).json
    path = f"/v1/assays/{stored['assay_id']}"

    def send(number):
        client = assay_app.test_client()
        if number:
            return client.delete(path, query_string=GONE).status_code
        lot, headers = {**EXAMPLE, "count": 41}, {"If-Match": '"1"'}
        return client.put(path, json=lot, headers=headers).status_code

    assert at_once(2, send) in ([200, 200], [410, 200])
    check_problem(assay_app.test_client().get(path), 410)
