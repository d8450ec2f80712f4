"""Routes side by side: the same answers as alone, compared on the same draws."""

import pytest

from recycler.batch import Batch, DeclaredMagnet, FeedState, InvalidBatchError, LineItem, MagnetType

BATCH = Batch(
    (
        LineItem("phone", "smartphone", count=1200, year=2017),
        LineItem("hdd", "hdd_mixed", count=500, year=2014),
    )
)


@pytest.fixture(scope="module")
def compared(model):
    return model.compare(BATCH)


def outcome(compared, route: str):
    return next(found for found in compared.outcomes if found.route == route)


def test_every_route_is_compared_once_the_best_first(compared, tables):
    assert sorted(found.route for found in compared.outcomes) == sorted(tables.routes)
    means = [found.recoverable_ree_kg.mean for found in compared.outcomes]
    assert means == sorted(means, reverse=True)


def test_each_route_answers_as_if_it_were_asked_alone(compared, model, tables):
    for route in tables.routes:
        alone = model.estimate(Batch(BATCH.items, route=route))
        assert compared.predictions[route] == alone
        assert outcome(compared, route).recoverable_ree_kg == alone.totals.total_ree.recoverable_kg


def test_the_route_that_the_batch_names_changes_nothing(compared, model):
    assert model.compare(Batch(BATCH.items, route="shredding")) == compared


def test_what_is_contained_is_the_same_on_every_route(compared):
    contained = {p.totals.total_ree.contained_kg for p in compared.predictions.values()}
    assert len(contained) == 1


def test_yields_are_mean_recoverable_over_mean_contained(compared):
    for found in compared.outcomes:
        totals = compared.predictions[found.route].totals
        ree = totals.total_ree
        assert found.yield_fraction == pytest.approx(
            ree.recoverable_kg.mean / ree.contained_kg.mean, abs=1e-4
        )
        for element in totals.elements:
            assert found.yields[element.element] == pytest.approx(
                element.recoverable_kg.mean / element.contained_kg.mean, abs=1e-4
            )


def test_the_routes_share_the_probability_to_be_the_best(compared):
    assert sum(found.most_probability for found in compared.outcomes) == pytest.approx(1, abs=1e-3)


def test_of_two_routes_one_yields_more(compared):
    for one in compared.outcomes:
        assert one.route not in one.more_than
        for other in compared.outcomes:
            if one is not other:
                both = one.more_than[other.route] + other.more_than[one.route]
                assert both == pytest.approx(1.0, abs=2e-4)


def test_shredding_first_hardly_ever_yields_more(compared):
    shredding = outcome(compared, "shredding")
    assert shredding is compared.outcomes[-1]
    assert max(shredding.more_than.values()) < 0.05


def test_common_draws_tell_routes_apart_that_their_intervals_do_not(compared):
    """Both intervals are wide for the batch's sake, which is the same batch for both."""
    best, worst = outcome(compared, "hydrogen_hpms"), outcome(compared, "shredding")
    assert worst.recoverable_ree_kg.upper > best.recoverable_ree_kg.lower
    assert best.more_than["shredding"] > 0.95


def test_a_shredded_feed_makes_the_shredding_route_the_wet_one(model):
    """Then both are the very same stages: neither yields more, and they share being the best."""
    shredded = LineItem("hdd", count=100, state=FeedState.SHREDDED)
    compared = model.compare(Batch((shredded,)))
    wet, shredding = (outcome(compared, r) for r in ("hydrometallurgy", "shredding"))
    assert wet.more_than["shredding"] == shredding.more_than["hydrometallurgy"] == 0.0
    assert wet.most_probability == shredding.most_probability


def test_what_is_assumed_is_told_by_stage_and_element(compared):
    parts = {part.stage: part.elements for part in outcome(compared, "hydrometallurgy").assumed}
    assert parts["calcination"] == parts["liberation"] == parts["hidden_loss"] == ()
    assert parts["leaching"] == ("Tb",)
    kept_whole = {part.stage: part.elements for part in outcome(compared, "hydrogen_hpms").assumed}
    assert kept_whole == {"decrepitation": (), "reuse": (), "hidden_loss": ()}


def test_a_batch_without_rare_earths_has_no_best_route(model):
    ferrite = LineItem("magnet", mass_kg=3.0, magnet=DeclaredMagnet(MagnetType.FERRITE))
    for found in model.compare(Batch((ferrite,))).outcomes:
        assert found.yield_fraction is None
        assert found.most_probability is None
        assert found.more_than == found.yields == {}


def test_words_are_checked_as_for_one_route(model):
    with pytest.raises(InvalidBatchError):
        model.compare(Batch((LineItem("phnoe", count=1),)))
