"""A plant's own yields: what it recovered tells them, of its own batches and of nobody else's."""

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest

from recycler.batch import Batch, FeedState, LineItem
from recycler.model.estimation.lot_yields import learn_yields
from recycler.model.estimation.own_yields import own_powers
from recycler.model.evaluation.simulated_plants import ROUTE, simulated_plant, summary
from recycler.model.factors.plant_yields import YieldFigure
from recycler.model.recovery import RecoveryModel
from recycler.model.statistics.common_numbers import CommonNumbers

PLANTS = {"low": 0.6, "usual": 1.0, "high": 1.4}
"""Name -> what the published overall yields are multiplied by."""

LOTS = 16
MOTORS = LineItem("motor", "ev_traction_motor", count=400)
NUMBERS = CommonNumbers(3, 2000)


@pytest.fixture(scope="module")
def own_and_further(model):
    """Lots of all plants to learn from, and further lots of each."""
    own, further = [], {}
    for seed, (name, factor) in enumerate(PLANTS.items()):
        generator = np.random.default_rng([7, seed])
        plant = simulated_plant(name, model, generator, {}, factor)
        own += plant.lots(LOTS, generator)
        further[name] = plant.lots(40, generator)
    return own, further


@pytest.fixture(scope="module")
def trained(tables, own_and_further):
    """A model that has learned from the lots of all plants."""
    return RecoveryModel().fit(tables, own_and_further[0])


@pytest.fixture(scope="module")
def silent(tables, own_and_further):
    """A model that has learned from the same lots, none of which told what was recovered."""
    return RecoveryModel().fit(tables, [without_recoveries(lot) for lot in own_and_further[0]])


def without_recoveries(lot):
    return replace(lot, recovered_kg={}, route=None)


def recovered(outcomes):
    return [found for found in outcomes if found.measure == "recovered_kg"]


@pytest.mark.parametrize("name", PLANTS)
def test_what_a_plant_recovers_is_predicted_from_what_it_recovered(
    trained, silent, own_and_further, name
):
    before, after = (
        {name: (bias, inside[-1]) for name, bias, inside, _ in summary(recovered(found))}
        for found in (m.outcomes(own_and_further[1][name]) for m in (silent, trained))
    )
    assert all(abs(bias) < 0.2 for bias, _ in after.values()), after
    assert all(inside > 0.8 for _, inside in after.values()), after
    if name == "low":
        assert all(bias > 0.3 for bias, _ in before.values()), before


def test_no_figure_of_a_single_lot_is_kept(trained):
    """One figure for each plant and element, in the plain values that an artefact may hold."""
    figures = trained.factors_.own_yields.figures
    assert len(figures) == 3 * len(PLANTS)
    assert {type(part) for key, told in figures.items() for part in (*key, *told)} == {
        *(str, float, int)
    }


def test_the_same_lots_tell_the_same(tables, trained, own_and_further):
    again = RecoveryModel().fit(tables, own_and_further[0])
    assert again.factors_.own_yields == trained.factors_.own_yields


def test_intervals_of_recovered_masses_narrow(trained, silent, own_and_further):
    before, after = (
        np.median([o.bounds[-1][1] / o.bounds[-1][0] for o in recovered(found)])
        for found in (m.outcomes(own_and_further[1]["usual"]) for m in (silent, trained))
    )
    assert after < before / 1.5


@pytest.mark.parametrize(
    "batch",
    [
        Batch((MOTORS,)),
        Batch((MOTORS,), plant="elsewhere"),
        Batch((MOTORS,), plant="low", route="hydrogen_hpms"),
    ],
    ids=["no plant", "unknown plant", "another route"],
)
def test_what_was_not_measured_stays_as_it_was(trained, silent, batch):
    """Bit for bit: recovered masses tell of their plant and route alone."""
    assert trained.estimate(batch) == silent.estimate(batch)


def test_contents_are_not_learned_from_what_was_recovered(trained, silent):
    own, same = (m.estimate(Batch((MOTORS,), plant="low")).totals for m in (trained, silent))
    assert [e.contained_kg for e in own.elements] == [e.contained_kg for e in same.elements]


@pytest.mark.parametrize("state", FeedState)
def test_losses_and_what_is_recovered_add_up_in_every_draw(trained, state):
    engine = trained._engine()
    (signature,) = engine.signatures(Batch((replace(MOTORS, state=state),), plant="high"))
    product = engine.product(signature, ROUTE)
    stages = engine.stages(ROUTE, state, product.elements, "plant:high")
    assert all(((stage.yields > 0) & (stage.yields <= 1)).all() for stage in stages)
    left, lost = product.contained_kg, []
    for stage in stages:
        lost.append(left - left * stage.yields)
        left = left * stage.yields
    np.testing.assert_allclose(left, product.contained_kg * product.yields)
    np.testing.assert_allclose(sum(lost) + left, product.contained_kg)
    np.testing.assert_allclose([x.mean(axis=1) for x in lost], product.stage_losses_kg, atol=1e-9)


def test_stages_keep_their_proportions(trained):
    """Each stage is raised to the same power: the worst of them stays the worst."""
    engine, elements = trained._engine(), ("Nd", "Dy")
    published, own = (
        engine.stages(ROUTE, FeedState.WHOLE, elements, plant) for plant in (None, "plant:low")
    )
    powers = [
        np.log(mine.yields) / np.log(theirs.yields)
        for mine, theirs in zip(own, published, strict=True)
    ]
    for power in powers[1:]:
        np.testing.assert_allclose(power, powers[0])


def test_an_element_that_was_not_reported_goes_along(trained):
    """The plants told nothing of terbium, which goes the way of dysprosium."""
    engine = trained._engine()
    low, high = (
        np.median(yields_of(engine, FeedState.WHOLE, "Tb", f"plant:{name}"))
        for name in ("low", "high")
    )
    published = np.median(yields_of(engine, FeedState.WHOLE, "Tb"))
    assert low < published < high


def test_a_state_of_which_no_lot_told_moves_as_far_as_it_shares_the_stages(trained):
    """Lots came whole: loose magnets go through the same chemistry, shreds lost most before."""
    engine = trained._engine()
    moved = {
        state: np.median(np.log(yields_of(engine, state, "Nd", "plant:low")))
        - np.median(np.log(yields_of(engine, state, "Nd")))
        for state in (FeedState.WHOLE, FeedState.MAGNETS, FeedState.SHREDDED)
    }
    assert moved[FeedState.WHOLE] < moved[FeedState.MAGNETS] < -0.1
    spreads = [
        np.log(yields_of(engine, FeedState.SHREDDED, "Nd", plant)).std()
        for plant in (None, "plant:low")
    ]
    assert spreads[1] > 0.7 * spreads[0]


def yields_of(engine, state, element, plant=None):
    """Draws of the overall yield of one element."""
    stages = engine.stages(ROUTE, state, (element,), plant)
    return reduce(np.multiply, [stage.yields[0] for stage in stages])


def test_the_basis_names_the_lots(trained):
    own, other = (
        {b.factor: b for b in trained.estimate(Batch((MOTORS,), plant=plant)).items[0].basis}
        for plant in ("low", None)
    )
    found = own["overall_yield"]
    assert found.basis == "measured"
    assert [(use.source_id, use.rows) for use in found.sources] == [("plant:low", LOTS)]
    assert "overall_yield" not in other


def test_routes_side_by_side_are_those_of_the_plant(trained):
    batch = Batch((MOTORS,), plant="low")
    compared = trained.compare(batch).on_route[ROUTE].totals.total_ree
    assert compared == trained.estimate(batch).totals.total_ree


def test_a_plant_that_only_told_what_it_recovered_is_known(tables, model, own_and_further):
    lots = [replace(lot, samples=(), magnet_mass_g=None) for lot in own_and_further[0][:LOTS]]
    trained = RecoveryModel().fit(tables, lots)
    batch = Batch((MOTORS,), plant="low")
    assert not [n for n in trained.estimate(batch).notes if n.code == "plant_unknown"]
    before, after = (
        m.estimate(batch).totals.total_ree.recoverable_kg.median for m in (model, trained)
    )
    assert after < before


def test_sizes_that_a_plant_never_told_are_in_its_magnet_masses(trained):
    """Where a size is told now, the typical size of the plant's lots is what nobody knows."""
    unknown, told, elsewhere = (
        width(trained.estimate(Batch((line,), plant=plant)).totals.magnet_mass_kg)
        for line, plant in (
            (MOTORS, "usual"),
            (replace(MOTORS, unit_mass_kg=53.0), "usual"),
            (MOTORS, None),
        )
    )
    assert unknown < 2.5
    assert unknown < told < elsewhere


def width(quantity):
    """Upper over lower bound."""
    return quantity.upper / quantity.lower


def test_an_error_that_lots_share_does_not_shrink_with_their_number(model, own_and_further):
    """Nobody analysed or weighed: what such motors hold is as open for forty lots as for eight."""
    lots = [
        replace(lot, samples=(), magnet_mass_g=None, plant="own")
        for lots in own_and_further[1].values()
        for lot in lots
        if lot.line.category == "motor"
    ]
    few, many = (
        learn_yields(some, model.factors_, 1).on("plant:own", ROUTE)["whole", "Nd"]
        for some in (lots[:8], lots[:40])
    )
    assert many.shared == pytest.approx(few.shared, rel=0.01)
    assert many.shared > 0.1
    assert many.own < few.own / 3


def test_well_known_lots_outweigh_others(model, own_and_further):
    """A few that were analysed and weighed tell the yield, whatever many others leave open."""
    lots = [lot for lot in own_and_further[0] if lot.plant == "low"]
    unknown = [
        replace(
            lot,
            samples=(),
            magnet_mass_g=None,
            recovered_kg={e: kg / 2 for e, kg in lot.recovered_kg.items()},
        )
        for lot in own_and_further[1]["low"]
    ]
    alone, beside = (
        learn_yields(some, model.factors_, 1).on("plant:low", ROUTE)["whole", "Nd"]
        for some in (lots, [*lots, *unknown])
    )
    assert beside.log_yield == pytest.approx(alone.log_yield, abs=0.1)
    assert beside.lots == alone.lots + len(unknown)


@pytest.mark.parametrize("log_yield", [-3.0, -0.5, -0.02, 0.1])
def test_no_lot_yields_more_than_it_held(log_yield):
    """Not even where the plant's figures say so."""
    published = np.exp(-0.5 * np.exp(0.6 * NUMBERS.normal("published")))
    figure = YieldFigure(log_yield, own=0.003, shared=0.003, lots=10)
    key = ("whole", "Nd")
    (power,) = own_powers({key: published}, {key: figure}, {"Nd": 0.1}, NUMBERS, ROUTE).values()
    own = published**power
    assert ((own > 0) & (own <= 1)).all()
    assert np.mean(np.log(own)) == pytest.approx(min(log_yield, -0.02), abs=0.15)


def test_lots_scatter_about_their_plants_mean_as_they_did():
    published = np.exp(-0.5 * np.exp(0.6 * NUMBERS.normal("published")))
    figure = YieldFigure(-0.7, own=1e-6, shared=0.0, lots=1000)
    key = ("whole", "Nd")
    for scatter in (0.05, 0.2):
        powers = own_powers({key: published}, {key: figure}, {"Nd": scatter}, NUMBERS, ROUTE)
        assert np.log(published ** powers[key]).std() == pytest.approx(scatter, rel=0.1)
