"""Scores made by hand, and the card that is made of them."""

import pytest
from score_samples import facts_of, some_scores

from recycler.card import Card, Facts, make_card


@pytest.fixture(scope="session")
def facts() -> Facts:
    return facts_of(some_scores())


@pytest.fixture(scope="session")
def card(facts: Facts) -> Card:
    return make_card(facts)
