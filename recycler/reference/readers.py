"""One reader per table: from a line to a row, every cell checked."""

from collections.abc import Iterable
from typing import TypedDict

from recycler.batch import Reading
from recycler.elements import RARE_EARTHS
from recycler.reference import cells, vocabulary
from recycler.reference.cells import Parser, identifier, number, one_of, optional, whole, words
from recycler.reference.known import Known
from recycler.reference.lines import Line
from recycler.reference.rows import (
    Assumption,
    Basis,
    Bound,
    CompositionRow,
    ContentRow,
    MassRow,
    ObservedOnly,
    PresenceRow,
    Product,
    RouteStage,
    Scaling,
    Source,
    YieldRow,
)

_MASS_G = number("a mass in grams > 0", above=0)
_MASS_KG = number("a mass in kilograms > 0", above=0)
_POWER_KW = number("a power in kW > 0", above=0)
_POSITIVE = number("a number > 0", above=0)
_SHARE = number("a share from 0 to 1", least=0, most=1)
_COUNT = whole("a number of pieces >= 1", least=1)
_POSITION = whole("a position 1, 2, ...", least=1)
_YEAR_SOLD = whole("a year from 1970 to 2030", least=1970, most=2030)
_YEAR_PRINTED = whole("a year from 1950 to 2030", least=1950, most=2030)

_LARGEST_SUM = 1.05
# Of mass fractions: the middles of printed ranges need not add up to 1 exactly.

_ROUNDING = 0.001
# A printed total may fall short of its parts by rounding.

_SECOND_HAND_WEIGHT = 0.3


class _Provenance(TypedDict):
    """What the rows of content, mass and composition have in common."""

    row_id: str
    source_id: str
    category: str
    subtype: str
    year: int | None
    n: int | None
    kind: str
    note: str


def _provenance(line: Line, known: Known) -> _Provenance:
    return {
        "row_id": line.get("row_id", identifier),
        "source_id": line.get("source_id", known.source),
        "category": line.get("category", known.category),
        "subtype": known.subtype(line),
        "year": line.get("year", optional(_YEAR_SOLD)),
        "n": line.get("n", optional(_COUNT)),
        "kind": line.get("kind", one_of(vocabulary.KINDS, "kind")),
        "note": line["note"],
    }


def read_source(line: Line) -> Source:
    """A line of sources.csv."""
    return Source(
        source_id=line.get("source_id", identifier),
        citation=_citation(line),
        doi=line.get("doi", optional(cells.doi)),
        url=line["url"] or None,
        licence=line["licence"] or None,
        same_work_as=line.get("same_work_as", optional(identifier)),
        cited_as=line["cited_as"] or None,
    )


def _citation(line: Line) -> str:
    year = line.get("year", optional(_YEAR_PRINTED)) or "n.d."
    cited = f"{line.get('authors', cells.sentence)} ({year}): {line.get('title', cells.sentence)}"
    stop = "" if cited.endswith((".", "?")) else "."
    return f"{cited}{stop} {line['journal']}" if line["journal"] else cited


def read_assumption(line: Line) -> Assumption:
    """A line of assumptions.csv."""
    scale = line.get("scale", optional(one_of(vocabulary.DISTRIBUTIONS, "scale")))
    if scale is None and (line["value"] or line["spread"]):
        raise line.refuse("scale", "", "the scale of the value and spread beside it")
    return Assumption(
        name=line.get("name", identifier),
        value=line.get("value", optional(_SHARE if scale in ("logit", "beta") else _POSITIVE)),
        spread=line.get("spread", optional(_POSITIVE)),
        scale=scale,
        statement=line.get("statement", cells.sentence),
    )


def read_observed_only(line: Line, known: Known) -> ObservedOnly:
    """A line of observed_only.csv."""
    return ObservedOnly(
        category=line.get("category", known.category),
        subtype=line.get("subtype", known.no_product),
        reason=line.get("reason", cells.sentence),
    )


def read_product(line: Line, known: Known) -> Product:
    """A line of products.csv."""
    scaling = line.get("scaling", cells.member(Scaling))
    power = _POWER_KW if scaling is Scaling.POWER else optional(_POWER_KW)
    scale, shape = _lifetime(line)
    return Product(
        category=line.get("category", identifier),
        subtype=line.get("subtype", identifier),
        label=line.get("label", cells.sentence),
        unu_key=line.get("unu_key", optional(identifier)),
        product_mass_kg=line.get("product_mass_kg", _MASS_KG),
        piece_mass_kg=line.get("piece_mass_kg", optional(_MASS_KG)),
        scaling=scaling,
        reference_power_kw=line.get("reference_power_kw", power),
        presence_of=line.get("presence_of", optional(known.with_shares)),
        presence_averaged=line.get("presence_averaged", cells.yes_or_no),
        lifetime_scale_years=scale,
        lifetime_shape=shape,
        source_id=line.get("source_id", optional(known.source)),
        assumptions=line.get("assumptions", words(known.assumption)),
        note=line["note"],
    )


def _lifetime(line: Line) -> tuple[float | None, float | None]:
    scale = line.get("lifetime_scale_years", optional(_POSITIVE))
    shape = line.get("lifetime_shape", optional(_POSITIVE) if scale is None else _POSITIVE)
    if scale is None and shape is not None:
        raise line.refuse("lifetime_scale_years", "", "a scale in years beside the shape")
    return scale, shape


def read_presence(line: Line, known: Known) -> PresenceRow:
    """A line of magnet_presence.csv."""
    return PresenceRow(
        category=line.get("category", known.category),
        subtype=known.subtype(line),
        year=line.get("year", _YEAR_SOLD),
        ndfeb_share=line.get("ndfeb_share", _SHARE),
        source_id=line.get("source_id", known.source),
    )


def read_content(line: Line, known: Known) -> ContentRow:
    """A line of element_content.csv."""
    line.get("via", optional(known.source))
    flags = line.get("flags", words(one_of(vocabulary.FIGURE_FLAGS, "flag")))
    content_g, min_g, max_g = _figure(line, ("content_g", "min_g", "max_g"), _MASS_G)
    return ContentRow(
        **_provenance(line, known),
        primaries=known.primaries(line),
        sample=line["sample"] or line["row_id"],
        basis=line.get("basis", cells.member(Basis)),
        element=line.get("element", one_of(vocabulary.MEASURED, "element")),
        content_g=content_g,
        min_g=min_g,
        max_g=max_g,
        bound=_bound(line, flags),
        excluded=vocabulary.EXCLUDE in flags,
    )


def read_mass(line: Line, known: Known) -> MassRow:
    """A line of magnet_mass.csv."""
    line.get("via", optional(known.source))
    flags = line.get("flags", words(one_of(vocabulary.FIGURE_FLAGS, "flag")))
    mass_g, min_g, max_g = _figure(line, ("magnet_mass_g", "min_g", "max_g"), _MASS_G)
    return MassRow(
        **_provenance(line, known),
        primaries=known.primaries(line, "cites"),
        basis=line.get("basis", cells.member(Basis)),
        product_mass_kg=line.get("product_mass_kg", optional(_MASS_KG)),
        magnet_type=line.get("magnet_type", one_of(vocabulary.MAGNET_TYPES, "magnet type")),
        magnet_mass_g=mass_g,
        min_g=min_g,
        max_g=max_g,
        sd_g=line.get("sd_g", optional(_MASS_G)),
        bound=_bound(line, flags),
        excluded=vocabulary.EXCLUDE in flags,
    )


def read_composition(line: Line, known: Known) -> CompositionRow:
    """A line of magnet_composition.csv."""
    readings = _readings(line)
    return CompositionRow(
        **_provenance(line, known),
        primaries=known.primaries(line, "cites"),
        sample=line["replicate_group"] or line["row_id"],
        magnet_type=line.get("magnet_type", one_of(vocabulary.MAGNET_TYPES, "magnet type")),
        grade=line["grade"] or None,
        readings=readings,
        total_ree=_total_ree(line, readings),
        sd=line.get("sd_note", cells.scatter(readings)),
        excluded=bool(line.get("flags", words(one_of((vocabulary.EXCLUDE,), "flag")))),
    )


def _readings(line: Line) -> dict[str, Reading]:
    """Readings of the elements carried; the others are only checked."""
    others = line.get("other", cells.analysis(vocabulary.OTHER_SYMBOLS))
    found = {s: line.get(s, optional(cells.reading)) for s in vocabulary.CARRIED}
    readings = {symbol: reading for symbol, reading in found.items() if reading is not None}
    total = _sum_of((*readings.values(), *others.values()))
    if total > _LARGEST_SUM:
        largest = max(readings, key=lambda symbol: readings[symbol].fraction)
        problem = f"brings the row to {100 * total:.1f} mass %"
        raise line.refuse(largest, problem, f"a sum of at most {100 * _LARGEST_SUM:.0f} mass %")
    return readings


def _total_ree(line: Line, readings: dict[str, Reading]) -> Reading | None:
    total = line.get("total_ree", optional(cells.reading))
    parts = _sum_of(reading for symbol, reading in readings.items() if symbol in RARE_EARTHS)
    if total is not None and total.fraction < parts - _ROUNDING:
        problem = "is less than the rare earths of the row"
        raise line.refuse("total_ree", problem, f"at least {100 * parts:.2f} mass %")
    return total


def _sum_of(readings: Iterable[Reading]) -> float:
    return sum(reading.fraction for reading in readings if not reading.below_detection)


def read_yield(line: Line, known: Known) -> YieldRow:
    """A line of stage_yield.csv."""
    flags = line.get("flags", words(one_of(vocabulary.YIELD_FLAGS, "flag")))
    columns = ("yield_pct", "yield_min_pct", "yield_max_pct")
    fraction, least, most = _figure(line, columns, cells.fraction_of_percent)
    second_hand = vocabulary.LESS_WEIGHT_FLAGS.intersection(flags)
    stage = line.get("stage", one_of((*vocabulary.ROUTE_STAGES, *vocabulary.NO_STAGES), "stage"))
    return YieldRow(
        row_id=line.get("row_id", identifier),
        source_id=line.get("source_id", known.source),
        primaries=known.primaries(line),
        route=line.get("route", one_of((*known.routes, vocabulary.OTHER_ROUTE), "route")),
        stage=stage,
        feed=line.get("feed", cells.sentence),
        elements=line.get("element", _yielded),
        yield_fraction=fraction,
        min_fraction=least,
        max_fraction=most,
        bound=_bound(line, flags),
        scale=line.get("scale", one_of(vocabulary.PLANT_SCALES, "scale")),
        weight=_SECOND_HAND_WEIGHT if second_hand else 1.0,
        used=stage in vocabulary.ROUTE_STAGES and vocabulary.NOT_USED_FLAGS.isdisjoint(flags),
        note=line["note"],
    )


def _yielded(cell: str) -> tuple[str, ...]:
    """Symbols with "+" between them, or one word for the feed's rare earths, alloy or all of it."""
    if cell in vocabulary.WHOLE_FEED_WORDS:
        return (cell,)
    if not cell:
        raise cells.refuse(cell, "", "elements with '+' between them, REE, alloy or all")
    return words(one_of(vocabulary.SYMBOLS, "element"), "+")(cell)


def read_route_stage(line: Line, known: Known, yields: frozenset[tuple[str, str]]) -> RouteStage:
    """A line of routes.csv; `yields` are the (route, stage) pairs with usable figures."""
    found = RouteStage(
        route=line.get("route", identifier),
        position=line.get("position", _POSITION),
        stage=line.get("stage", one_of(vocabulary.ROUTE_STAGES, "stage")),
        figures_of=line["figures_of"] or None,
        assumption=line.get("assumption", optional(known.assumption)),
    )
    _check_figures(line, found, yields)
    return found


def _check_figures(line: Line, stage: RouteStage, yields: frozenset[tuple[str, str]]) -> None:
    by_state = stage.figures_of == vocabulary.STATE and stage.stage == "liberation"
    if stage.figures_of is None and stage.assumption is None:
        raise line.refuse("figures_of", "", "a route with figures, unless an assumption is named")
    if stage.figures_of and not by_state and (stage.figures_of, stage.stage) not in yields:
        problem = f"has no usable {stage.stage} yields"
        raise line.refuse("figures_of", problem, "a route that stage_yield.csv has figures of")


def _figure(
    line: Line, columns: tuple[str, str, str], parse: Parser[float]
) -> tuple[float, float | None, float | None]:
    """A figure and its printed range, both ends optional."""
    value_column, min_column, max_column = columns
    value = line.get(value_column, parse)
    least, most = line.get(min_column, optional(parse)), line.get(max_column, optional(parse))
    if least is not None and least > value:
        raise line.refuse(min_column, f"is more than {value_column}", "at most the figure itself")
    if most is not None and most < value:
        raise line.refuse(max_column, f"is less than {value_column}", "at least the figure itself")
    return value, least, most


def _bound(line: Line, flags: tuple[str, ...]) -> Bound:
    if vocabulary.LOWER_BOUND in flags and vocabulary.UPPER_BOUND in flags:
        raise line.refuse("flags", "is both bounds at once", "one bound at most")
    if vocabulary.LOWER_BOUND in flags:
        return Bound.LOWER
    return Bound.UPPER if vocabulary.UPPER_BOUND in flags else Bound.EXACT
