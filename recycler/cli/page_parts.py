"""What pages for people have in common: headings, names of lines, lists of sentences, the model.

Most are laid out as parts below one another, each with a title of its own.
"""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.estimate import ModelReference, Note

_LINES_NAMED = 8
_NAME_WIDTH = 16  # of a line's name in tables


def laid_out(parts: Iterable[RenderableType]) -> RenderableType:
    """The parts of a page below one another, a blank line before each and at the end."""
    return Group(*(Padding(part, (1, 0, 0, 0)) for part in parts), "")


def titled(title: str, *shown: RenderableType) -> RenderableType:
    """Something under its title, which may be wider."""
    return Group(Padding(Text(title, "bold"), (0, 1)), *shown)


def headed(batch_id: str | None, about: str, legend: str) -> RenderableType:
    """The batch's name and what the page is about, over how to read its figures."""
    return over_legend(Text.assemble((batch_id or "Batch", "bold"), f" · {about}"), legend)


def over_legend(title: Text, legend: str) -> RenderableType:
    """A page's title over how to read its figures."""
    return Padding(Group(title, Text(legend, "dim")), (0, 1))


def line_name(item: int, line_id: str | None) -> str:
    """What a line is called: as its sender did, else its number, counted from one."""
    return line_id or str(item + 1)


def short(name: str) -> Text:
    """A line's name, cut to the width that tables have for it."""
    text = Text(name)
    text.truncate(_NAME_WIDTH, overflow="ellipsis")
    return text


def lines_named(names: Sequence[str], whole: int | None = None) -> str:
    """Lines in a few words; nothing if they are all of a batch of `whole` lines."""
    if len(names) in (0, whole):
        return ""
    more = len(names) - _LINES_NAMED
    further = f" and {more:,} more" if more > 0 else ""
    kind = "line" if len(names) == 1 else "lines"
    return f"{kind} {', '.join(names[:_LINES_NAMED])}{further}"


def noted(notes: Iterable[Note], names: Sequence[str]) -> list[tuple[str, str]]:
    """Every note once: the lines that it is about, and what it says.

    Args:
        notes: The notes; what is said of several lines stands there for each.
        names: What the lines of the batch are called, in order.
    """
    about: dict[str, list[str]] = {}
    for note in notes:
        lines = about.setdefault(note.message, [])
        if note.item is not None:
            lines.append(names[note.item])
    return [(lines_named(lines, len(names)), message) for message, lines in about.items()]


def listed(title: str, entries: Iterable[tuple[str, str]]) -> RenderableType:
    """Sentences under a title, each after what it is about."""
    points = [
        Padding(Text.assemble((f"{about}: " if about else "", "bold"), sentence), (0, 1, 0, 3))
        for about, sentence in entries
    ]
    return titled(title, *points)


def identified(model: ModelReference, answer: str) -> RenderableType:
    """Which model answered, by its version and the beginnings of its digests, over the answer."""
    told = f"Model {model.version} · sha256 {model.sha256[:12]} · data {model.data_digest[:12]}"
    return Padding(Text(f"{told}\n{answer}", "dim"), (0, 1))
