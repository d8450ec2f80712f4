"""Every source that an answer names exists, and has as many rows as the answer says."""

import pytest

from recycler.batch import Batch, DeclaredMagnet, LineItem, MagnetType
from recycler.reference import load_tables, source_accounts

TABLES = load_tables()
ACCOUNTS = source_accounts(TABLES)
PRODUCTS = [LineItem(p.category, p.subtype, count=10) for p in TABLES.products]
CATEGORIES = [LineItem(category, count=10, unit_mass_kg=1.0) for category in TABLES.categories]
SAMARIUM = LineItem("magnet", mass_kg=1.0, magnet=DeclaredMagnet(MagnetType.SMCO))


@pytest.mark.parametrize("route", TABLES.routes)
def test_every_source_behind_any_line_on_any_route_is_known(model, route):
    items = (*PRODUCTS, *CATEGORIES, SAMARIUM)
    named = set()
    for item in model.estimate(Batch(items, route=route)).items:
        for use in (use for basis in item.basis for use in basis.sources):
            assert 1 <= use.rows <= ACCOUNTS[use.source_id].used
            named.add(use.source_id)
    assert len(named) > 60


def test_what_is_assumed_says_what(model):
    for item in model.estimate(Batch((*PRODUCTS, *CATEGORIES))).items:
        for basis in item.basis:
            if basis.basis == "assumed" or basis.assumed_for:
                assert basis.assumption, basis.factor
