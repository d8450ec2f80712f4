"""POST /v1/sampling-plans: what is read, what is sent, and every way to be refused."""

import json
from dataclasses import asdict

import pytest
import web_samples
from jsonschema import Draft202012Validator
from test_openapi import check, schema_of

from recycler.batch import FieldError, InvalidBatchError
from recycler.plan import InvalidPlanRequestError, in_request
from recycler.web.answers.documents import dump
from recycler.web.input.plan_requests import parse_plan_request
from recycler.web.views.sampling_plans import EXAMPLE

PATH = "/v1/sampling-plans"
PROBLEM_JSON = "application/problem+json"
BATCH = EXAMPLE["batch"]


@pytest.fixture
def ask(client):
    def ask(**changes):
        return client.post(PATH, json={**EXAMPLE, **changes})

    return ask


def test_a_plan_is_the_dataclass_written_out(client, settings):
    answer = client.post(PATH, json=EXAMPLE)
    asked = parse_plan_request(json.dumps(EXAMPLE).encode(), settings)
    plan = web_samples.loaded().plan(asked.batch, asked.element, asked.relative_half_width)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Model-Version"] == web_samples.VERSION
    assert answer.data == dump(plan)
    assert answer.json == json.loads(json.dumps(asdict(plan)))


def test_a_plan_repeats_what_was_asked(ask):
    answer = ask().json

    assert answer["batch_id"] == "magnets-07"
    assert (answer["element"], answer["relative_half_width_target"]) == ("Dy", 0.4)
    assert (answer["level"], answer["assurance"]) == (0.9, 0.8)
    assert answer["pieces_to_assay"] == len(BATCH["items"])


def test_the_same_request_has_the_same_id_and_any_other_another(ask):
    asked = (
        {},
        {"element": "Nd"},
        {"relative_half_width": 0.3},
        {"batch": {**BATCH, "level": 0.8}},
    )
    ids = [ask(**changes).json["plan_id"] for changes in asked]

    assert len(set(ids)) == len(asked)
    assert ids == [ask(**changes).json["plan_id"] for changes in asked]


def test_the_example_is_a_request_by_the_document_and_by_the_service(document, client):
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]

    assert body["example"] == EXAMPLE
    check(document, body["schema"], EXAMPLE)
    answer = client.post(PATH, json=EXAMPLE)
    check(document, schema_of(document, PATH, "200", "post"), answer.json)


def test_there_is_one_schema_of_a_batch(document):
    """Estimates and plans read the very same batch."""
    schemas = document["components"]["schemas"]

    assert schemas["SamplingPlanRequest"]["properties"]["batch"]["$ref"].endswith("/Batch") or (
        {"$ref": "#/components/schemas/Batch"}
        in schemas["SamplingPlanRequest"]["properties"]["batch"]["allOf"]
    )
    assert not [name for name in schemas if name.startswith("Batch") and name != "Batch"]


WRONG = [
    ({"batch": {"items": []}}, "/batch/items"),
    ({"batch": {"items": [{"category": "phnoe", "count": 1}]}}, "/batch/items/0/category"),
    ({"batch": {"items": [{"category": "phone"}]}}, "/batch/items/0"),
    ({"batch": {**BATCH, "route": "alchemy"}}, "/batch/route"),
    ({"batch": {**BATCH, "colour": "red"}}, "/batch/colour"),
    ({"batch": None}, "/batch"),
    ({"batch": []}, "/batch"),
    ({"element": "Fe"}, "/element"),
    ({"element": "dy"}, "/element"),
    ({"element": 66}, "/element"),
    ({"element": None}, "/element"),
    ({"relative_half_width": 0}, "/relative_half_width"),
    ({"relative_half_width": 1}, "/relative_half_width"),
    ({"relative_half_width": "0.15"}, "/relative_half_width"),
    ({"relative_half_width": True}, "/relative_half_width"),
    ({"half_width": 0.2}, "/half_width"),
]


@pytest.mark.parametrize(("changes", "pointer"), WRONG)
def test_what_is_wrong_is_named_by_its_pointer(ask, changes, pointer):
    answer = ask(**changes)

    assert answer.status_code == 422
    assert answer.content_type == PROBLEM_JSON
    assert answer.json["type"] == "urn:problem-type:recycler:invalid-plan-request"
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(("changes", "pointer"), WRONG)
def test_what_the_service_refuses_the_document_refuses_too(document, changes, pointer):
    schema = {
        "$ref": "#/components/schemas/SamplingPlanRequest",
        "components": document["components"],
    }

    assert not Draft202012Validator(schema).is_valid({**EXAMPLE, **changes}), pointer


@pytest.mark.parametrize("missing", EXAMPLE)
def test_all_three_are_required(client, missing):
    answer = client.post(PATH, json={k: v for k, v in EXAMPLE.items() if k != missing})

    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json["errors"]] == [f"/{missing}"]


def test_everything_wrong_is_named_at_once(ask):
    """Also what is wrong across lines and fields of the batch."""
    late = {"collected_year": 2020, "items": [{"category": "phone", "count": 1, "year": 2021}]}
    answer = ask(batch=late, element="Xx", relative_half_width=7)

    assert [error["pointer"] for error in answer.json["errors"]] == [
        "/batch/items/0/year",
        "/element",
        "/relative_half_width",
    ]


def test_what_the_model_refuses_is_named_too(client_of, settings):
    class Picky(web_samples.GramPerPiece):
        def plan(self, *_):
            raise InvalidPlanRequestError([FieldError("/element", "no line holds Dy")])

    client = client_of(settings, web_samples.loaded(Picky()))
    answer = client.post(PATH, json=EXAMPLE)

    assert answer.status_code == 422
    assert answer.json["errors"] == [{"pointer": "/element", "message": "no line holds Dy"}]


def test_errors_of_a_batch_become_those_of_its_request():
    error = in_request([FieldError("/route", "no route")])

    assert isinstance(error, InvalidBatchError)
    assert error.errors == (FieldError("/batch/route", "no route"),)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"element": 1, "element": 2}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b" " * (1 << 20) + b"{}", "application/json", 413),
    ],
)
def test_other_refusals_are_those_of_an_estimate(client, body, content_type, status):
    answer = client.post(PATH, data=body, content_type=content_type)

    assert answer.status_code == status
    assert answer.content_type == PROBLEM_JSON


def test_without_a_champion_there_are_no_plans(bare_app):
    assert bare_app.test_client().post(PATH, json=EXAMPLE).status_code == 503
