"""Answers as bytes: what is sent is the dataclass, and never a figure that is none."""

import json
from dataclasses import asdict, replace

import pytest
import web_samples

from recycler.batch import Batch, LineItem
from recycler.estimate import ElementLoss, StageLoss
from recycler.web.answers.documents import dump


def estimate(**line):
    """An estimate of one line of phones."""
    return web_samples.loaded().estimate(Batch((LineItem("phone", count=3, **line),)))


def test_every_field_is_written_under_its_own_name():
    found = estimate(line_id='a "quoted" {text}')

    assert json.loads(dump(found)) == json.loads(json.dumps(asdict(found)))


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), -float("inf")])
def test_a_figure_that_is_not_finite_is_refused(nothing):
    found = estimate()
    stage = StageLoss("leaching", "published", (ElementLoss("Nd", 0.1, nothing, "published"),))
    quantity = replace(found.items[0].magnet_mass_kg, lower=nothing)
    item = replace(found.items[0], magnet_mass_kg=quantity)

    for broken in (replace(found, losses=(stage,)), replace(found, items=(item,))):
        with pytest.raises(ValueError, match="not finite"):
            dump(broken)


def test_a_plan_is_held_to_the_same():
    plan = web_samples.loaded().plan(Batch((LineItem("phone", count=3),)), "Nd", 0.5)
    unsure = replace(plan, shares=replace(web_samples.SHARES, composition=float("nan")))

    with pytest.raises(ValueError, match="SamplingPlan is not finite"):
        dump(unsure)


def test_a_text_that_looks_like_a_missing_figure_is_only_a_text():
    assert b"mean" in dump(estimate(line_id='"mean":null'))
