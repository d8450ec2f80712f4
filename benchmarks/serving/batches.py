"""The batches that are asked about: lines of ten kinds, as templates for wrk and as documents."""

import json
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any, Final

TEN_LINES: Final = Path(__file__).parent / "ten_lines.template"
"""A batch of ten lines in which every @ stands for a count."""

COUNT: Final = "@"
MOST: Final = 5000


def batch(lines: int) -> dict[str, Any]:
    """A batch of so many lines, kind after kind; its counts are "@"."""
    document = json.loads(TEN_LINES.read_text().replace(COUNT, f'"{COUNT}"'))
    return document | {"items": list(islice(cycle(document["items"]), lines))}


def template(document: dict[str, Any]) -> str:
    """A document as text in which every @ is to become a number."""
    return json.dumps(document).replace(f'"{COUNT}"', COUNT)


def filled(text: str, numbers: Random) -> bytes:
    """A template with counts from 1 to 5000 for every @, as post.lua fills it."""
    first, *others = text.split(COUNT)
    return (first + "".join(f"{numbers.randint(1, MOST)}{part}" for part in others)).encode()


def as_dataframe(document: dict[str, Any]) -> dict[str, Any]:
    """The same batch as MLflow's scoring server takes it: lines as rows, the rest as parameters."""
    told = {name: value for name, value in document.items() if name != "items"}
    return {"dataframe_records": document["items"], "params": told}
