"""Batches as JSON, read as the service reads them."""

import json

import pytest

from recycler.batch import InvalidBatchError
from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

LIMITS = Settings(max_items=5, max_assay_samples=4, max_count=10_000, max_mass_kg=1000.0)

PHONES = {"category": "phone", "count": 3}


def parse(document, limits=LIMITS):
    """Read a document; see `parse_batch`."""
    return parse_batch(json.dumps(document).encode(), limits)


def batch(**line):
    """A batch of three phones, with changes to the line."""
    return {"items": [{**PHONES, **line}]}


def refusals(document, limits=LIMITS):
    """Pointer -> what is told of it."""
    with pytest.raises(InvalidBatchError) as refused:
        parse(document, limits)
    return {error.pointer: error.message for error in refused.value.errors}
