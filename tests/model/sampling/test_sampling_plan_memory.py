"""A plan works on megabytes of draws; they must go with it, not with the collector's next round."""

import gc
from pathlib import Path

import orjson

from recycler.model.sampling.sampling_plan import Planner
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.input.plan_requests import parse_plan_request
from recycler.web.views.sampling_plans import EXAMPLE

MODELS = Path(__file__).parents[3] / "models"


def test_a_plan_leaves_nothing_to_the_collector():
    model = Registry(MODELS).load()
    asked = parse_plan_request(orjson.dumps(EXAMPLE), Settings())
    gc.collect()
    gc.disable()
    try:
        model.plan(asked.batch, asked.element, asked.relative_half_width)
        left = [found for found in gc.get_objects() if isinstance(found, Planner)]
    finally:
        gc.enable()

    assert left == []
