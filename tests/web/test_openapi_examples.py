"""Every example of the OpenAPI document is valid by its own schema, and what is really answered."""

import json
from collections.abc import Iterator
from typing import Any

import example_answers
import pytest
from jsonschema import Draft202012Validator

METHODS = {"get", "put", "post", "delete"}


def contents(document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where a body is described, and how: requests, answers and problems of every operation."""
    for path, operations in document["paths"].items():
        for method in operations.keys() & METHODS:
            place = f"{method.upper()} {path}"
            bodies = {"request": operations[method].get("requestBody", {"content": {}})}
            for name, body in (bodies | operations[method]["responses"]).items():
                for media, content in followed(document, body)["content"].items():
                    yield f"{place} {name} {media}", content


def followed(document, body) -> dict[str, Any]:
    if "$ref" not in body:
        return body
    return document["components"]["responses"][body["$ref"].rsplit("/", 1)[1]]


def examples_of(content) -> list[Any]:
    found = [example["value"] for example in content.get("examples", {}).values()]
    return [*found, content["example"]] if "example" in content else found


def test_every_request_answer_and_problem_has_an_example_that_is_valid(document):
    for place, content in contents(document):
        validator = Draft202012Validator(
            {**content["schema"], "components": document["components"]},
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        assert examples_of(content), f"{place} has no example"
        for example in examples_of(content):
            assert not [error.message for error in validator.iter_errors(example)], place


def test_a_problem_is_shown_under_its_own_status(document):
    for place, content in contents(document):
        if place.endswith("problem+json"):
            statuses = {str(example["status"]) for example in examples_of(content)}
            assert statuses == {place.split()[-2]}


def test_the_examples_are_what_the_service_answers():
    """Else: see example_answers.py."""
    kept = json.loads(example_answers.FILE.read_text(encoding="utf-8"))

    assert_alike(kept, example_answers.examples())


def assert_alike(kept, found, place="") -> None:
    """Assert that two documents are the same but for the last digits of their figures."""
    assert type(kept) is type(found), place
    match kept:
        case dict():
            assert kept.keys() == found.keys(), place
            for name in kept:
                assert_alike(kept[name], found[name], f"{place}/{name}")
        case list():
            assert len(kept) == len(found), place
            for index, entry in enumerate(kept):
                assert_alike(entry, found[index], f"{place}/{index}")
        case float():
            assert kept == pytest.approx(found, rel=1e-4), place
        case _:
            assert kept == found, place
