"""A hundred thousand requests that are nearly right: none is answered with 5xx, or at length.

Requests are made by chance from a seed, so a failure is repeated by the number of its request.
"""

import json
import resource
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask import Flask
from hostile_requests import Request, request_of
from jsonschema import Draft202012Validator
from wsgi_calls import Answer, call

from recycler.web.lots.lot_tables import COLUMNS

REQUESTS = 100_000
PARTS = 10
"""They come in parts, so that a failure is seen early."""

LONGEST_REFUSAL = 128 * 1024
LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes: a thousand lines answered are some 3 MB."""

LONGEST_S = 10.0
"""Generous: a machine may be busy otherwise."""

MOST_GROWTH_MB = 150


@pytest.fixture(scope="session")
def problem(document: dict[str, Any]) -> Draft202012Validator:
    """The schema that every refusal keeps to, as the service documents it."""
    return Draft202012Validator({**document["components"]["schemas"]["Problem"], **document})


def requests(seed: int, number: int) -> Iterator[tuple[str, Request]]:
    """So many requests, each with the words by which it is found again."""
    for i in range(number):
        name = f"{seed}/{i}"
        yield name, request_of(Random(name))  # noqa: S311  (chance that can be repeated)


def check(name: str, asked: Request, answer: Answer, problem: Draft202012Validator) -> None:
    """What holds for every answer."""
    shown = f"request {name}: {asked.method} {asked.path[:80]} {asked.body[:300]!r} "
    shown += f"-> {answer.status} {answer.body[:500]!r}"
    assert answer.status // 100 in (2, 4), shown
    assert answer.took_s < LONGEST_S, f"{answer.took_s:.1f} s; {shown}"
    assert not any(set("\r\n\x00") & set(value) for value in answer.headers.values()), shown
    if answer.status < 400:
        assert len(answer.body) < LONGEST_ANSWER, shown
    else:
        assert len(answer.body) < LONGEST_REFUSAL, f"{len(answer.body)} bytes; {shown}"
        check_refusal(asked, answer, problem, shown)


def check_refusal(
    asked: Request, answer: Answer, problem: Draft202012Validator, shown: str
) -> None:
    """A refusal is a problem document whose pointers lead into the request."""
    assert answer.headers["Content-Type"] == "application/problem+json", shown
    if asked.method == "HEAD":
        assert answer.body == b"", shown
        return
    said = json.loads(answer.body)
    assert not [*problem.iter_errors(said)], shown
    assert said["status"] == answer.status, shown
    assert said["request_id"] == answer.headers["X-Request-ID"], shown
    assert all(leads_somewhere(error["pointer"], asked) for error in said["errors"]), shown


def leads_somewhere(pointer: str, asked: Request) -> bool:
    """Whether a pointer leads to a value of the request, or to a name that is missing from one."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if asked.method != "POST":
        return len(steps) == 1
    if asked.path != "/v1/assays/import":
        return leads_into(read(asked.body), steps)
    return not steps or leads_into_line(asked, steps)


def leads_into_line(asked: Request, steps: list[str]) -> bool:
    """Whether the first step is a line of the list, and the others lead into what stands there."""
    lines = asked.body.split(b"\n")
    number, *inside = steps
    if asked.content_type.startswith("text/csv"):
        return int(number) >= 1 and all(column in COLUMNS for column in inside)
    line = lines[int(number) - 1]
    return not inside or leads_into(read(line), inside)


def read(document: bytes) -> Any:
    """A document whatever its numbers: Python converts no more than 4,300 digits to an integer."""
    return json.loads(document, parse_int=float)


def leads_into(value: Any, steps: list[str]) -> bool:
    """Whether all steps but the last are there, and the last could be."""
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        if isinstance(value, dict):
            if step not in value:
                return last
            value = value[step]
        elif isinstance(value, list):
            if not step.isdecimal() or int(step) >= len(value):
                return False
            value = value[int(step)]
        else:
            return False
    return True


def ask_all(app: Flask, problem: Draft202012Validator, seed: int, number: int) -> Counter[int]:
    """Ask, check every answer, and count the statuses."""
    statuses: Counter[int] = Counter()
    for name, asked in requests(seed, number):
        answer = call(app, asked)
        check(name, asked, answer, problem)
        statuses[answer.status] += 1
    return statuses


def test_a_request_is_found_again_by_its_name():
    assert [*requests(7, 50)] == [*requests(7, 50)]


def test_requests_that_are_nearly_right_are_answered_or_refused(fuzzed_app, problem):
    statuses = ask_all(fuzzed_app, problem, seed=-1, number=1000)

    assert {200, 201, 400, 404, 409, 415, 422} <= statuses.keys()
    assert statuses[200] > 25  # what gets past the gate reaches the model


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(PARTS))
def test_a_hundred_thousand_requests_bring_no_5xx(fuzzed_app, problem, seed):
    ask_all(fuzzed_app, problem, seed + 1000, 100)  # what is kept from then on is there
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    statuses = ask_all(fuzzed_app, problem, seed, REQUESTS // PARTS)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    print(f"{dict(statuses)}, grown by {grown_mb:.0f} MB")  # noqa: T201  (shown by pytest -s)
    assert sum(statuses.values()) == REQUESTS // PARTS
    assert grown_mb < MOST_GROWTH_MB
