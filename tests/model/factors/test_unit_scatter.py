"""What n, sd and ranges of a printed figure tell."""

from dataclasses import replace
from math import log, sqrt

import pytest

from recycler.model.factors.observations import observe
from recycler.model.factors.unit_scatter import (
    UnitScatter,
    learn_scatter,
    scatter_in_mean,
    spread_of_range,
)


@pytest.fixture(scope="module")
def scatter(tables) -> UnitScatter:
    return learn_scatter(tables)


def test_scatter_of_single_magnets_is_the_printed_one(scatter):
    """Hard disks (ueberschaar2015): Nd 22.9 +- 2.8, Pr 2.7 +- 2.2, Dy 1.4 +- 1.5 mass %."""
    neodymium = log(1 + (2.8 / 22.9) ** 2)
    others = [log(1 + (2.2 / 2.7) ** 2), log(1 + (1.5 / 1.4) ** 2)]
    assert scatter.nd_fraction == pytest.approx(sqrt(neodymium))
    assert scatter.ratio == pytest.approx(sqrt(sum(others) / 2 - neodymium))


def test_scatter_is_not_made_up(tables):
    silent = [replace(row, sd={}) for row in tables.compositions]
    with pytest.raises(ValueError, match="needs a printed sd of Nd"):
        learn_scatter(replace(tables, compositions=tuple(silent)))


@pytest.mark.parametrize(("pieces", "share"), [(1, 1.0), (4, 0.25), (100, 0.01), (None, 0.0)])
def test_a_mean_keeps_the_scatter_of_its_pieces(pieces, share):
    scatter = UnitScatter(magnet_mass=0.3, nd_fraction=0.1, ratio=0.6)
    found = scatter_in_mean(scatter, ("magnet_mass", "nd_fraction", "ratio:Dy"), pieces)
    assert found == pytest.approx(share * (0.09 + 0.01 + 0.36))


def test_a_range_is_four_standard_deviations(tables):
    """Hard disks hold 25 to 28 g of magnets per kg (menadseron_nd): a log-sd of 2.8 %."""
    row = next(row for row in tables.magnet_masses if row.row_id == "menadseron_nd_01")
    assert sqrt(spread_of_range(row)) == pytest.approx(log(28 / 25) / 4)
    assert spread_of_range(replace(row, min_g=None)) == 0.0


def test_figures_carry_what_their_source_leaves_open(tables, scatter):
    """One smartphone was blended whole (plymouth2019): its Nd is that of a single phone."""
    found = {(o.row_id, o.factor): o.variance for o in observe(tables)}
    single = scatter.magnet_mass**2 + scatter.nd_fraction**2
    assert found["plymouth2019_01", "element_content"] == pytest.approx(single)
    assert found["wrap_birmingham_01", "magnet_mass"] == pytest.approx(scatter.magnet_mass**2 / 100)
    assert found["belfqueh2023_01", "nd_fraction"] == 0.0  # pooled from many; no n is printed


def test_a_single_piece_moves_the_model_less_than_many_do(tables):
    """The same figure, told to be of one piece or of a thousand."""
    from recycler.model.factors.content import ContentModel

    def median(pieces: int) -> float:
        rows = [
            replace(row, n=pieces, magnet_mass_g=60.0) if row.source_id == "zepf2012" else row
            for row in tables.magnet_masses
        ]
        model = ContentModel(tolerance=1e-6).fit(
            observe(replace(tables, magnet_masses=tuple(rows)))
        )
        law = model.law("magnet_mass", "hdd", "hdd_3_5", log(0.55))
        return model.mean_and_spread(law)[0]

    assert median(1) < median(1000)
