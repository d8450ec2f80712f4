"""How rows of the tables become figures: what was found, what was not, and what was not sought."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from recycler.batch import Reading
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import composition_figures, observe
from recycler.reference import Bound

ROW = "belfqueh2023_01"  # hard disk magnets: Nd 22.8, Pr 3.3, Dy 1.2 mass %
ZERO = 0.0001


@pytest.fixture(scope="module")
def analysis(tables):
    return next(row for row in tables.compositions if row.row_id == ROW)


def with_terbium(row, reading: Reading | None):
    """The analysis with another word on Tb."""
    others = {element: found for element, found in row.readings.items() if element != "Tb"}
    return replace(row, readings=others | ({"Tb": reading} if reading else {}))


@pytest.mark.parametrize(
    ("reading", "figure"),
    [
        (None, None),
        (Reading(0.0, below_detection=False), ("Tb", ZERO, Bound.UPPER)),
        (Reading(0.0005, below_detection=True), ("Tb", 0.0005, Bound.UPPER)),
        (Reading(0.0005, below_detection=False), ("Tb", 0.0005, Bound.EXACT)),
    ],
    ids=["not reported", "a printed zero", "below detection", "found"],
)
def test_not_reported_zero_and_below_detection_are_three_things(analysis, reading, figure):
    found = composition_figures(with_terbium(analysis, reading), ZERO)
    assert [f for f in found if f[0] == "Tb"] == ([figure] if figure else [])


def test_each_moves_the_model_as_it_should(tables, analysis):
    """Terbium of hard disks: found in little < below a limit < nothing said at all."""

    def terbium(reading: Reading | None) -> float:
        changed = with_terbium(analysis, reading)
        rows = tuple(changed if row.row_id == ROW else row for row in tables.compositions)
        model = ContentModel(tolerance=1e-6, calibrated=False)
        model.fit(observe(replace(tables, compositions=rows)))
        return model.mean_and_spread(model.law("ratio:Tb", "hdd", "hdd_mixed", 0.0))[0]

    nothing = terbium(None)
    below = terbium(Reading(0.0005, below_detection=True))
    zero = terbium(Reading(0.0, below_detection=False))
    assert zero < below < nothing


def test_an_analysis_repeated_on_one_sample_is_one_figure(tables):
    """Eight analyses of one e-bike magnet (cherkezova2025) are one figure: their mean log."""
    rows = [row for row in tables.compositions if row.source_id == "cherkezova2025"]
    assert len(rows) == 8
    found = [o for o in observe(tables) if o.source_id == "cherkezova2025" and o.element == "Nd"]
    assert len(found) == 1
    assert found[0].value == pytest.approx(
        np.mean([log(row.readings["Nd"].fraction) for row in rows])
    )


def test_bounds_keep_their_side(tables):
    """What one loudspeaker holds is the least that a phone does (buchert2012)."""
    found = {o.row_id: o.side for o in observe(tables) if o.factor == "element_content"}
    assert found["buchert2012_01"] == 1
    assert found["plymouth2019_01"] == 0
