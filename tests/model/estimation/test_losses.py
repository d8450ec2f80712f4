"""What the stages take, what each yield rests on, and what shredding costs."""

import pytest

from recycler.batch import Batch, DeclaredMagnet, FeedState, LineItem, MagnetType

WET = "hydrometallurgy"
PHONES = LineItem("phone", "smartphone", count=1000, year=2017)
MAGNETS = LineItem("magnet", mass_kg=5.0)
EBIKES = LineItem("ebike", count=100)
"""Their magnets hold gadolinium as well."""


def losses(prediction, stage: str) -> dict:
    return next({e.element: e for e in s.elements} for s in prediction.losses if s.stage == stage)


def yields_of(prediction, stage: str) -> dict[str, float]:
    return {symbol: loss.yield_fraction for symbol, loss in losses(prediction, stage).items()}


@pytest.mark.parametrize("stage", ["leaching", "separation", "precipitation"])
def test_elements_without_published_yields_are_assumed_within_a_published_stage(estimate, stage):
    found = losses(estimate(EBIKES), stage)
    assert found["Nd"].basis == found["Dy"].basis == "published"
    assert {found[e].basis for e in ("Tb", "Gd")} == {"assumed"}


def test_a_stage_without_any_published_yield_is_assumed_for_every_element(estimate):
    for stage in ("liberation", "demagnetisation", "calcination", "hidden_loss"):
        assert {loss.basis for loss in losses(estimate(PHONES), stage).values()} == {"assumed"}


def test_a_route_that_keeps_the_alloy_whole_borrows_no_yields(estimate):
    prediction = estimate(EBIKES, PHONES, route="hydrogen_hpms")
    assert {loss.basis for loss in losses(prediction, "liberation").values()} == {"published"}
    assert not [note for note in prediction.notes if note.code == "yield_borrowed"]


def test_the_line_says_for_which_elements_a_published_stage_is_assumed(estimate):
    """And names the assumption, so that nobody takes terbium's leaching for measured."""
    bases = {basis.factor: basis for basis in estimate(EBIKES).items[0].basis}
    leaching = bases["leaching"]
    assert leaching.basis == "published"
    assert leaching.sources
    assert set(leaching.assumed_for) >= {"Tb", "Gd"}
    assert "Nd" not in leaching.assumed_for
    assert "dysprosium's is borrowed" in leaching.assumption
    assert bases["calcination"].assumed_for == ()


def test_the_batch_notes_every_element_whose_yields_are_borrowed(estimate):
    prediction = estimate(EBIKES)
    noted = {n.message.split(":")[0] for n in prediction.notes if n.code == "yield_borrowed"}
    marked = {e for basis in prediction.items[0].basis for e in basis.assumed_for}
    assert noted == marked >= {"Tb", "Gd"}


def test_the_weakest_line_decides_what_a_stage_rests_on(estimate):
    """Magnets need no liberation; phones do, by assumption."""
    assert losses(estimate(MAGNETS), "liberation")["Nd"].basis == "declared"
    assert losses(estimate(MAGNETS, PHONES), "liberation")["Nd"].basis == "assumed"


def test_an_element_rests_on_the_lines_that_hold_it(estimate):
    """Samarium comes with the magnets alone, which need no liberation."""
    samarium = LineItem("magnet", mass_kg=5.0, magnet=DeclaredMagnet(MagnetType.SMCO))
    found = losses(estimate(samarium, LineItem("hdd", count=10, year=2015)), "liberation")
    assert found["Sm"].basis == "declared"
    assert found["Nd"].basis == "assumed"


@pytest.mark.parametrize("product", [("hdd", "hdd_mixed"), ("motor", "ev_traction_motor")])
def test_shredding_first_loses_most_of_what_dismantling_saves(estimate, product):
    """73.9 % are lost against manual disassembly (Habibzadeh et al. 2024, on hard disks).

    One study, so the mean lies above its figure; the middle of the draws is what it printed.
    """
    by_hand, shredded = (
        estimate(LineItem(*product, count=5000, year=2015, state=state))
        for state in (FeedState.WHOLE, FeedState.SHREDDED)
    )
    assert by_hand.totals.total_ree.contained_kg == shredded.totals.total_ree.contained_kg
    saved = [p.totals.total_ree.recoverable_kg.median for p in (by_hand, shredded)]
    assert saved[1] == pytest.approx((1 - 0.739) * saved[0], rel=0.25)
    liberated = [yields_of(p, "liberation")["Nd"] for p in (by_hand, shredded)]
    assert liberated[1] < 0.4 * liberated[0]


def test_dismantled_feed_yields_more_than_whole_and_magnets_most(estimate):
    shares = []
    for state in (FeedState.SHREDDED, FeedState.WHOLE, FeedState.DISMANTLED, FeedState.MAGNETS):
        total = estimate(LineItem("hdd", count=100, state=state)).totals.total_ree
        shares.append(total.recoverable_kg.mean / total.contained_kg.mean)
    assert shares == sorted(shares)


def test_the_state_of_the_feed_changes_liberation_alone(model):
    """The same plant takes what it is given: the later stages keep their shares."""
    later = []
    for state in (FeedState.SHREDDED, FeedState.WHOLE):
        prediction = model.estimate(Batch((LineItem("hdd", count=100, state=state),), route=WET))
        later.append({s.stage: yields_of(prediction, s.stage)["Nd"] for s in prediction.losses[1:]})
    assert later[0] == pytest.approx(later[1], rel=0.01)  # the draws' chance correlations
