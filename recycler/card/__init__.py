"""The model card of a version: what it is, how good it is, where it fails. Markdown and a page."""

from recycler.card.facts import Facts, LotCount
from recycler.card.making import Card, make_card

__all__ = ["Card", "Facts", "LotCount", "make_card"]
