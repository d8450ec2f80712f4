"""Assays are set aside with a reason, and only where there is one."""

from dataclasses import replace

import numpy as np
import pytest
from measured_samples import MOTORS, lot, sample

from recycler.batch import LineItem
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import observe
from recycler.model.lots.figures import Reader
from recycler.model.lots.screening import screen
from recycler.reference import load_tables

LIMIT = 6.0


@pytest.fixture(scope="module")
def published():
    return ContentModel(calibrated=False).fit(observe(load_tables()))


def screened(lots, published):
    named = {found.lot_id: found for found in lots}
    return screen(named, Reader.of(load_tables(), named.values()), published, LIMIT)


def plausible(count, seed=1):
    """Lots whose dysprosium is half of what is published, scattering as lots do."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        nd = 0.24 * np.exp(0.05 * rng.standard_normal())
        yield lot(str(i), sample(Nd=nd, Dy=0.11 * nd * np.exp(0.2 * rng.standard_normal())))


def test_lots_that_only_differ_from_the_literature_are_all_used(published):
    found = screened(list(plausible(50)), published)
    assert found.set_aside == {}
    assert found.used == tuple(str(i) for i in range(50))


def test_percent_for_fraction_is_noticed_and_told(published):
    """A tenth of the true content, among good lots: far from all of them."""
    slip = lot("slip", sample(Nd=0.024, Dy=0.0026))
    found = screened([*plausible(12), slip], published)
    assert list(found.set_aside) == ["slip"]
    assert "robust standard deviations" in found.set_aside["slip"]


def test_a_first_lot_is_judged_by_what_is_published(published):
    found = screened([lot("first", sample(Nd=0.003, Dy=0.0003))], published)
    assert "right unit" in found.set_aside["first"]


def test_the_same_figures_twice_count_once(published):
    lots = [
        lot("a", sample(Nd=0.241, Dy=0.0211, Pr=0.0521)),
        lot("b", sample(Nd=0.241, Dy=0.0211, Pr=0.0521)),
    ]
    found = screened(lots, published)
    assert found.used == ("a",)
    assert "lot 'a'" in found.set_aside["b"]


def test_more_metal_than_mass_is_impossible(published):
    crate = LineItem("magnet", mass_kg=10.0)
    found = screened([lot("1", sample(Nd=0.25), line=crate, recovered_kg={"Nd": 11.0})], published)
    assert "11 kg" in found.set_aside["1"]


def recovering(share, lot_id="1", line=MOTORS, **told):
    """A lot of 40 motors with 1.5 kg of magnets each, 24 % Nd: 14.4 kg in all."""
    told = {"magnet_mass_g": 1500.0, "weighed": 10, "route": "hydrometallurgy"} | told
    return lot(lot_id, sample(Nd=0.24), line=line, recovered_kg={"Nd": 14.4 * share}, **told)


def test_more_of_an_element_than_the_lot_can_hold_is_impossible(published):
    """Within what a few weighed magnets leave open, more than contained may be printed."""
    found = screened([recovering(4.0, "much"), recovering(1.1, "close")], published)
    assert list(found.set_aside) == ["much"]
    assert "4 times as much Nd" in found.set_aside["much"]


def test_what_loose_magnets_can_hold_is_their_mass(published):
    crate = LineItem("magnet", mass_kg=10.0)
    lots = [
        recovering(1.0, "tenfold", line=replace(crate, mass_kg=20.0), magnet_mass_g=None),
        recovering(0.1, "fair", line=crate, magnet_mass_g=None),
    ]
    found = screened(lots, published)
    assert list(found.set_aside) == ["tenfold"]


def test_grams_for_kilograms_are_noticed_among_other_lots(published):
    usual = [recovering(0.5 + i / 100, str(i)) for i in range(8)]
    found = screened([*usual, recovering(0.0005, "slip")], published)
    assert list(found.set_aside) == ["slip"]
    assert "share of 0.0005 of all Nd" in found.set_aside["slip"]


def test_lots_that_only_tell_what_was_recovered_are_used(published):
    only = [replace(recovering(0.3, str(i)), samples=(), magnet_mass_g=None) for i in range(3)]
    found = screened(only, published)
    assert found.set_aside == {}


def test_analyses_that_contradict_themselves_are_impossible(published):
    found = screened([lot("1", sample(Nd=0.8), line=MOTORS)], published)
    assert "contradicts itself" in found.set_aside["1"]
