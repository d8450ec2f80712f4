"""How an endpoint joins a blueprint: its view, and what OpenAPI says of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import marshmallow as ma
import orjson
from flask import Response

from recycler.web.answers.examples import answer_example
from recycler.web.input.strict_schema import StrictSchema
from recycler.web.request_id import HEADER as REQUEST_ID

View = Callable[..., Response]

MODEL_VERSION: Final = "Model-Version"

JSON: Final = "application/json"

_PARAMETER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

_REQUEST_ID_SENT: Final = {
    "in": "header",
    "name": REQUEST_ID,
    "description": "Your name for the request: 1 to 128 letters, digits, '.', '_' or '-'.",
    "schema": {"type": "string"},  # any will do: one that is not sane is replaced
}


def add_endpoint(
    blueprint: Any,
    method: str,
    path: str,
    view: View,
    *,
    answer: type[ma.Schema] | Mapping[str, str],
    content_type: str = JSON,
    also: Sequence[str] = (),
    problems: Sequence[int] = (500,),
    by_model: bool = False,
    status: int = 200,
    sends: Sequence[str] = (),
    limited: bool = True,
    names: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    **documented: Any,
) -> None:
    """Add a view to a blueprint and to the OpenAPI document.

    Args:
        blueprint: A flask-smorest Blueprint (untyped).
        method: The HTTP method; HEAD and OPTIONS come by themselves.
        path: The path.
        view: Makes the answer; its docstring is the summary.
        answer: Schema of the answer, for the document only.
        content_type: Media type of the answer.
        also: Further media types in which the same is answered.
        problems: Statuses it may fail with.
        by_model: Whether the answer carries the header Model-Version.
        status: Status of the answer.
        sends: Further headers of the answer; api.py describes them.
        limited: Whether it is refused to a sender that asks too often.
        names: Parameters of the path by name: what each means, and an example of it.
        documented: Further members of the OpenAPI operation.
    """
    sent = (REQUEST_ID, *((MODEL_VERSION,) if by_model else ()), *sends)
    headers = {name: component_name(name) for name in sent}
    failures = (*problems, 429) if limited else problems
    responses: dict[int, Any] = {failure: f"PROBLEM_{failure}" for failure in failures}
    if also:
        responses[status] = {"content": {media: _content(view, answer, media) for media in also}}
    example = answer_example(view.__name__, content_type)
    document = blueprint.doc(operationId=view.__name__, responses=responses, **documented)
    blueprint.add_url_rule(
        path,
        view_func=document(
            blueprint.response(
                status, answer, headers=headers, content_type=content_type, example=example
            )(view)
        ),
        methods=[method],
        parameters=[*(_named(name, *told) for name, told in names.items()), _REQUEST_ID_SENT],
    )


def add_question(
    blueprint: Any,
    path: str,
    view: View,
    *,
    asks: StrictSchema,
    example: Mapping[str, Any],
    answer: type[ma.Schema],
) -> None:
    """Add a view that the model answers: POST of a JSON document, with every way to refuse one.

    Args:
        blueprint: A flask-smorest Blueprint (untyped).
        path: The path.
        view: Makes the answer; its docstring is the summary.
        asks: Schema of the document.
        example: A document as a sender would write it.
        answer: Schema of a 200, for the document only.
    """
    add_endpoint(
        blueprint,
        "POST",
        path,
        view,
        answer=answer,
        problems=(400, 413, 415, 422, 500, 503),
        by_model=True,
        requestBody={"required": True, "content": {JSON: {"schema": asks, "example": example}}},
    )


@lru_cache(256)
def documented_path(rule: str) -> str:
    """A route of Flask as OpenAPI writes it."""
    return _PARAMETER.sub(r"{\1}", rule)


def _named(name: str, meaning: str, example: str) -> dict[str, Any]:
    return {"in": "path", "name": name, "description": meaning, "example": example}


def _content(view: View, answer: object, media: str) -> dict[str, Any]:
    return {"schema": answer, "example": answer_example(view.__name__, media)}


def component_name(header: str) -> str:
    """What a header is called among the components of the document."""
    return header.upper().replace("-", "_")


def answered_by(version: str, answer: Response) -> Response:
    """Say in the header Model-Version which version an answer is of."""
    answer.headers[MODEL_VERSION] = version
    return answer


def json_answer(document: object, status: int = 200) -> Response:
    """Answer with anything orjson can write; mappings of any kind become objects."""
    return json_bytes(orjson.dumps(document, default=dict), status)


def json_bytes(document: bytes, status: int = 200) -> Response:
    """Answer with JSON that is written already."""
    return Response(document, status, content_type=JSON)
