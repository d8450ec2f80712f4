"""What must hold of every estimate, whatever the batch."""

from dataclasses import astuple, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_samples import of

from recycler.batch import Batch, FeedState, LineItem
from recycler.elements import ELEMENTS
from recycler.model.recovery import RecoveryModel
from recycler.reference import load_tables

TABLES = load_tables()
PRODUCTS = [(p.category, p.subtype) for p in TABLES.products]

lines = st.builds(
    lambda product, size, by_mass, year, state: LineItem(
        category=product[0],
        subtype=product[1],
        count=None if by_mass else size,
        mass_kg=float(size) if by_mass else None,
        year=year,
        state=state,
    ),
    st.sampled_from(PRODUCTS),
    st.integers(1, 10**6),
    st.booleans(),
    st.none() | st.integers(1985, 2026),
    st.none() | st.sampled_from(FeedState),
)
batches = st.builds(
    lambda items, route, level: Batch(tuple(items), route=route, level=level),
    st.lists(lines, min_size=1, max_size=4),
    st.sampled_from(sorted(TABLES.routes)),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)

often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@often
@given(batches)
def test_bounds_of_physics(model: RecoveryModel, batch: Batch):
    """Recoverable <= contained, element <= magnet mass, sums add up, oxide outweighs metal."""
    prediction = model.estimate(batch)
    for part in (prediction.totals, *prediction.items):
        assert sum(e.contained_kg.mean for e in part.elements) == pytest.approx(
            part.total_ree.contained_kg.mean, rel=1e-4
        )
        for element in part.elements:
            for less, more in (
                (element.recoverable_kg, element.contained_kg),
                (element.contained_kg, part.magnet_mass_kg),
                (element.recoverable_kg, element.recoverable_oxide_kg),
            ):
                pairs = zip(astuple(less), astuple(more), strict=True)
                assert all(0.0 <= low <= high * (1 + 1e-5) for low, high in pairs)


@often
@given(batches)
def test_intervals_hold_their_median_and_nest_by_level(model: RecoveryModel, batch: Batch):
    narrow = model.estimate(replace(batch, level=0.5)).totals.total_ree.contained_kg
    wide = model.estimate(replace(batch, level=0.9)).totals.total_ree.contained_kg
    assert wide.lower <= narrow.lower <= narrow.median <= narrow.upper <= wide.upper


@often
@given(lines, st.integers(2, 1000))
def test_means_are_linear_in_size(model: RecoveryModel, line: LineItem, factor: int):
    larger = replace(
        line,
        count=line.count and line.count * factor,
        mass_kg=line.mass_kg and line.mass_kg * factor,
    )
    one = model.estimate(Batch((line,))).totals
    many = model.estimate(Batch((larger,))).totals
    for small, large in zip(one.elements, many.elements, strict=True):
        assert large.contained_kg.mean == pytest.approx(small.contained_kg.mean * factor, rel=1e-4)
        assert large.recoverable_kg.mean == pytest.approx(
            small.recoverable_kg.mean * factor, rel=1e-4
        )


@often
@given(batches)
def test_totals_means_are_the_sums_of_the_lines_means(model: RecoveryModel, batch: Batch):
    prediction = model.estimate(batch)
    total = sum(item.total_ree.recoverable_kg.mean for item in prediction.items)
    assert prediction.totals.total_ree.recoverable_kg.mean == pytest.approx(total, rel=1e-4)


@often
@given(batches)
def test_what_the_stages_take_is_what_is_not_recovered(model: RecoveryModel, batch: Batch):
    prediction = model.estimate(batch)
    for element in prediction.totals.elements:
        lost = sum(
            loss.lost_kg
            for stage in prediction.losses
            for loss in stage.elements
            if loss.element == element.element
        )
        missing = element.contained_kg.mean - element.recoverable_kg.mean
        assert lost == pytest.approx(missing, rel=1e-3, abs=1e-5 * element.contained_kg.mean)


@often
@given(batches)
def test_oxides_are_metal_times_their_factor(model: RecoveryModel, batch: Batch):
    for element in model.estimate(batch).totals.elements:
        back = element.recoverable_oxide_kg.mean / ELEMENTS[element.element].oxide_factor
        assert back == pytest.approx(element.recoverable_kg.mean, rel=1e-4)


def relative_width(totals) -> float:
    neodymium = of(totals, "Nd").contained_kg
    return (neodymium.upper - neodymium.lower) / neodymium.median


def test_many_pieces_are_known_better_than_one_but_never_exactly(estimate):
    """Unit scatter shrinks as one over the square root of n; what nobody knows of phones stays."""
    one, thousand, million = (
        relative_width(estimate(LineItem("phone", "smartphone", count=n)).totals)
        for n in (1, 1000, 1_000_000)
    )
    assert one > 1.03 * thousand
    assert million <= 1.02 * thousand  # up to the noise of 2,000 draws
    assert million > 0.95 * thousand


def test_few_pieces_of_a_product_that_seldom_holds_magnets_may_hold_none(estimate):
    washing_machines = LineItem("appliance", "washing_machine_motor", count=1, year=2010)
    one = of(estimate(washing_machines).totals, "Nd").contained_kg
    many = of(estimate(replace(washing_machines, count=10_000)).totals, "Nd").contained_kg
    assert one.median == 0.0
    assert many.lower > 0.0
    assert one.upper > many.upper / 10_000


@pytest.mark.parametrize(
    "product", [("phone", "smartphone"), ("appliance", "vacuum_cleaner_motor")]
)
def test_one_line_of_200_equals_200_lines_of_one(estimate, product):
    together = estimate(LineItem(*product, count=200, year=2012)).totals
    apart = estimate(*(LineItem(*product, count=1, year=2012) for _ in range(200))).totals
    assert apart == together


def test_lines_of_one_category_are_wrong_together(estimate):
    """The interval of a sum is far wider than if the lines' errors were independent."""
    subtypes = (
        "flat_screen_tv_speakers",
        "flat_screen_monitor_speakers",
        "radio_hifi",
        "loudspeaker",
    )
    counts = (1000, 3000, 9000, 250)
    batch = [
        LineItem("speaker", s, count=n, year=2015) for s, n in zip(subtypes, counts, strict=True)
    ]
    found = estimate(*batch)
    total = found.totals.total_ree.contained_kg
    halves = [
        (i.total_ree.contained_kg.upper - i.total_ree.contained_kg.lower) / 2 for i in found.items
    ]
    independent = sum(half**2 for half in halves) ** 0.5
    assert (total.upper - total.lower) / 2 > 1.15 * independent
    assert total.upper < 1.05 * sum(i.total_ree.contained_kg.upper for i in found.items)


def test_same_batch_same_answer_also_from_another_fit(model, tables):
    batch = Batch((LineItem("motor", count=7), LineItem("phone", count=3, year=2009)))
    assert RecoveryModel().fit(tables).estimate(batch) == model.estimate(batch)
