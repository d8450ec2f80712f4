"""Answers as the service gave them, for the OpenAPI document; long lists are cut short.

They stand in examples.json beside this file. tests/web/example_answers.py asks the service for
them, writes them down, and says how.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def answer_example(operation: str, media_type: str) -> Any:
    """What an operation, by its operationId, answered in a media type; None if nothing is kept."""
    return _kept()["answers"].get(operation, {}).get(media_type)


def problem_examples(status: int) -> Mapping[str, Any]:
    """Problems that were answered with a status, by the last word of their type."""
    found: Mapping[str, Any] = _kept()["problems"].get(str(status), {})
    return found


@cache
def _kept() -> Mapping[str, Mapping[str, Any]]:
    text = files("recycler.web.answers").joinpath("examples.json").read_text(encoding="utf-8")
    kept: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return kept
