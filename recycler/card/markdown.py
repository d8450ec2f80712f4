"""The card in Markdown: what a terminal shows and a repository renders."""

from collections.abc import Iterator, Sequence

from recycler.card import content
from recycler.card.content import Table
from recycler.card.facts import Facts
from recycler.card.figures import Picture


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
    yield from ("## Pictures", "")
    yield from _pictures(pictures)
    yield from ("## Where it fails", "")
    yield from (f"- {sentence}" for sentence in (*content.weak_spots(facts), *content.LIMITS))
    yield from ("", "## Files", "")
    yield "`card.html` is this card as a page; `held_out.csv` has every figure that was left out,"
    yield "what each method predicted of it, and its scores."


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {table.title}", "", _row(table.header))
    yield _row(["---", *["--:"] * (len(table.header) - 1)])
    for cells in table.rows[:-1] if table.pooled else table.rows:
        yield _row(cells)
    if table.pooled:
        yield _row([f"**{cell}**" for cell in table.rows[-1]])
    yield ""
    if table.note:
        yield from (table.note, "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _pictures(pictures: Sequence[Picture]) -> Iterator[str]:
    if not pictures:
        yield from (content.NO_FIGURES, "")
    for picture in pictures:
        yield from (f"### {picture.title}", "")
        yield from (f"![{picture.title}](figures/{picture.name}.svg)", "", picture.caption, "")
