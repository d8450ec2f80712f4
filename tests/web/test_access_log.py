"""A line for every request, where that is wanted."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import web_samples
from flask import g

from recycler.web.process.logs import formatter
from recycler.web.views.estimates import EXAMPLE


@contextmanager
def logged_as(form: logging.Formatter) -> Iterator[io.StringIO]:
    """Everything that is logged inside, in a form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield stream
    finally:
        root.removeHandler(handler)


@pytest.fixture
def asked(client_of, settings, caplog) -> Callable[..., list[dict[str, Any]]]:
    """Sends requests to a service that logs them; gives the lines."""
    caplog.set_level("INFO")
    logging_all = replace(settings, access_log=True)

    def ask(*requests: tuple[str, str, Any], model: Any = None) -> list[dict[str, Any]]:
        client = client_of(logging_all, web_samples.loaded(*([model] if model else [])))
        with logged_as(formatter(logging_all, people=False)) as stream:
            for method, path, options in requests:
                client.open(path, method=method, **options)
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return ask


def test_a_line_tells_what_was_asked_and_what_came_of_it(asked):
    sent = {"json": EXAMPLE, "headers": {"X-Request-ID": "mine"}}
    (line,) = asked(("POST", "/v1/estimates", sent))

    others = ("timestamp", "pid", "ms", "message")  # the last is pytest's, on every record
    told = {name: line[name] for name in line if name not in others}
    assert told == {
        "level": "info",
        "event": "request",
        "logger": "recycler.access",
        "request_id": "mine",
        "key_id": None,
        "method": "POST",
        "route": "/v1/estimates",
        "status": 200,
        "model_version": web_samples.VERSION,
        "lines": 3,
    }
    assert 0 < line["ms"] < 10_000
    assert line["pid"]


def test_every_question_of_the_model_tells_its_lines(asked):
    plan = {"batch": {"items": EXAMPLE["items"]}, "element": "Dy", "relative_half_width": 0.4}
    lines = asked(
        ("POST", "/v1/route-comparisons", {"json": EXAMPLE}),
        ("POST", "/v1/sampling-plans", {"json": plan}),
    )

    assert [(line["status"], line["lines"]) for line in lines] == [(200, 3), (200, 3)]


def test_the_route_is_told_and_never_the_path(asked):
    lines = asked(
        ("GET", "/v1/sources/hunter2?hunter2=hunter2", {}),
        ("BREW", "/hunter2", {}),
        ("GET", "/hunter2%0Aforged", {}),
    )

    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/v1/sources/{source_id}", 404),
        ("other", "none", 404),
        ("GET", "none", 404),
    ]
    assert "hunter2" not in json.dumps(lines)


def test_a_failure_of_ours_is_told_twice_under_one_request_id(asked):
    class Broken(web_samples.GramPerPiece):
        def estimate(self, batch):
            raise ZeroDivisionError(batch)

    failure, line = asked(("POST", "/v1/estimates", {"json": EXAMPLE}), model=Broken())

    assert failure["request_id"] == line["request_id"]
    assert failure["exception"].endswith("builtins.ZeroDivisionError")
    assert (line["status"], line["lines"]) == (500, 3)
    assert "intake-0042" not in json.dumps(failure), "what the exception quotes of the batch"


def test_the_key_that_was_sent_is_told_by_its_name(client_of, settings, caplog):
    caplog.set_level("INFO")
    client = client_of(replace(settings, access_log=True), web_samples.loaded())

    @client.application.before_request
    def know_key() -> None:
        g.key_id = "plant-7"

    client.get("/livez")
    assert caplog.records[-1].key_id == "plant-7"


def test_no_request_is_logged_unless_that_is_wanted(client_of, settings, caplog):
    caplog.set_level("DEBUG")
    client_of(settings, web_samples.loaded()).post("/v1/estimates", json=EXAMPLE)

    assert not caplog.records
