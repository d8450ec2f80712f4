"""What the page tells, taken out of the OpenAPI document: operations by subject, and schemas."""

import json
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from recycler.web.reader.shapes import Shape, shape

Part = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "delete")


@dataclass(frozen=True, slots=True)
class Member:
    """A field of an object, a parameter of a request, or a header of an answer."""

    name: str
    place: str
    required: bool
    shape: Shape
    description: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body in one media type: its shape and an example, written as it is sent."""

    media: str
    shape: Shape
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer by its status; problems name the kinds that there are."""

    status: str
    description: str
    bodies: tuple[Body, ...]
    headers: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path; `access` says in words who may ask for it."""

    name: str
    method: str
    path: str
    summary: str
    access: str
    parameters: tuple[Member, ...]
    asked: tuple[Body, ...]
    answers: tuple[Answer, ...]
    refusals: tuple[Answer, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Operations that belong together."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A named schema."""

    name: str
    description: str
    members: tuple[Member, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error, with a real one."""

    status: str
    name: str
    title: str
    example: str


def subjects(document: Part, root: str) -> tuple[Subject, ...]:
    """Every operation by its tag, in the order of the document.

    Args:
        document: The OpenAPI document.
        root: Where the service is found, without a slash at the end; for the commands.
    """
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                told = _operation(document, root, path, method)
                found[operations[method]["tags"][0]].append(told)
    return tuple(
        Subject(tag["name"], tag["description"], tuple(found[tag["name"]]))
        for tag in document["tags"]
    )


def kinds(document: Part) -> tuple[Kind, ...]:
    """Every schema by name."""
    return tuple(_kind(*entry) for entry in sorted(document["components"]["schemas"].items()))


def problems(document: Part) -> tuple[Problem, ...]:
    """Every kind of error by status."""
    return tuple(
        Problem(name.removeprefix("PROBLEM_"), kind, example["summary"], _written(example["value"]))
        for name, response in sorted(document["components"]["responses"].items())
        for content in response["content"].values()
        for kind, example in content.get("examples", {}).items()
    )


def _operation(document: Part, root: str, path: str, method: str) -> Operation:
    told = document["paths"][path][method]
    sent = [*document["paths"][path].get("parameters", ()), *told.get("parameters", ())]
    answers = [_answer(document, *entry) for entry in sorted(told["responses"].items())]
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        access=_access(told["security"]),
        parameters=tuple(_parameter(one) for one in sent),
        asked=tuple(_bodies(told.get("requestBody", {}))),
        answers=tuple(answer for answer in answers if answer.status < "400"),
        refusals=tuple(answer for answer in answers if answer.status >= "400"),
        command=_command(root, path, method, sent, told.get("requestBody", {})),
    )


def _access(ways: Collection[Mapping[str, list[str]]]) -> str:
    """Who is let in, by one of several ways: an empty one is to send no key."""
    scopes = sorted({scope for way in ways for needed in way.values() for scope in needed})
    if not scopes:
        return "Open to everyone."
    needed = f"a key with the scope {', '.join(scopes)}"
    return f"For {needed}, or none as this service is set up." if {} in ways else f"For {needed}."


def _parameter(told: Part) -> Member:
    return Member(
        name=told["name"],
        place=told["in"],
        required=told.get("required", False),
        shape=shape(told["schema"]),
        description=told.get("description", ""),
    )


def _answer(document: Part, status: str, told: Part) -> Answer:
    told = _followed(document, told)
    headers = {name: _followed(document, one) for name, one in told.get("headers", {}).items()}
    return Answer(
        status=status,
        description=told["description"],
        bodies=tuple(_bodies(told)),
        headers=tuple(
            Member(name, "header", one["required"], shape(one["schema"]), one["description"])
            for name, one in headers.items()
        ),
    )


def _followed(document: Part, told: Part) -> Part:
    """The part itself, or what it refers to."""
    found: Part = document if "$ref" in told else told
    for step in told.get("$ref", "#").split("/")[1:]:
        found = found[step]
    return found


def _bodies(told: Part) -> Iterator[Body]:
    for media, content in told.get("content", {}).items():
        example = content.get("example")
        yield Body(media, shape(content["schema"]), "" if example is None else _written(example))


def _written(example: Any) -> str:
    return (
        example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    )


def _command(root: str, path: str, method: str, sent: Iterable[Part], body: Part) -> str:
    """How curl asks for it: what must be said, and no more."""
    said: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for one in sent:
        if one.get("required"):
            said[one["in"]][one["name"]] = str(one["example"])
    for name, value in said["path"].items():
        path = path.replace(f"{{{name}}}", quote(value))
    query = f"?{urlencode(said['query'], quote_via=quote)}" if said["query"] else ""
    words = ["curl", "-s", *(["-X", method.upper()] if method in ("put", "delete") else [])]
    words.append(shlex.quote(f"{root}{path}{query}"))
    lines = [" ".join(words)]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in said["header"].items()]
    for media, content in list(body.get("content", {}).items())[:1]:
        lines.append(f"-H 'Content-Type: {media}'")
        lines.append(f"--data-binary {shlex.quote(_written(content['example']))}")
    return " \\\n  ".join(lines)


def _kind(name: str, schema: Part) -> Kind:
    needed = schema.get("required", ())
    members = tuple(
        Member(field, "field", field in needed, shape(told), told.get("description", ""))
        for field, told in schema.get("properties", {}).items()
    )
    return Kind(name, schema.get("description", ""), members, tuple(_rules(schema)))


def _rules(schema: Part) -> Iterator[str]:
    """What goes together, in words."""
    for name, needed in schema.get("dependentRequired", {}).items():
        yield f"{name} needs {', '.join(needed)}."
    if schema.get("additionalProperties") is False:
        yield "There are no further fields."
