"""The card in Markdown: what a terminal shows and a repository renders."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from recycler.card import content, lots
from recycler.card.content import Table
from recycler.card.facts import Facts
from recycler.card.figures import Picture

_SPECIAL: Final = re.compile(r"[\\|<*_`\[]")  # in the name of a plant, which is anybody's


def markdown(facts: Facts, pictures: Sequence[Picture]) -> str:
    """The card of a version.

    Args:
        facts: What there is to tell.
        pictures: Drawn already; they lie in `figures/` beside the card.
    """
    return "\n".join(_lines(facts, pictures)) + "\n"


def _lines(facts: Facts, pictures: Sequence[Picture]) -> Iterator[str]:
    yield from (f"# Recovery model {facts.version}", "", content.SUBJECT, "")
    yield from (f"- **{term}** {text}" for term, text in content.made_of(facts))
    yield from ("", "## How it is judged", "")
    for paragraph in content.JUDGED:
        yield from (paragraph, "")
    yield from ("## Scores on sources left out", "")
    for table in content.tables(facts):
        yield from _table(table)
    yield from _lots(facts)
    yield from ("## Pictures", "")
    yield from _pictures(pictures)
    yield from ("## Where it fails", "")
    weak_spots = (*content.weak_spots(facts), *lots.weak_lots(facts))
    yield from (f"- {sentence}" for sentence in (*weak_spots, *content.LIMITS))
    yield from ("", "## Files", "")
    yield "`card.html` is this card as a page; `held_out.csv` has every figure that was left out,"
    yield "what each method predicted of it, and its scores."
    if facts.plants:
        yield "`lots.csv` has the same of every figure of a lot left out; `assays.csv` names every"
        yield "lot that was looked at, with the digest of what it said, and why it was set aside."


def _lots(facts: Facts) -> Iterator[str]:
    tables = lots.lot_tables(facts)
    if not tables:
        return
    yield from (f"## {lots.TITLE}", "", lots.JUDGED, "")
    for table in tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {table.title}", "", _row(table.header))
    yield f"| --- |{' --: |' * (len(table.header) - 1)}"
    for cells in table.rows[:-1] if table.pooled else table.rows:
        yield _row(cells)
    if table.pooled:
        yield _row(table.rows[-1], "**")
    yield ""
    if table.note:
        yield from (table.note, "")


def _row(cells: Sequence[str], around: str = "") -> str:
    told = (f"{around}{_SPECIAL.sub(_escaped, cell)}{around}" for cell in cells)
    return f"| {' | '.join(told)} |"


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _pictures(pictures: Sequence[Picture]) -> Iterator[str]:
    if not pictures:
        yield from (content.NO_FIGURES, "")
    for picture in pictures:
        yield from (f"### {picture.title}", "")
        yield from (f"![{picture.title}](figures/{picture.name}.svg)", "", picture.caption, "")
