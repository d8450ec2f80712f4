"""What the tables know of each other, to check references between them by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from recycler.reference.cells import identifier, named_in, one_of, refuse
from recycler.reference.citations import primaries_of
from recycler.reference.lines import Line
from recycler.reference.rows import Source

Lines = Mapping[str, tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """Ids and words that other tables define.

    `subtypes` lists the subtypes of each category, products and others; `products` those that are
    products, `presence` those with shares by year; `routes` are the routes offered.
    """

    sources: Mapping[str, Source]
    assumptions: frozenset[str]
    subtypes: Mapping[str, tuple[str, ...]]
    products: frozenset[str]
    presence: frozenset[str]
    routes: tuple[str, ...]

    def source(self, cell: str) -> str:
        """The id of a source that exists."""
        return named_in(self.sources, "source_id", "sources.csv")(cell)

    def assumption(self, cell: str) -> str:
        """The name of an assumption that exists."""
        return named_in(self.assumptions, "name", "assumptions.csv")(cell)

    def with_shares(self, cell: str) -> str:
        """A subtype that has shares holding NdFeB."""
        return named_in(self.presence, "subtype", "magnet_presence.csv")(cell)

    def no_product(self, cell: str) -> str:
        """A subtype that is no product."""
        if cell in self.products:
            raise refuse(cell, "is a product", "a subtype that products.csv does not have")
        return identifier(cell)

    def category(self, cell: str) -> str:
        """A category that products.csv names."""
        return one_of(self.subtypes, "category")(cell)

    def subtype(self, line: Line) -> str:
        """The subtype of a line, which has to belong to the line's category."""
        category = line.get("category", self.category)
        return line.get("subtype", one_of(self.subtypes[category], f"subtype of {category}"))

    def primaries(self, line: Line, cites: str | None = None) -> frozenset[str]:
        """The publications behind a line; `cites` is the column that names them, if any does."""
        source_id = line.get("source_id", self.source)
        if cites is None:
            return primaries_of("", source_id, self.sources)
        return line.get(cites, partial(primaries_of, source_id=source_id, sources=self.sources))


def known_of(lines: Lines, sources: Mapping[str, Source]) -> Known:
    """Collect what other tables may refer to; `lines` are the lines of all tables by name."""
    return Known(
        sources=sources,
        assumptions=frozenset(line["name"] for line in lines["assumptions"]),
        subtypes=_subtypes(lines),
        products=frozenset(line["subtype"] for line in lines["products"]),
        presence=frozenset(line["subtype"] for line in lines["magnet_presence"]),
        routes=tuple(dict.fromkeys(line["route"] for line in lines["routes"])),
    )


def _subtypes(lines: Lines) -> dict[str, tuple[str, ...]]:
    categories = dict.fromkeys(line["category"] for line in lines["products"])
    named: Iterable[Line] = (*lines["products"], *lines["observed_only"])
    pairs = [(line["category"], line["subtype"]) for line in named]
    return {c: tuple(subtype for category, subtype in pairs if category == c) for c in categories}
