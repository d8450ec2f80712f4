"""Routes as the OpenAPI document writes them."""

import re

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def documented_path(rule: str) -> str:
    """The path of a route of Flask, such as /v1/assays/{assay_id}."""
    return _PARAMETER.sub(r"{\1}", rule)
