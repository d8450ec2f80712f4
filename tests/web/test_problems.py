"""The one error shape, on every path that can fail.

Every error is application/problem+json with exactly type, title, status, detail, instance,
errors (pointer and message each) and request_id; /readyz adds checks. The status in the body is
that of the answer, the request_id that of the header, and nothing of our insides is told.
"""

import json
import logging
from collections.abc import Mapping

import pytest
import web_samples

from recycler.batch import FieldError, InvalidBatchError
from recycler.settings import Settings

GOOD = {"items": [{"category": "phone", "count": 3}]}
JSON = {"Content-Type": "application/json"}


def bodied(document) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def check_problem(answer, status: int) -> Mapping:
    """Assert that an answer is a problem of the one shape, and return it."""
    problem = answer.get_json()

    assert answer.content_type == "application/problem+json"
    assert status == answer.status_code == problem["status"]
    assert {"type", "title", "status", "detail", "instance", "errors", "request_id"} == (
        problem.keys() - {"checks", "assay_id", "deleted"}
    )
    assert problem["detail"].endswith(".")
    assert not problem["detail"][0].islower()
    assert "\n" not in problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert all({"pointer", "message"} == error.keys() for error in problem["errors"])
    assert not any(word in answer.text for word in ("Traceback", ".py", "site-packages"))
    return problem


HOSTILE = [
    ("malformed", b'{"items": [', 400, "Not valid JSON at line 1, column 12"),
    ("empty", b"", 400, "The body is empty"),
    ("not UTF-8", b'{"batch_id": "\xff"}', 400, "The body is not UTF-8: byte 14"),
    ("UTF-16", json.dumps(GOOD).encode("utf-16"), 400, "not UTF-8"),
    ("byte order mark", b"\xef\xbb\xbf" + bodied(GOOD), 400, "byte order mark"),
    ("duplicate key", b'{"route": "a", "items": [], "route": "b"}', 400, '"route" stands more'),
    ("NaN", b'{"level": NaN, "items": []}', 400, "NaN is not a JSON number"),
    ("Infinity", b'{"level": -Infinity, "items": []}', 400, "-Infinity is not a JSON number"),
    ("deep arrays", b"[" * 100_000, 400, "nested 100000 deep; at most 16"),
    ("deep objects", b'{"items":' * 17 + b"1" + b"}" * 17, 400, "nested 17 deep"),
    ("half a surrogate", b'{"batch_id": "\\ud800"}', 400, "half of a surrogate pair"),
    ("two documents", bodied(GOOD) * 2, 400, "Extra data"),
    ("many names", bodied(dict.fromkeys(map(str, range(101)))), 400, "101 names"),
]


@pytest.mark.parametrize(
    ("body", "status", "said"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE]
)
def test_a_body_that_is_not_strict_json_is_400(post, body, status, said):
    problem = check_problem(post(body), status)

    assert problem["type"] == "urn:problem-type:recycler:malformed-json"
    assert said in problem["detail"]
    assert problem["errors"] == []


PHONE = b'{"items": [{"category": "phone", "count": %s}]}'

INVALID = [
    ("1e400", PHONE % b"1e400", "/items/0/count", "not Infinity"),
    ("5000 digits", PHONE % (b"9" * 5000), "/items/0/count", "not Infinity"),
    ("true", PHONE % b"true", "/items/0/count", "not true"),
    ("1.5 pieces", PHONE % b"1.5", "/items/0/count", "not 1.5"),
    ("text", PHONE % b'"5"', "/items/0/count", '"5" (a string)'),
    ("null", PHONE % b"null", "/items/0/count", "must not be null"),
    ("negative", PHONE % b"-5", "/items/0/count", "not -5"),
    ("zero", PHONE % b"0", "/items/0/count", "not 0"),
    ("huge", PHONE % b"1000000001", "/items/0/count", "not 1000000001"),
    ("both", PHONE % b'1, "mass_kg": 1', "/items/0/mass_kg", "give one of the two"),
    ("neither", b'{"items": [{"category": "phone"}]}', "/items/0", "both are missing"),
    ("unknown field", PHONE % b'1, "colour": "red"', "/items/0/colour", '"colour" is not a field'),
    ("escaped pointer", PHONE % b'1, "a/~": 0', "/items/0/a~1~0", '"a/~" is not a field'),
    ("unknown category", PHONE.replace(b"phone", b"phnoe") % b"1", "/items/0/category", "phone?"),
    ("no items", b'{"items": []}', "/items", "1 to 1000"),
    ("too many items", bodied({"items": GOOD["items"] * 1001}), "/items", "1001 entries"),
    ("no object", b"[]", "", "a batch is a JSON object"),
]


@pytest.mark.parametrize(
    ("body", "pointer", "said"), [h[1:] for h in INVALID], ids=[h[0] for h in INVALID]
)
def test_json_that_is_no_batch_is_422_and_names_the_field(post, body, pointer, said):
    problem = check_problem(post(body), 422)

    assert problem["type"] == "urn:problem-type:recycler:invalid-batch"
    assert problem["detail"] == "One field is wrong."
    assert [pointer] == [error["pointer"] for error in problem["errors"]]
    assert said in problem["errors"][0]["message"]


def test_fifty_errors_are_listed_and_all_are_counted(post):
    nonsense = [{"category": 0, "count": 0, "year": 0} for _ in range(20)]
    problem = check_problem(post(bodied({"items": nonsense})), 422)

    assert problem["detail"] == "60 fields are wrong; the first 50 are listed."
    assert len(problem["errors"]) == 50


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonp"},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
def test_a_body_announced_as_anything_but_json_is_415(client, headers):
    answer = client.post("/v1/estimates", data=bodied(GOOD), headers=headers)

    assert "Send " in check_problem(answer, 415)["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=UTF-8"],
)
def test_json_in_utf_8_is_accepted_however_it_is_written(client, content_type):
    answer = client.post("/v1/estimates", data=bodied(GOOD), content_type=content_type)

    assert answer.status_code == 200


def test_a_body_over_the_limit_is_413_and_one_at_the_limit_is_not(client_of):
    body = bodied(GOOD)
    settings = Settings(max_body_bytes=len(body))
    client = client_of(settings, web_samples.loaded())

    assert client.post("/v1/estimates", data=body, headers=JSON).status_code == 200
    too_large = client.post("/v1/estimates", data=body + b" ", headers=JSON)
    assert f"larger than the {len(body)} bytes" in check_problem(too_large, 413)["detail"]


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/v1/estimates/", "/v1", "//v1/routes", "/static/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_404(client, method, path):
    problem = check_problem(client.open(path, method=method, base_url="http://localhost"), 404)

    assert problem["type"] == "about:blank"


def test_the_instance_is_a_uri_even_if_the_path_is_not(client):
    problem = check_problem(client.get("/no such%0Athing/ä"), 404)

    assert problem["instance"] == "/no%20such%0Athing/%C3%A4"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/estimates", {"POST", "OPTIONS"}),
        ("PUT", "/v1/estimates", {"POST", "OPTIONS"}),
        ("DELETE", "/v1/routes", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/livez", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/openapi.json", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_405_with_allow(client, method, path, allowed):
    answer = client.open(path, method=method)

    check_problem(answer, 405)
    assert allowed == set(answer.headers["Allow"].split(", "))


class Broken:
    """A model that fails with a secret in its message."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def estimate(self, _batch):
        """Fail."""
        raise self.error


@pytest.fixture
def client_with(client_of):
    """Builds services around a model, and gives a client of each."""
    return lambda model: client_of(Settings(), web_samples.loaded(model))


def test_a_fault_is_500_logged_and_tells_nothing(client_with, caplog):
    client = client_with(Broken(RuntimeError("secret of /srv/models")))
    with caplog.at_level(logging.ERROR):
        answer = client.post("/v1/estimates", json=GOOD, headers={"X-Request-ID": "case-7"})

    problem = check_problem(answer, 500)
    assert "secret" not in answer.text
    assert problem["type"] == "about:blank"
    assert "request case-7 failed" in caplog.text
    assert "secret of /srv/models" in caplog.text


def test_a_figure_that_is_not_finite_is_a_fault_not_an_answer(client_with, caplog):
    class Unsure(web_samples.GramPerPiece):
        def estimate(self, batch):
            nan = float("nan")
            prediction = super().estimate(batch)
            object.__setattr__(prediction.totals.magnet_mass_kg, "upper", nan)
            return prediction

    check_problem(client_with(Unsure()).post("/v1/estimates", json=GOOD), 500)
    assert "not finite" in caplog.text


def test_what_the_model_refuses_is_422_like_what_the_gate_refuses(client_with):
    refusal = InvalidBatchError([FieldError("/items/0/magnet", "it contradicts the assay")])
    problem = check_problem(client_with(Broken(refusal)).post("/v1/estimates", json=GOOD), 422)

    assert (problem["errors"]) == [
        {"pointer": "/items/0/magnet", "message": "it contradicts the assay"}
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/estimates"), ("GET", "/v1/model"), ("GET", "/readyz")],
)
def test_without_a_champion_what_needs_one_is_503(bare_app, method, path):
    answer = bare_app.test_client().open(path, method=method, json=GOOD)
    problem = check_problem(answer, 503)

    assert problem["type"] == "urn:problem-type:recycler:not-ready"
    assert "Model-Version" not in answer.headers


def test_without_a_champion_a_bad_batch_is_still_told_so(bare_app):
    check_problem(bare_app.test_client().post("/v1/estimates", json={}), 422)


def test_a_models_folder_that_is_not_there_is_503_and_named_by_readyz_alone(client_of, tmp_path):
    client = client_of(Settings(models=tmp_path / "missing"))

    assert str(tmp_path) in check_problem(client.get("/readyz"), 503)["detail"]
    assert str(tmp_path) not in check_problem(client.get("/v1/models"), 503)["detail"]
