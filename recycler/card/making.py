"""A card's files, all made of the same facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from recycler.card.facts import Facts
from recycler.card.figures import pictures
from recycler.card.markdown import markdown
from recycler.card.page import page
from recycler.card.svg import on_paper


@dataclass(frozen=True, slots=True)
class Card:
    """A card: Markdown, a page that needs no other file, and the figures of the Markdown."""

    markdown: str
    page: str
    figures: Mapping[str, bytes]


def make_card(facts: Facts) -> Card:
    """Write the card of a version; without matplotlib it has no figures and says so."""
    drawn = pictures(facts.held_out)
    return Card(
        markdown=markdown(facts, drawn),
        page=page(facts, drawn),
        figures={f"{picture.name}.svg": on_paper(picture.svg) for picture in drawn},
    )
