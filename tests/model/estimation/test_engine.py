"""What an engine keeps, and that keeping it changes nothing."""

from dataclasses import replace

import pytest

from recycler.batch import Batch, LineItem
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.engine import Engine
from recycler.model.recovery import RecoveryModel

KINDS = tuple(LineItem("phone", count=1 + i, unit_mass_kg=0.1 + i / 1000) for i in range(120))
"""More kinds of lines than draws are kept of, of few pieces and of many."""


@pytest.fixture
def engine(model):
    return Engine(model.factors_, model.seed, model.draws)


def test_every_kind_of_line_is_drawn_once_however_many_there_are(model, monkeypatch):
    drawn = []
    draw = LineDrawer.draw
    monkeypatch.setattr(LineDrawer, "draw", lambda *asked: drawn.append(asked) or draw(*asked))
    Engine(model.factors_, model.seed, model.draws).estimate(Batch(KINDS))
    assert len(drawn) == len(KINDS)


def test_what_was_asked_before_changes_no_answer(engine):
    batch = Batch(KINDS)
    first = engine.estimate(batch)
    engine.estimate(Batch(KINDS[::-1], level=0.5))
    assert engine.estimate(batch) == first


def test_a_model_that_is_fitted_anew_forgets_what_it_drew(tables):
    batch = Batch((LineItem("phone", "smartphone", count=100),))
    fewer = replace(tables, compositions=tables.compositions[::2])
    model = RecoveryModel(draws=200).fit(fewer)
    before = model.estimate(batch)
    assert model.fit(tables).estimate(batch) != before


@pytest.mark.parametrize("counts", [(1,), (40,), (777_777,), (200, 300, 1)])
def test_lines_of_one_kind_alone_are_in_total_one_line_of_all_their_pieces(estimate, counts):
    phones = [LineItem("phone", "smartphone", count=count, year=2017) for count in counts]
    together = estimate(*phones).totals
    (line,) = estimate(replace(phones[0], count=sum(counts))).items

    assert together.elements == line.elements
    assert together.total_ree == line.total_ree
    assert together.treo == line.treo
    assert together.magnet_mass_kg == line.magnet_mass_kg
