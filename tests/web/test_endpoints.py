"""What each endpoint answers when all is well."""

import json
import re

import pytest
import web_samples

from recycler.elements import ELEMENTS
from recycler.reference import load_tables
from recycler.web.answers.documents import dump
from recycler.web.input.schemas import parse_batch
from recycler.web.views.estimates import EXAMPLE

GETS = [
    "/livez",
    "/readyz",
    "/openapi.json",
    "/v1/model",
    "/v1/monitoring",
    "/v1/monitoring?plant=own&since=2026-01-31",
    "/v1/models",
    "/v1/categories",
    "/v1/routes",
    "/v1/elements",
    "/v1/sources",
    "/v1/sources?table=stage_yield",
    "/v1/sources/vannielen2020",
]


def test_an_estimate_is_the_dataclass_written_out(client, settings):
    model = web_samples.loaded()
    answer = client.post("/v1/estimates", json=EXAMPLE)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Model-Version"] == web_samples.VERSION
    batch = parse_batch(json.dumps(EXAMPLE).encode(), settings)
    assert dump(model.estimate(batch)) == answer.data


def test_the_same_request_gives_the_same_bytes(client_of, settings):
    """From two applications, as from two workers."""
    first, second = (
        client_of(settings, web_samples.loaded()).post("/v1/estimates", json=EXAMPLE)
        for _ in range(2)
    )

    assert first.data == second.data


def test_another_batch_gets_another_estimate_id(client):
    ids = {
        client.post("/v1/estimates", json={**EXAMPLE, "level": level}).json["estimate_id"]
        for level in (0.5, 0.9)
    }

    assert len(ids) == 2


@pytest.mark.parametrize("path", GETS)
def test_get_head_and_options_agree(client, path):
    got, head, options = (client.open(path, method=m) for m in ("GET", "HEAD", "OPTIONS"))

    assert (got.status_code, head.status_code, options.status_code) == (200, 200, 200)
    assert "application/json" == got.content_type == head.content_type
    assert b"" == head.data == options.data
    assert got.headers["Content-Length"] == head.headers["Content-Length"]
    assert {"GET", "HEAD", "OPTIONS"} == set(options.headers["Allow"].split(", "))


@pytest.mark.parametrize("sent", ["abc", "A.b_c-9", "x" * 128])
def test_a_sane_request_id_comes_back(client, sent):
    assert sent == client.get("/livez", headers={"X-Request-ID": sent}).headers["X-Request-ID"]


@pytest.mark.parametrize("sent", [None, "", "x" * 129, "a b", "ä", "a;b", "<script>"])
def test_any_other_request_id_is_replaced(client, sent):
    headers = {} if sent is None else {"X-Request-ID": sent}
    answers = [client.get("/nope", headers=headers) for _ in range(2)]
    ids = {answer.headers["X-Request-ID"] for answer in answers}

    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", made) for made in ids)


def test_a_live_process_says_so_with_and_without_a_champion(client, bare_app):
    assert client.get("/livez").json == {"status": "live"}
    assert bare_app.test_client().get("/livez").json == {"status": "live"}


def test_ready_means_champion_loaded_and_golden_estimate_reproduced(client):
    answer = client.get("/readyz").json

    assert answer["status"] == "ready"
    assert {check["check"]: check["passed"] for check in answer["checks"]} == {
        "champion": True,
        "golden estimate": True,
        "promotion": True,
        "database": True,
    }


def test_what_is_not_ready_lists_its_checks(bare_app):
    checks = bare_app.test_client().get("/readyz").json["checks"]

    assert {check["check"]: check["passed"] for check in checks} == {
        "champion": False,
        "golden estimate": False,
        "database": True,
    }


def test_categories_are_those_a_batch_may_name(client):
    tables = load_tables()
    answer = client.get("/v1/categories").json
    listed = {c["category"]: [s["subtype"] for s in c["subtypes"]] for c in answer["categories"]}

    assert {name: list(subtypes) for name, subtypes in tables.categories.items()} == listed


def test_every_source_and_assumption_named_is_explained(client):
    for path in ("/v1/categories", "/v1/routes"):
        answer = client.get(path)
        explained = {source["source_id"] for source in answer.json["sources"]}
        assumed = {assumption["name"] for assumption in answer.json["assumptions"]}
        named = set(re.findall(r'"source_id":"([^"]+)"', answer.text))

        assert named == explained
        assert assumed
        assert all(source["citation"] for source in answer.json["sources"])
        assert all(assumption["statement"] for assumption in answer.json["assumptions"])


def test_routes_list_their_stages_in_order(client):
    routes = {r["route"]: r for r in client.get("/v1/routes").json["routes"]}

    assert list(load_tables().routes) == list(routes)
    leaching = {s["stage"]: s for s in routes["hydrometallurgy"]["stages"]}["leaching"]
    assert sum(use["rows"] for use in leaching["rows"]) > 10


def test_elements_list_symbols_and_oxide_factors(client):
    elements = {e["symbol"]: e for e in client.get("/v1/elements").json["elements"]}

    assert list(ELEMENTS) == list(elements)
    assert pytest.approx(elements["Nd"]["oxide_factor"], abs=5e-5) == 1.1664
    assert elements["Fe"]["oxide_factor"] is None


def test_the_model_endpoint_shows_the_champion(client):
    answer = client.get("/v1/model")

    assert web_samples.VERSION == answer.headers["Model-Version"] == answer.json["version"]
    assert answer.json["sha256"] == "a" * 64
    assert answer.json["scores"] == {"pooled": {"nd_fraction": {"crps": 0.1}}}
    assert answer.json["created_at"] == "2026-01-02T00:00:00+00:00"
    assert answer.json["card"] is None
