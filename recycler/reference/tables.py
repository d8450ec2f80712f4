"""All reference tables, read and checked together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from recycler.reference import readers
from recycler.reference.cells import sentence
from recycler.reference.errors import TableError
from recycler.reference.known import Known, Lines, known_of
from recycler.reference.layouts import LAYOUTS
from recycler.reference.lines import Layout, Line, read_lines
from recycler.reference.rows import (
    Assumption,
    CompositionRow,
    ContentRow,
    MassRow,
    ObservedOnly,
    PresenceRow,
    Product,
    RouteStage,
    Source,
    YieldRow,
)

R = TypeVar("R")

OTHER_CATEGORY = "other"
"""The category of products that the tables do not know."""


@dataclass(frozen=True)
class Tables:
    """The published tables and the assumptions beside them.

    `routes` holds the stages of each route in order and `route_labels` a sentence on it;
    `observed_only` the subtypes that have figures but are no products. `digest` is the SHA-256 of
    the files, in hexadecimal: any byte that changes changes it.
    """

    sources: Mapping[str, Source]
    products: tuple[Product, ...]
    observed_only: tuple[ObservedOnly, ...]
    contents: tuple[ContentRow, ...]
    magnet_masses: tuple[MassRow, ...]
    compositions: tuple[CompositionRow, ...]
    presences: tuple[PresenceRow, ...]
    stage_yields: tuple[YieldRow, ...]
    routes: Mapping[str, tuple[RouteStage, ...]]
    route_labels: Mapping[str, str]
    assumptions: Mapping[str, Assumption]
    digest: str

    @cached_property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The subtypes of each category, in the order of the products.

        Category `other`, for products that the tables do not know, has none.
        """
        found: dict[str, tuple[str, ...]] = {}
        for product in self.products:
            found[product.category] = (*found.get(product.category, ()), product.subtype)
        return {**found, OTHER_CATEGORY: ()}

    @cached_property
    def _by_subtype(self) -> Mapping[str, Product]:
        return {product.subtype: product for product in self.products}

    def product(self, subtype: str) -> Product:
        """The product of a subtype.

        Raises:
            KeyError: No product has this subtype.
        """
        return self._by_subtype[subtype]


@cache
def load_tables() -> Tables:
    """The tables that come with the package, read once per process."""
    return read_tables(files("recycler.reference") / "data")


def read_tables(folder: Traversable) -> Tables:
    """Read and check the tables in a folder (a Path, or a folder inside a package).

    Raises:
        TableError: A file is missing or something in it is not as it should be.
    """
    contents = {layout.name: _content(folder, layout) for layout in LAYOUTS}
    lines = {layout.name: read_lines(contents[layout.name], layout) for layout in LAYOUTS}
    digest = sha256(b"".join(contents.values())).hexdigest()
    return _assembled(lines, digest)


def _content(folder: Traversable, layout: Layout) -> bytes:
    try:
        return (folder / layout.file_name).read_bytes()
    except OSError as error:
        problem = f"{error.strerror or error}; a readable file is expected in {folder}"
        raise TableError(layout.file_name, None, None, problem) from error


def _assembled(lines: Lines, digest: str) -> Tables:
    sources = _sources(lines["sources"])
    known = known_of(lines, sources)

    def rows(table: str, read: Callable[[Line, Known], R]) -> tuple[R, ...]:
        return tuple(read(line, known) for line in lines[table])

    yields = rows("stage_yield", readers.read_yield)
    assumptions = [readers.read_assumption(line) for line in lines["assumptions"]]
    return Tables(
        sources=sources,
        products=rows("products", readers.read_product),
        observed_only=rows("observed_only", readers.read_observed_only),
        contents=rows("element_content", readers.read_content),
        magnet_masses=rows("magnet_mass", readers.read_mass),
        compositions=rows("magnet_composition", readers.read_composition),
        presences=rows("magnet_presence", readers.read_presence),
        stage_yields=yields,
        routes=_routes(lines["routes"], known, yields),
        route_labels=_route_labels(lines["routes"]),
        assumptions={assumption.name: assumption for assumption in assumptions},
        digest=digest,
    )


def _sources(lines: tuple[Line, ...]) -> dict[str, Source]:
    sources = {line["source_id"]: readers.read_source(line) for line in lines}
    for line in lines:
        first = sources[line["source_id"]].same_work_as
        if first and (first not in sources or sources[first].same_work_as):
            expected = "a source_id of this table that is not the same work as yet another"
            raise line.refuse("same_work_as", "is no such source", expected)
    return sources


def _routes(
    lines: tuple[Line, ...], known: Known, yields: tuple[YieldRow, ...]
) -> dict[str, tuple[RouteStage, ...]]:
    with_figures = frozenset((row.route, row.stage) for row in yields if row.used)
    routes: dict[str, tuple[RouteStage, ...]] = {}
    for line in lines:
        stage = readers.read_route_stage(line, known, with_figures)
        before = routes.get(stage.route, ())
        if stage.position != len(before) + 1:
            raise line.refuse("position", "is out of order", f"position {len(before) + 1}")
        routes[stage.route] = (*before, stage)
    return routes


def _route_labels(lines: tuple[Line, ...]) -> dict[str, str]:
    """The label of a route stands at its first stage."""
    return {line["route"]: line.get("label", sentence) for line in lines if line["position"] == "1"}
