"""What a measured lot says: rules on single lots."""

from dataclasses import replace
from math import log

import pytest
from measured_samples import MOTORS, lot, sample

from recycler.batch import DeclaredMagnet, LineItem, MagnetType
from recycler.model.lots.figures import Reader, against
from recycler.model.lots.unit_scatter import learn_own_scatter
from recycler.reference import load_tables

TABLES = load_tables()


def read(*lots):
    """Term -> figure of the lots, read together."""
    return {f.term: f for f in Reader.of(TABLES, lots).figures(lots)}


def test_samples_tell_neodymium_and_ratios_to_it():
    found = read(lot("1", sample(Nd=0.24, Dy=0.02), sample(Nd=0.26, Dy=0.03)))
    assert set(found) == {"nd_fraction", "ratio:Dy"}
    assert found["nd_fraction"].value == pytest.approx(log(0.25), abs=1e-3)
    assert found["ratio:Dy"].value == pytest.approx(log(0.1), abs=1e-3)
    assert found["ratio:Dy"].source == "plant:own"


def test_more_samples_leave_less_open():
    one = read(lot("1", sample(Nd=0.24)))["nd_fraction"].variance
    many = read(lot("1", *[sample(Nd=0.24)] * 9))["nd_fraction"].variance
    assert many < one / 5


def test_a_reading_below_detection_is_a_bound_of_the_ratio():
    found = read(lot("1", sample(Nd=0.25, Tb="<0.0005")))["ratio:Tb"]
    assert found.below
    assert found.value == pytest.approx(log(0.0005 / 0.25))


def test_a_weighed_magnet_is_led_back_to_the_reference_piece():
    """A phone is a phone; twice the weight is twice the figure."""
    phones = LineItem("phone", "smartphone", count=100)
    light, heavy = (
        read(lot("1", line=phones, magnet_mass_g=grams, weighed=10))["magnet_mass"]
        for grams in (1.0, 2.0)
    )
    assert light.value == pytest.approx(log(0.001))
    assert heavy.value - light.value == pytest.approx(log(2))
    assert light.variance == pytest.approx(0.35**2 / 10)


def test_sizes_that_no_lot_of_a_plant_tells_are_in_its_scatter():
    """What sizes differ by is not open of each lot besides; where one is told, it is."""
    weighed = [lot(str(i), magnet_mass_g=900.0, weighed=10) for i in range(3)]
    found = read(*weighed)["magnet_mass"]
    assert not found.sized
    assert found.variance == pytest.approx(0.35**2 / 10)
    sized = replace(weighed[0], lot_id="sized", line=replace(MOTORS, rated_power_kw=100.0))
    beside = read(sized, *weighed)["magnet_mass"]
    assert beside.sized
    assert beside.variance == pytest.approx(0.35**2 / 10 + 0.5**2)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"line": LineItem("motor", count=3)}, "names no subtype"),
        ({"line": LineItem("dragon", count=3)}, "no category"),
        ({"line": LineItem("motor", "dragon", count=3)}, "no subtype"),
        (
            {"line": replace(MOTORS, magnet=DeclaredMagnet(MagnetType.SMCO))},
            "SmCo",
        ),
        ({"samples": (sample(Dy=0.02),)}, "no Nd"),
    ],
)
def test_what_tells_nothing_says_why(changed, reason):
    found = replace(lot("1", sample(Nd=0.25)), **changed)
    assert reason in against(found, TABLES)
    assert read(found) == {}


def test_loose_magnets_need_no_subtype():
    magnets = LineItem("magnet", mass_kg=100.0)
    assert against(lot("1", sample(Nd=0.25), line=magnets), TABLES) is None


def test_the_scatter_of_single_magnets_is_learned_from_several_samples():
    reader = Reader.of(TABLES, ())
    lots = [lot(str(i), *[sample(Nd=0.25, Dy=0.02)] * 5) for i in range(20)]
    own = learn_own_scatter(lots, reader.scatter)["plant:own", "ev_traction_motor"]
    assert own.of("Dy") < reader.scatter.of("Dy") / 3
    assert own.of("Tb") == reader.scatter.of("Tb")


def test_one_sample_a_lot_tells_no_scatter():
    reader = Reader.of(TABLES, ())
    assert learn_own_scatter([lot("1", sample(Nd=0.25))], reader.scatter) == {}
