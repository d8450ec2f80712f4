"""The OpenAPI document: valid, complete, and true to what is really read and sent."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator, ValidationError
from marshmallow import fields as ma_fields
from openapi_paths import documented_path
from openapi_spec_validator import OpenAPIV31SpecValidator

from recycler.comparison import RouteComparison
from recycler.estimate import Estimate
from recycler.monitoring import Call, Decision, Monitoring
from recycler.plan import SamplingPlan
from recycler.reference import load_tables
from recycler.settings import Settings
from recycler.web import openapi_document
from recycler.web.answers import documents, monitoring_answers
from recycler.web.answers import schemas as answers
from recycler.web.reader.page import PATHS
from recycler.web.views import route_comparisons, sampling_plans
from recycler.web.views.estimates import EXAMPLE

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


def check(document, schema, instance) -> None:
    """Validate an instance against a schema of the document."""
    rooted = {**schema, "components": document["components"]}
    Draft202012Validator(rooted).validate(instance)


def schema_of(document, path, status, method="get", content_type=JSON):
    """Schema of an answer, with its reference followed."""
    answer = document["paths"][path][method]["responses"][status]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return answer["content"][content_type]["schema"]


def test_it_is_valid_openapi_3_1(document):
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"] == "3.1.0"


def test_it_is_what_the_service_sends(client, settings):
    assert client.get("/openapi.json").json == openapi_document(settings)


def test_it_lists_every_path_and_no_other(app, document):
    rules = {str(rule) for rule in app.url_map.iter_rules()} - {"/openapi.json", *PATHS}
    served = {documented_path(rule) for rule in rules}

    assert served == set(document["paths"])


def test_every_operation_says_what_it_is_and_how_it_fails(document):
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            operation = operations[method]
            assert operation["summary"].endswith("."), path
            assert operation["operationId"]
            assert "500" in operation["responses"]
            [_] = {"200", "201"} & operation["responses"].keys()
            for status in operation["responses"].keys() - {"200", "201"}:
                schema = schema_of(document, path, status, method, PROBLEM_JSON)
                assert schema == {"$ref": "#/components/schemas/Problem"}


def test_estimates_list_every_status_and_the_headers(document):
    responses = document["paths"]["/v1/estimates"]["post"]["responses"]

    refused = {"400", "401", "403", "413", "415", "422", "429", "500", "503"}
    assert {"200"} | refused == set(responses)
    assert {"X-Request-ID", "Model-Version"} == set(responses["200"]["headers"])


def test_the_words_of_a_batch_are_enumerated(document):
    tables = load_tables()
    schemas = document["components"]["schemas"]

    assert schemas["LineItem"]["properties"]["category"]["enum"] == list(tables.categories)
    assert schemas["Batch"]["properties"]["route"]["enum"] == list(tables.routes)


def test_limits_are_those_of_the_settings():
    schemas = openapi_document(Settings(max_items=7, max_count=8))["components"]["schemas"]

    assert schemas["Batch"]["properties"]["items"]["maxItems"] == 7
    assert schemas["LineItem"]["properties"]["count"]["maximum"] == 8


def test_the_example_is_a_batch_by_the_document_and_by_the_service(document, client):
    body = document["paths"]["/v1/estimates"]["post"]["requestBody"]["content"][JSON]

    assert body["example"] == EXAMPLE
    check(document, body["schema"], EXAMPLE)
    assert client.post("/v1/estimates", json=body["example"]).status_code == 200


PHONE = {"category": "phone", "count": 1}


@pytest.mark.parametrize(
    "line",
    [
        {**PHONE, "mass_kg": 1},
        {"category": "phone"},
        {"count": 1},
        {**PHONE, "count": 0},
        {**PHONE, "count": 1.5},
        {**PHONE, "count": True},
        {**PHONE, "count": "1"},
        {**PHONE, "year": None},
        {**PHONE, "year": 1949},
        {**PHONE, "unknown": 1},
        {**PHONE, "category": "phnoe"},
        {**PHONE, "line_id": ""},
        {**PHONE, "magnet": {"composition": {}}},
        {**PHONE, "magnet": {"composition": {"Nd": "<1"}}},
        {**PHONE, "assay": {"samples": []}},
        {**PHONE, "assay": {"samples": [{"Nd": "<nd"}]}},
        {**PHONE, "assay": {"samples": [{"Xx": 1}]}},
    ],
)
def test_what_the_document_refuses_the_service_refuses_too(document, client, line):
    batch = {"items": [line]}

    with pytest.raises(ValidationError):
        check(document, {"$ref": "#/components/schemas/Batch"}, batch)
    assert client.post("/v1/estimates", json=batch).status_code == 422


def test_answers_are_as_documented(document, client):
    """Wherever nothing but the path has to be said."""
    paths = [path for path, does in document["paths"].items() if "get" in does and "{" not in path]
    paths.remove("/v1/model/card")  # a page
    paths.remove("/v1/assays/export")  # a table
    paths.remove("/metrics")  # lines of text
    assert len(paths) > 5
    for path in paths:
        check(document, schema_of(document, path, "200"), client.get(path).json)


@pytest.mark.parametrize("source_id", ["vannielen2020", "sekine2017", "rabatho2013"])
def test_a_source_is_as_documented(document, client, source_id):
    """A compilation, one that is only cited, and one with stage yields."""
    answer = client.get(f"/v1/sources/{source_id}").json

    check(document, schema_of(document, "/v1/sources/{source_id}", "200"), answer)


def test_estimates_are_as_documented(document, client):
    answer = client.post("/v1/estimates", json=EXAMPLE).json

    check(document, schema_of(document, "/v1/estimates", "200", "post"), answer)


def test_the_card_is_documented_as_a_page(document):
    schema = schema_of(document, "/v1/model/card", "200", content_type="text/html")

    assert schema["type"] == "string"
    assert {"200", "401", "403", "404", "429", "500", "503"} == set(
        document["paths"]["/v1/model/card"]["get"]["responses"]
    )


def test_problems_are_as_documented(document, client, bare_app):
    refused = client.post("/v1/estimates", json={"items": []}).json
    schema = schema_of(document, "/v1/estimates", "422", "post", PROBLEM_JSON)
    check(document, schema, refused)
    check(document, schema, bare_app.test_client().get("/readyz").json)


MARSHMALLOW = {
    str: ma_fields.String,
    float: ma_fields.Float,
    int: ma_fields.Integer,
    bool: ma_fields.Boolean,
    date: ma_fields.Date,
    Call: ma_fields.String,
    Decision: ma_fields.String,
}


def answer_dataclasses(root: type) -> dict[str, type]:
    """Every dataclass that an answer is made of, by name."""
    found = {root.__name__: root}
    for hint in get_type_hints(root).values():
        for part in (hint, *get_args(hint)):
            if is_dataclass(part):
                found |= answer_dataclasses(part)
    return found


ANSWERS = {
    **dict.fromkeys(answer_dataclasses(Monitoring).values(), monitoring_answers),
    **dict.fromkeys(answer_dataclasses(SamplingPlan).values(), sampling_plans),
    **dict.fromkeys(answer_dataclasses(RouteComparison).values(), route_comparisons),
    **dict.fromkeys(answer_dataclasses(Estimate).values(), answers),
}
"""Every dataclass that is sent -> the module that documents it."""


@pytest.mark.parametrize("cls", ANSWERS, ids=lambda cls: cls.__name__)
def test_the_documented_answer_is_the_dataclass_field_by_field(cls):
    schema = getattr(ANSWERS[cls], f"{cls.__name__}Schema")()
    hints = get_type_hints(cls)

    assert list(schema.fields) == [field.name for field in fields(cls)]
    for field, hint in hints.items():
        assert_mirrors(schema.fields[field], hint)


def assert_mirrors(field, hint) -> None:
    """Assert that a marshmallow field stands for a type hint."""
    assert field.required
    assert field.metadata["description"]
    assert field.allow_none == (NoneType in get_args(hint))
    if get_origin(hint) is UnionType:
        (hint,) = set(get_args(hint)) - {NoneType}
    if get_origin(hint) in (tuple, Sequence):
        assert type(field) is ma_fields.List
        field, hint = field.inner, get_args(hint)[0]
    elif get_origin(hint) is Mapping:
        assert type(field) is ma_fields.Dict
        field, hint = field.value_field, get_args(hint)[1]
    if is_dataclass(hint):
        assert type(field.schema).__name__ == f"{hint.__name__}Schema"
    else:
        assert type(field) is MARSHMALLOW[hint]


def test_every_figure_of_an_answer_is_checked_to_be_finite():
    """What documents.NUMBERS names is every float of every dataclass of answers on masses."""
    floats = {
        name
        for root in (Estimate, RouteComparison)
        for cls in answer_dataclasses(root).values()
        for name, hint in get_type_hints(cls).items()
        if hint is float
    }

    assert floats == set(documents.NUMBERS)
