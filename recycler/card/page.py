"""The card as one HTML page that needs nothing else: no script, no font, no picture of its own."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recycler.card import content, lots
from recycler.card.facts import Facts
from recycler.card.figures import Picture
from recycler.card.palette import DARK, LIGHT
from recycler.card.svg import in_page


def page(facts: Facts, pictures: Sequence[Picture]) -> str:
    """The card of a version, for a browser, a phone or a printer."""
    environment = Environment(
        loader=PackageLoader("recycler.card", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    lot_tables = lots.lot_tables(facts)
    tables = [*content.tables(facts), *lot_tables]
    return environment.get_template("card.html").render(
        facts=facts,
        content=content,
        light=LIGHT,
        dark=DARK,
        headline=content.headline(facts),
        lots=lots,
        lot_tables=lot_tables,
        tables={table.title: table for table in tables},
        pictures={picture.name: picture for picture in pictures},
        drawing=_drawing,
        weak_spots=[*content.weak_spots(facts), *lots.weak_lots(facts)],
    )


def _drawing(picture: Picture) -> Markup:
    return Markup(in_page(picture.name, picture.svg, picture.title))  # noqa: S704  # our own SVG
