"""Routes side by side: the same answers as alone, compared on the same draws."""

from dataclasses import replace

import pytest

from recycler.batch import Batch, DeclaredMagnet, FeedState, InvalidBatchError, LineItem, MagnetType
from recycler.comparison import comparison_answer
from recycler.estimate import ModelReference
from recycler.model.estimation.drawing import LineDrawer
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.route_comparison import compare_routes

BATCH = Batch(
    (
        LineItem("phone", "smartphone", count=1200, year=2017),
        LineItem("hdd", "hdd_mixed", count=500, year=2014),
    )
)

MIXED = Batch(
    (
        *BATCH.items,
        LineItem("phone", "smartphone", count=7, state=FeedState.DISMANTLED),
        LineItem("magnet", mass_kg=3.0, magnet=DeclaredMagnet(MagnetType.SMCO)),
        LineItem("laptop", count=1, year=2009),
        LineItem("hdd", count=20, state=FeedState.SHREDDED),
    ),
    level=0.5,
    collected_year=2024,
)
"""Every way in which lines may differ for a route: state and elements; few pieces and many."""

REFERENCE = ModelReference("test", "a" * 64, "d" * 64)


@pytest.fixture(scope="module")
def compare(model, tables):
    """Answers the comparison of a batch: its routes by name, in order."""

    def compare(batch: Batch) -> dict:
        answer = comparison_answer(batch, model.compare(batch), REFERENCE, tables.route_labels)
        return {found.route: found for found in answer.routes}

    return compare


@pytest.fixture(scope="module")
def compared(compare):
    return compare(BATCH)


def test_every_route_is_compared_once_the_best_first(compared, tables):
    assert sorted(compared) == sorted(tables.routes)
    means = [found.totals.total_ree.recoverable_kg.mean for found in compared.values()]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("batch", [BATCH, MIXED], ids=["alike", "mixed"])
def test_each_route_answers_as_if_it_were_asked_alone(compare, model, batch):
    for route, found in compare(batch).items():
        alone = model.estimate(replace(batch, route=route))
        assert found.totals.elements == alone.totals.elements
        assert found.totals.total_ree == alone.totals.total_ree
        assert found.totals.treo == alone.totals.treo
        assert found.losses == alone.losses


def test_the_notes_are_those_of_every_route_alone_each_once(model, tables):
    alone = [model.estimate(replace(MIXED, route=route)) for route in tables.routes]
    lines = [note for item in alone[0].items for note in item.notes]
    whole = {note for one in alone for note in one.notes}
    found = model.compare(MIXED).notes
    assert found[len(whole) :] == tuple(lines)
    assert set(found[: len(whole)]) == whole


def test_the_route_that_the_batch_names_changes_nothing(model):
    assert model.compare(replace(MIXED, route="shredding")) == model.compare(MIXED)


def test_what_is_contained_is_the_same_on_every_route(compared):
    assert len({found.totals.total_ree.contained_kg for found in compared.values()}) == 1


def test_yields_are_mean_recoverable_over_mean_contained(compared):
    for found in compared.values():
        ree = found.totals.total_ree
        assert found.total_yield_fraction == pytest.approx(
            ree.recoverable_kg.mean / ree.contained_kg.mean, abs=1e-4
        )
        for element in found.totals.elements:
            assert found.yield_fractions[element.element] == pytest.approx(
                element.recoverable_kg.mean / element.contained_kg.mean, abs=1e-4
            )


def test_the_routes_share_the_probability_to_be_the_best(compared):
    shares = [found.probability_of_most for found in compared.values()]
    assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_of_two_routes_one_yields_more(compared):
    for one in compared.values():
        assert compared.keys() - one.probability_of_more_than == {one.route}
        for other, probability in one.probability_of_more_than.items():
            both = probability + compared[other].probability_of_more_than[one.route]
            assert both == pytest.approx(1.0, abs=2e-4)


def test_shredding_first_hardly_ever_yields_more(compared):
    shredding = compared["shredding"]
    assert list(compared)[-1] == "shredding"
    assert max(shredding.probability_of_more_than.values()) < 0.05


def test_common_draws_tell_routes_apart_that_their_intervals_do_not(compared):
    """Both intervals are wide for the batch's sake, which is the same batch for both."""
    best, worst = compared["hydrogen_hpms"], compared["shredding"]
    highest, lowest = (found.totals.total_ree.recoverable_kg for found in (worst, best))
    assert highest.upper > lowest.lower
    assert best.probability_of_more_than["shredding"] > 0.95


def test_a_shredded_feed_makes_the_shredding_route_the_wet_one(compare):
    """Then both are the very same stages: neither yields more, and they share being the best."""
    found = compare(Batch((LineItem("hdd", count=100, state=FeedState.SHREDDED),)))
    wet, shredding = found["hydrometallurgy"], found["shredding"]
    assert wet.probability_of_more_than["shredding"] == 0.0
    assert shredding.probability_of_more_than["hydrometallurgy"] == 0.0
    assert wet.probability_of_most == shredding.probability_of_most


def test_what_is_assumed_is_told_by_stage_and_element(compared):
    parts = {part.stage: part.elements for part in compared["hydrometallurgy"].assumed}
    assert parts["calcination"] == parts["liberation"] == parts["hidden_loss"] == ()
    assert parts["leaching"] == ("Tb",)
    kept_whole = {part.stage: part.elements for part in compared["hydrogen_hpms"].assumed}
    assert kept_whole == {"decrepitation": (), "reuse": (), "hidden_loss": ()}


def test_every_route_says_what_it_is_and_what_it_delivers(compared, tables):
    assert {route: found.label for route, found in compared.items()} == tables.route_labels
    assert {route: found.delivers for route, found in compared.items()} == {
        "hydrometallurgy": "oxides",
        "hydrogen_hpms": "alloy",
        "shredding": "oxides",
        "molten_salt": "metals",
        "liquid_metal": "metals",
        "pyrometallurgy": "oxides",
        "ionic_liquid": "oxides",
    }


def test_a_batch_without_rare_earths_has_no_best_route(compare):
    ferrite = LineItem("magnet", mass_kg=3.0, magnet=DeclaredMagnet(MagnetType.FERRITE))
    for found in compare(Batch((ferrite,))).values():
        assert found.total_yield_fraction is None
        assert found.probability_of_most is None
        assert found.probability_of_more_than == found.yield_fractions == {}


def test_a_batch_is_drawn_once_however_many_routes_there_are(model, tables, monkeypatch):
    """Also where it has more kinds of lines than draws are kept of."""
    drawn = []
    draw = LineDrawer.draw
    monkeypatch.setattr(LineDrawer, "draw", lambda *asked: drawn.append(asked) or draw(*asked))
    kinds = tuple(LineItem("phone", count=1, unit_mass_kg=0.1 + i / 1000) for i in range(120))
    compare_routes(Engine(model.factors_, model.seed, model.draws), Batch(kinds), tables.routes)
    assert len(drawn) == len(kinds)


def test_words_are_checked_as_for_one_route(model):
    with pytest.raises(InvalidBatchError):
        model.compare(Batch((LineItem("phnoe", count=1),)))
