"""GET /v1/assays: pages, filters, and every query that means nothing."""

import json
from urllib.parse import urlencode

import pytest
from lot_samples import lot_json
from test_openapi import check, schema_of
from test_problems import check_problem

from recycler.web.lots.schema import EXAMPLE


def post(client, lot):
    assert client.post("/v1/assays", json=lot).status_code == 201


def pages(client, **query):
    """The lot_ids of every page, by following the links."""
    path, found = f"/v1/assays?{urlencode(query)}", []
    while path:
        answer = client.get(path)
        found.append([stored["lot"]["lot_id"] for stored in answer.json["assays"]])
        link = answer.headers.get("Link")
        assert (link is None) == (answer.json["next"] is None)
        path = link and link.removeprefix("<").removesuffix('>; rel="next"')
    return found


def test_pages_lead_through_all_lots_in_the_order_of_their_arrival(assay_client):
    for number in range(7):
        post(assay_client, lot_json(f"lot-{number}", plant="N & S=?"))

    assert pages(assay_client, limit=3, plant="N & S=?") == [
        ["lot-0", "lot-1", "lot-2"],
        ["lot-3", "lot-4", "lot-5"],
        ["lot-6"],
    ]
    assert pages(assay_client) == [[f"lot-{number}" for number in range(7)]]


def test_fifty_lots_are_a_page_unless_it_is_said_otherwise(assay_client, document):
    lots = "".join(json.dumps(lot_json(f"lot-{number}")) + "\n" for number in range(51))
    assay_client.post("/v1/assays/import", data=lots, content_type="application/x-ndjson")
    first = assay_client.get("/v1/assays").json

    assert len(first["assays"]) == 50
    check(document, schema_of(document, "/v1/assays", "200"), first)
    assert len(assay_client.get("/v1/assays?limit=500").json["assays"]) == 51


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("plant=south", "b"),
        ("category=motor", "b"),
        ("subtype=ev_traction_motor", "b"),
        ("method=ICP-OES", "b"),
        (f"estimate_id={'a' * 32}", "b"),
        ("measured_from=2026-11-28", "b"),
        ("measured_to=2026-11-27", "a"),
        ("measured_from=2026-11-27&measured_to=2026-11-28", "ab"),
        ("category=motor&plant=north", ""),
        ("quarantined=true", ""),
        ("quarantined=false", "ab"),
    ],
)
def test_filters_all_have_to_hold(assay_client, query, found):
    post(assay_client, lot_json("a"))
    more = {"plant": "south", "date": "2026-11-28", "estimate_id": "a" * 32}
    post(assay_client, {**EXAMPLE, **more, "lot_id": "b"})

    assert pages(assay_client, **dict(part.split("=") for part in query.split("&"))) == [
        list(found)
    ]


@pytest.mark.parametrize(
    ("query", "pointer", "said"),
    [
        ("plnat=north", "/plnat", "did you mean plant?"),
        ("with_deleted=true", "/with_deleted", "is not a parameter"),
        ("plant=a&plant=b", "/plant", "stands 2 times"),
        ("plant=", "/plant", "1 to 128 characters"),
        ("plant=%00", "/plant", "without control characters"),
        ("plant=" + "x" * 129, "/plant", "1 to 128 characters"),
        ("category=phnoe", "/category", "did you mean phone?"),
        ("subtype=smartfone", "/subtype", "did you mean smartphone?"),
        ("estimate_id=1", "/estimate_id", "32 digits"),
        ("measured_from=today", "/measured_from", "a day such as"),
        ("measured_to=2026-02-30", "/measured_to", "a day such as"),
        ("quarantined=maybe", "/quarantined", "Known: true, false"),
        ("limit=0", "/limit", "a whole number from 1 to 500"),
        ("limit=501", "/limit", "a whole number from 1 to 500"),
        ("limit=1.0", "/limit", "a whole number from 1 to 500"),
        ("limit=-1", "/limit", "a whole number from 1 to 500"),
        ("limit=" + "9" * 9999, "/limit", "a whole number from 1 to 500"),
        ("limit=%D9%A1", "/limit", "a whole number from 1 to 500"),
        ("after=x", "/after", "no place to go on from"),
        ("after=%C3%A4", "/after", "no place to go on from"),
        ("after=YWZ0ZXI6LTE", "/after", "no place to go on from"),
        ("after=YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTk", "/after", "no place to go on from"),
    ],
)
def test_a_query_that_means_nothing_is_422_and_names_the_parameter(
    assay_client, query, pointer, said
):
    problem = check_problem(assay_client.get(f"/v1/assays?{query}"), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-query"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert said in problem["errors"][0]["message"]
    assert len(problem["errors"][0]["message"]) < 1200
