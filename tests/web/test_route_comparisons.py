"""POST /v1/route-comparisons: what is read, what is sent; its refusals are those of an estimate."""

import json
from dataclasses import asdict

import pytest
import web_samples
from test_openapi import check, schema_of

from recycler.batch import FieldError, InvalidBatchError
from recycler.settings import Settings
from recycler.web import openapi_document
from recycler.web.answers.documents import dump
from recycler.web.input.schemas import parse_batch
from recycler.web.views.estimates import EXAMPLE

PATH = "/v1/route-comparisons"
PROBLEM_JSON = "application/problem+json"


@pytest.fixture
def client_with(client_of):
    """Builds services around a model, and gives a client of each."""
    return lambda model: client_of(Settings(), web_samples.loaded(model))


def test_a_comparison_is_the_dataclass_written_out(client, settings):
    answer = client.post(PATH, json=EXAMPLE)
    compared = web_samples.loaded().compare(parse_batch(json.dumps(EXAMPLE).encode(), settings))

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Model-Version"] == web_samples.VERSION
    assert answer.data == dump(compared)
    assert answer.json == json.loads(json.dumps(asdict(compared)))


def test_a_comparison_repeats_what_was_asked(client):
    answer = client.post(PATH, json={**EXAMPLE, "level": 0.8}).json

    assert (answer["batch_id"], answer["level"]) == ("intake-0042", 0.8)
    assert [found["route"] for found in answer["routes"]] == list(web_samples.ROUTES)
    assert {found["delivers"] for found in answer["routes"]} == {
        None
    }  # its one stage gives no form


@pytest.mark.parametrize(
    ("named", "repeated"),
    [({}, "hydrometallurgy"), ({"route": "shredding"}, "shredding")],
    ids=["no route", "a route"],
)
def test_the_batchs_own_route_is_repeated_and_all_are_compared(client, named, repeated):
    """A sender's batch is compared as it is; the route is that of its estimate."""
    batch = {"items": EXAMPLE["items"], **named}
    answer = client.post(PATH, json=batch).json
    without = client.post(PATH, json={"items": EXAMPLE["items"]}).json

    assert answer["route"] == repeated == client.post("/v1/estimates", json=batch).json["route"]
    assert answer["routes"] == without["routes"]


def test_a_route_that_there_is_not_is_refused_by_its_pointer(client):
    answer = client.post(PATH, json={**EXAMPLE, "route": "all"})

    assert answer.status_code == 422
    assert answer.content_type == PROBLEM_JSON
    assert [error["pointer"] for error in answer.json["errors"]] == ["/route"]


def test_the_same_request_gives_the_same_bytes_from_every_process(client_with):
    first, second = (client_with(None).post(PATH, json=EXAMPLE) for _ in range(2))

    assert first.data == second.data


def test_the_same_request_has_the_same_id_and_any_other_another(client):
    asked = ({}, {"level": 0.8}, {"route": "shredding"}, {"batch_id": "other"})
    ids = [client.post(PATH, json={**EXAMPLE, **one}).json["comparison_id"] for one in asked]
    again = [client.post(PATH, json={**EXAMPLE, **one}).json["comparison_id"] for one in asked]
    estimate = client.post("/v1/estimates", json=EXAMPLE).json

    assert ids == again
    assert len({*ids, estimate["estimate_id"]}) == len(asked) + 1


def test_the_example_and_its_answer_are_as_documented(client):
    document = openapi_document(Settings())
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    estimates = document["paths"]["/v1/estimates"]["post"]["requestBody"]["content"]

    assert body == estimates["application/json"]
    check(document, schema_of(document, PATH, "200", "post"), client.post(PATH, json=EXAMPLE).json)


def test_an_answer_without_rare_earths_is_as_documented(client_with):
    class Nothing(web_samples.GramPerPiece):
        kg_per_piece = 0.0

    document = openapi_document(Settings())
    answer = client_with(Nothing()).post(PATH, json=EXAMPLE).json

    assert {found["probability_of_most"] for found in answer["routes"]} == {None}
    assert {found["total_yield_fraction"] for found in answer["routes"]} == {None}
    assert [found["yield_fractions"] for found in answer["routes"]] == [{}, {}]
    check(document, schema_of(document, PATH, "200", "post"), answer)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"{}", "text/plain", 415), (b" " * (1 << 20) + b"{}", "application/json", 413)],
)
def test_what_is_no_json_or_too_large_is_refused_before_it_is_read(
    client, body, content_type, status
):
    answer = client.post(PATH, data=body, content_type=content_type)

    assert answer.status_code == status
    assert answer.content_type == PROBLEM_JSON


def test_the_limits_are_those_of_an_estimate(client_of):
    client = client_of(Settings(max_items=2, max_count=5), web_samples.loaded())
    line = {"category": "phone", "count": 5}

    assert client.post(PATH, json={"items": [line] * 2}).status_code == 200
    for items, pointer in (([line] * 3, "/items"), ([{**line, "count": 6}], "/items/0/count")):
        refused = client.post(PATH, json={"items": items})
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_what_the_model_refuses_is_named_like_what_the_gate_refuses(client_with):
    class Picky(web_samples.GramPerPiece):
        def compare(self, _batch):
            raise InvalidBatchError([FieldError("/items/0/magnet", "it contradicts the assay")])

    answer = client_with(Picky()).post(PATH, json=EXAMPLE)

    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {"pointer": "/items/0/magnet", "message": "it contradicts the assay"}
    ]


def test_a_figure_that_is_not_finite_is_a_fault_not_an_answer(client_with, caplog):
    class Unsure(web_samples.GramPerPiece):
        def estimate(self, batch):
            found = super().estimate(batch)
            found.totals.treo.recoverable_kg.upper = float("nan")
            return found

    assert client_with(Unsure()).post(PATH, json=EXAMPLE).status_code == 500
    assert "RouteComparison is not finite" in caplog.text


def test_without_a_champion_there_are_no_comparisons(bare_app):
    assert bare_app.test_client().post(PATH, json=EXAMPLE).status_code == 503
