"""docs/http.md says what is true."""

import json
import re
from dataclasses import fields
from pathlib import Path

from recycler.comparison import DELIVERS, ComparedRoute, RouteComparison
from recycler.settings import describe
from recycler.web import openapi_document
from recycler.web.lots.schema import EXAMPLE as LOT
from recycler.web.problems import KINDS
from recycler.web.views.estimates import EXAMPLE

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")


def test_the_page_lists_every_endpoint(settings):
    operations = {
        f"`{method.upper()} {path}`"
        for path, methods in openapi_document(settings)["paths"].items()
        for method in methods.keys() - {"parameters"}
    }

    assert operations == set(re.findall(r"^\| (`[A-Z]+ /[^`]*`)", PAGE, re.MULTILINE)) - {
        "`GET /openapi.json`",
        "`GET /docs`",
    }


def test_the_page_shows_the_example():
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    assert json.loads(blocks[0]) == EXAMPLE
    assert LOT in [json.loads(block) for block in blocks]


def test_the_page_lists_every_kind_of_problem_with_its_status():
    rows = re.findall(r"^\| (\d{3}) \| `(urn:[^`]+)`", PAGE, re.MULTILINE)

    assert {(str(kind.status), kind.type) for kind in KINDS.values()} == set(rows)


def test_the_page_lists_every_limit_with_its_default():
    rows = dict(re.findall(r"^\| `(RECYCLER_MAX_\w+)` \| (\S+) \|", PAGE, re.MULTILINE))
    limits = {name: default for name, default, _ in describe() if "_MAX_" in name}

    assert limits == rows


def test_the_page_names_every_field_a_batch_a_lot_or_an_assay_may_have(settings):
    schemas = openapi_document(settings)["components"]["schemas"]
    names = {
        name
        for schema in (
            "Batch",
            "LineItem",
            "DeclaredMagnet",
            "Assay",
            "Lot",
            "StoredAssay",
            "Assays",
        )
        for name in schemas[schema]["properties"]
    }

    assert names <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_page_explains_every_field_of_a_route_comparison():
    section = PAGE.split("## All routes side by side")[1].split("\n## ")[0]
    told = set(re.findall(r"`(\w+)(?:\[\])?`", section))
    names = {field.name for cls in (RouteComparison, ComparedRoute) for field in fields(cls)}

    assert names | set(DELIVERS.values()) <= told
